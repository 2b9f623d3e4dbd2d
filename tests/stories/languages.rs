//! Functions that are no cargo binaries. What runs them here is a program that only stands where an interpreter would.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::{Client, Parlor, Stack, binary, write_template};

/// A project: a template, its functions' code in `code`, and whatever else a story writes.
struct Project {
    directory: TempDir,
    template: PathBuf,
    arguments: Vec<String>,
}

impl Project {
    /// A project with one function.
    fn new(runtime: &str, handler: &str) -> Self {
        let parameters = format!("Runtime={runtime} Handler={handler}");
        let arguments = vec!["--parameter-overrides".to_owned(), parameters];
        Self { arguments, ..Self::with(include_str!("templates/any_runtime.yaml")) }
    }

    /// A project with this template.
    fn with(template: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let template = write_template(directory.path(), template);
        std::fs::create_dir(directory.path().join("code")).unwrap();
        Self { directory, template, arguments: Vec::new() }
    }

    /// The absolute path of `relative`, whose parents exist then.
    fn path(&self, relative: &str) -> PathBuf {
        let path = self.directory.path().canonicalize().unwrap().join(relative);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        path
    }

    fn write(&self, relative: &str, text: &str) {
        std::fs::write(self.path(relative), text).unwrap();
    }

    /// Writes a script of the shell.
    fn write_script(&self, relative: &str, text: &str) {
        self.write(relative, &format!("#!/bin/sh\n{text}\n"));
        std::fs::set_permissions(self.path(relative), std::fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// Installs an interface client as npm does.
    fn install_node_client(&self) {
        self.write("node_modules/aws-lambda-ric/package.json", r#"{"bin":{"aws-lambda-ric":"bin/index.mjs"}}"#);
        self.write("node_modules/aws-lambda-ric/bin/index.mjs", "");
        symlink(binary("misbehave"), self.path("bin/node")).unwrap();
    }

    /// Starts the stack in the project, with nothing in PATH but the project's `bin`: there is no cargo, either.
    fn start(&self, arguments: &[&str]) -> Parlor {
        let own = ["--template", text(&self.template)].into_iter().chain(self.arguments.iter().map(String::as_str));
        let all: Vec<&str> = own.chain(arguments.iter().copied()).collect();
        Parlor::start_at(self.directory.path(), text(&self.path("bin")), &all)
    }

    async fn ready(&self, arguments: &[&str]) -> (Stack, Client) {
        let stack = Stack::ready(self.start(arguments)).await;
        let client = stack.connect(&[]).await.unwrap();
        (stack, client)
    }

    async fn fails(&self, arguments: &[&str]) -> String {
        let (code, log) = self.start(arguments).exits().await;
        assert_eq!(code, Some(1), "{log}");
        assert_eq!(log.matches("\nhint: ").count(), 1, "{log}");
        log
    }
}

async fn told(client: &mut Client, what: &str) -> Value {
    client.say(what).await;
    client.next_json().await
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[tokio::test]
async fn a_command_of_one_s_own_starts_any_function_in_its_code_directory() {
    let project = Project::new("java21", "a.B::handle");
    let code = project.path("code");
    let command = format!("TalkFunction='{}' 'two words' $HOME", binary("misbehave").display());

    let (_stack, mut client) = project.ready(&["--command", &command]).await;

    let command = told(&mut client, "tell your command").await;
    assert_eq!(command, json!({ "arguments": ["two words", "$HOME"], "directory": text(&code) }));
    let environment = told(&mut client, "tell your environment").await;
    assert_eq!(environment["_HANDLER"], "a.B::handle");
    assert_eq!(environment["LAMBDA_TASK_ROOT"], command["directory"]);
    assert_eq!(environment["AWS_EXECUTION_ENV"], "AWS_Lambda_java21");
    assert!(environment["PATH"].as_str().unwrap().starts_with(text(&project.path("bin"))), "{environment}");
    assert!(environment["HOME"].is_null(), "{environment}");
}

#[tokio::test]
async fn a_template_may_mix_functions_of_cargo_and_of_interpreters() {
    let project = Project::with(include_str!("templates/two_runtimes.yaml"));
    project.install_node_client();
    let binaries = binary("misbehave");

    let (stack, mut client) = project.ready(&["--bin-dir", text(binaries.parent().unwrap())]).await;

    for (action, function) in [("cargo", "CargoFunction"), ("anything else", "TalkFunction")] {
        let frame = json!({ "action": action });
        assert_eq!(told(&mut client, &frame.to_string()).await, frame);
        stack.wait_for_log(|line| line.starts_with(&format!("[{function}] REPORT"))).await;
    }
}

#[tokio::test]
async fn a_saved_file_starts_a_function_anew_while_the_socket_stays() {
    let project = Project::new("nodejs20.x", "app.handler");
    project.write("code/src/app.js", "first");
    project.install_node_client();
    let (stack, mut client) = project.ready(&[]).await;
    let first = told(&mut client, "tell your environment").await;

    // Only a directory that is watched already tells of its files.
    let mut lines = 0;
    let restarted = stack.wait_for_log(|line| line == "TalkFunction starts anew with the next event");
    tokio::pin!(restarted);
    while tokio::time::timeout(Duration::from_millis(500), &mut restarted).await.is_err() {
        lines += 1;
        project.write("code/src/app.js", &format!("line {lines}"));
    }
    let second = told(&mut client, "tell your environment").await;

    assert_ne!(first["AWS_LAMBDA_LOG_STREAM_NAME"], second["AWS_LAMBDA_LOG_STREAM_NAME"]);
}

#[tokio::test]
async fn an_entry_of_several_lines_is_several_lines_in_the_log() {
    let project = Project::new("nodejs20.x", "app.handler");
    project.install_node_client();
    let (stack, mut client) = project.ready(&[]).await;

    client.say("log an entry of two lines").await;
    assert_eq!(client.next_text().await, "logged");

    for line in ["[TalkFunction] the first", "[TalkFunction] the second"] {
        stack.wait_for_log(|logged| logged == line).await;
    }
}

#[tokio::test]
async fn a_command_that_names_no_function_or_no_program_is_refused() {
    let project = Project::new("nodejs20.x", "index.handler");

    let function = project.fails(&["--command", "Nobody=true"]).await;
    assert!(function.contains("`Nobody`") && function.contains("`TalkFunction`"), "{function}");

    let program = project.fails(&["--command", "TalkFunction=./nothing --at all"]).await;
    assert!(program.contains("`./nothing`") && program.contains(text(&project.path("code"))), "{program}");
}

#[tokio::test]
async fn a_node_function_runs_through_the_interface_client_beside_its_template() {
    let project = Project::new("nodejs20.x", "src/app.handler");
    project.install_node_client();

    let (_stack, mut client) = project.ready(&[]).await;

    let script = project.path("node_modules/aws-lambda-ric/bin/index.mjs");
    let command = told(&mut client, "tell your command").await;
    assert_eq!(command["arguments"], json!([text(&script), "src/app.handler"]));
    assert_eq!(command["directory"], text(&project.path("code")));
    let environment = told(&mut client, "tell your environment").await;
    assert_eq!(environment["AWS_EXECUTION_ENV"], "AWS_Lambda_nodejs20.x");
    assert_eq!(environment["NODE_PATH"], text(&project.path("node_modules")));
}

#[tokio::test]
async fn a_python_function_runs_in_the_virtual_environment_beside_its_template() {
    let project = Project::new("python3.13", "app.handler");
    let interpreter = project.path("real/python");
    symlink(binary("misbehave"), &interpreter).unwrap();
    // It knows one program: the question where it is and whether it has the interface client.
    project.write_script(".venv/bin/python", &format!("test \"$2\" = -c && echo '{}'", interpreter.display()));

    let (_stack, mut client) = project.ready(&[]).await;

    let command = told(&mut client, "tell your command").await;
    let directory = project.path("code");
    assert_eq!(command, json!({ "arguments": ["-m", "awslambdaric", "app.handler"], "directory": text(&directory) }));
    let environment = told(&mut client, "tell your environment").await;
    assert_eq!(environment["PYTHONPATH"], text(&directory));
}

#[tokio::test]
async fn inline_code_is_a_file_for_as_long_as_the_stack_runs() {
    let project = Project::with(include_str!("templates/inline_code.yaml"));
    project.install_node_client();
    let (stack, mut client) = project.ready(&[]).await;

    let command = told(&mut client, "tell your command").await;
    let directory = PathBuf::from(command["directory"].as_str().unwrap());
    let code = std::fs::read_to_string(directory.join("index.js")).unwrap();
    let mode = directory.metadata().unwrap().permissions().mode();

    assert_eq!(code, "exports.region = 'us-east-1'");
    assert_eq!(mode & 0o077, 0, "others may not look into it");
    let (_, log) = stack.stop().await;
    assert!(!directory.exists(), "{log}");
}

#[tokio::test]
async fn what_an_interpreter_lacks_is_named_with_the_way_to_get_it() {
    for (runtime, program, words) in [
        ("nodejs20.x", None, ["`node` is not in PATH", "npm install --save-dev aws-lambda-ric"]),
        ("nodejs20.x", Some("node"), ["`aws-lambda-ric` is not installed", "cmake and a C++ compiler"]),
        ("python3.13", Some("python3.13"), ["cannot be imported by", "pip install awslambdaric"]),
    ] {
        let project = Project::new(runtime, "app.handler");
        if let Some(program) = program {
            project.write_script(&format!("bin/{program}"), "exit 1");
        }

        let failure = project.fails(&[]).await;

        for word in words.into_iter().chain(["`TalkFunction`", runtime, "`--command TalkFunction=", "`--lambda URL`"]) {
            assert!(failure.contains(word), "{word}: {failure}");
        }
    }
}

#[tokio::test]
async fn inline_code_that_nobody_invokes_is_left_out_where_nothing_runs_it() {
    let project = Project::with(include_str!("templates/inline_code.yaml"));
    project.install_node_client();

    let (stack, mut client) = project.ready(&[]).await;

    client.say("hello").await;
    assert_eq!(client.next_text().await, "hello");
    stack.wait_for_log(|line| line.contains("`Helper` is not run here") && line.contains("ruby3.4")).await;
}
