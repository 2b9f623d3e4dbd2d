//! How functions find the APIs of their own template.

use crate::harness::{Parlor, Stack, write_template};

const TEMPLATE: &str = "tests/stories/templates/addresses.yaml";
const OTHER_URL: &str = "https://abcdef1234.execute-api.us-east-1.amazonaws.com/dev";

#[tokio::test]
async fn variables_with_the_url_of_an_api_have_its_local_address() {
    for arguments in [&[][..], &["--advertise", "localhost"]] {
        let stack = Stack::start_with(TEMPLATE, arguments).await;
        let mut client = stack.connect(&[]).await.expect("the API has no authorizer");

        client.say("tell your environment").await;
        let variables = client.next_json().await;

        assert_eq!(variables["WEBSOCKET_ENDPOINT"], stack.management_url());
        assert_eq!(variables["WEBSOCKET_URL"], stack.web_socket_url());
        assert_eq!(variables["CONTROL_URL"], stack.control_url());
        assert_eq!(variables["OTHER_URL"], OTHER_URL);
    }
}

#[tokio::test]
async fn functions_elsewhere_have_the_same_variables() {
    let directory = tempfile::tempdir().unwrap();
    let template = write_template(directory.path(), include_str!("templates/addresses.yaml"));
    let arguments = ["--template", template.to_str().expect("a path in UTF-8")];

    let stack = Stack::ready(Parlor::start_elsewhere("http://127.0.0.1:9", &arguments)).await;

    let variables = std::fs::read_to_string(directory.path().join("target/parlor/watch.env")).unwrap();
    for (name, value) in [
        ("WEBSOCKET_ENDPOINT", stack.management_url()),
        ("WEBSOCKET_URL", stack.web_socket_url()),
        ("CONTROL_URL", stack.control_url()),
        ("OTHER_URL", OTHER_URL),
    ] {
        assert!(variables.lines().any(|line| line == format!("{name}={value}")), "{variables}");
    }
}
