//! The template of a new project.

use local_sam::Authorization;

use crate::harness::directory;
use crate::project::{created, template, text};

#[tokio::test]
async fn the_template_is_read_without_a_warning() {
    let directory = directory();
    created(directory.path(), &["my-app"]).await;

    let template = template(&directory.path().join("my-app"));

    assert_eq!(template.warnings, [] as [String; 0]);
    let [api] = template.web_socket_apis.as_slice() else { panic!("{:?}", template.web_socket_apis) };
    assert_eq!(api.routes.keys().collect::<Vec<_>>(), ["$connect", "$default", "$disconnect"]);
    assert_eq!(template.schedules.len(), 1);
    for function in &template.functions {
        assert_eq!(function.environment["CONNECTIONS_TABLE"], "Connections", "{}", function.logical_id);
    }
}

#[tokio::test]
async fn what_the_readme_says_to_paste_fits_the_template() {
    let directory = directory();
    created(directory.path(), &["my-app"]).await;
    let project = directory.path().join("my-app");
    let readme = text(&project.join("README.md"));
    let blocks: Vec<String> = readme
        .split("   ```yaml\n")
        .skip(1)
        .filter_map(|rest| rest.split_once("   ```\n"))
        .map(|(block, _)| block.lines().map(|line| format!("{}\n", line.strip_prefix("   ").unwrap_or(line))).collect())
        .collect();
    let [fanout, environment, statement, authorizer, function, secret] = blocks.as_slice() else {
        panic!("{blocks:#?}")
    };
    let insert = |text: &str, before: &str, block: &str| {
        assert_eq!(text.matches(before).count(), 1, "{before}");
        text.replace(before, &format!("{block}{before}"))
    };

    let mut pasted = text(&project.join("template.yaml"));
    pasted = insert(&pasted, "  Connections:\n    Type: AWS::DynamoDB::Table", &format!("{fanout}\n{function}\n"));
    pasted = insert(&pasted, "      LoggingConfig:\n        LogGroup: !Ref DefaultLogs\n", environment);
    pasted = insert(&pasted, "            # DeleteItem prunes stale connections.\n", statement);
    pasted = insert(&pasted, "      DefaultRouteSettings:\n", authorizer);
    pasted = insert(&pasted, "\nGlobals:\n", secret).replace("NoEcho: true", &format!("Default: {}", "x".repeat(32)));
    std::fs::write(project.join("template.yaml"), pasted).unwrap();

    let template = template(&project);
    assert_eq!(template.warnings, [] as [String; 0]);
    let function =
        |logical_id: &str| template.functions.iter().find(|function| function.logical_id == logical_id).unwrap();
    assert_eq!(function("DefaultFunction").environment["FANOUT_FUNCTION"], function("FanoutFunction").name);
    assert_eq!(function("AuthorizerFunction").environment["TOKEN_SECRET"], "x".repeat(32));
    assert!(matches!(&template.web_socket_apis[0].authorization, Authorization::Lambda(_)));
}
