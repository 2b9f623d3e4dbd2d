//! Node.js with its interface client, the npm package `aws-lambda-ric`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tokio::process::Command;

use super::places::Places;
use super::{probe, search_path};
use crate::Program;
use local_core::failure::Failure;
use local_sam::Function;

const PACKAGE: &str = "aws-lambda-ric";

/// Looks for the interface client, and for what is the same for all functions only once.
pub(super) struct NodeClients<'a> {
    places: &'a Places,
    /// npm's directory of packages for the whole machine, once somebody has asked npm.
    global: Option<Option<PathBuf>>,
}

/// An installed interface client.
#[derive(Debug, PartialEq, Eq)]
struct Client {
    /// The script that `npx` would start, with the handler as its argument.
    script: PathBuf,
    /// The `node_modules` that it is in.
    modules: PathBuf,
}

impl<'a> NodeClients<'a> {
    pub(super) fn new(places: &'a Places) -> Self {
        Self { places, global: None }
    }

    /// What starts `function`, whose code is in `directory`.
    pub(super) async fn program(&mut self, function: &Function, directory: PathBuf) -> Result<Program, Failure> {
        let node = search_path::find("node").ok_or_else(|| no_node(function))?;
        let client = match places(&directory, self.places).find_map(|place| client_in(&place)) {
            Some(client) => client,
            None => self.global().await.and_then(client_in).ok_or_else(|| no_client(function))?,
        };
        Ok(Program {
            executable: node,
            // Version 3 reads its argument, version 4 `_HANDLER`.
            arguments: vec![client.script.into(), (&function.handler).into()],
            environment: BTreeMap::from([("NODE_PATH".to_owned(), node_path(function, &client.modules))]),
            directory,
            kept: None,
        })
    }

    async fn global(&mut self) -> Option<&Path> {
        if self.global.is_none() {
            self.global = Some(probe::first_line(Command::new("npm").args(["root", "--global"])).await.map(Into::into));
        }
        self.global.as_ref()?.as_deref()
    }
}

/// Every `node_modules` that may hold the interface client, in the order of looking.
fn places<'a>(code: &'a Path, places: &'a Places) -> impl Iterator<Item = PathBuf> + 'a {
    let directories = code.ancestors().chain([places.template.as_path()]).chain(places.current.ancestors());
    directories.map(|directory| directory.join("node_modules"))
}

/// The interface client in the directory `modules`, if that has one.
fn client_in(modules: &Path) -> Option<Client> {
    let package = modules.join(PACKAGE);
    let description: Value = serde_json::from_slice(&std::fs::read(package.join("package.json")).ok()?).ok()?;
    let script = match &description["bin"] {
        Value::String(script) => script,
        scripts => scripts[PACKAGE].as_str()?,
    };
    let script = package.join(script);
    script.is_file().then(|| Client { script, modules: modules.to_owned() })
}

/// Where modules are looked for that are not beside the code: with the interface client, as on Lambda, where the AWS SDK
/// is beside it. <https://docs.aws.amazon.com/lambda/latest/dg/nodejs-package.html>
fn node_path(function: &Function, modules: &Path) -> String {
    let modules = modules.display();
    match function.environment.get("NODE_PATH").filter(|path| !path.is_empty()) {
        Some(own) => format!("{own}:{modules}"),
        None => modules.to_string(),
    }
}

fn no_node(function: &Function) -> Failure {
    let Function { logical_id, runtime, .. } = function;
    Failure::new(
        format!("function `{logical_id}` has the runtime `{runtime}`, and `node` is not in PATH"),
        format!("install Node.js and `npm install --save-dev {PACKAGE}`, or use {}", other_ways(function)),
    )
}

fn no_client(function: &Function) -> Failure {
    let Function { logical_id, runtime, .. } = function;
    Failure::new(
        format!(
            "function `{logical_id}` has the runtime `{runtime}`, and its interface client `{PACKAGE}` is not installed"
        ),
        format!(
            "run `npm install --save-dev {PACKAGE}` beside the template, which needs cmake and a C++ compiler, or use {}",
            other_ways(function)
        ),
    )
}

/// How a function of an interpreter is started without its interface client.
pub(super) fn other_ways(function: &Function) -> String {
    format!(
        "`--command {}=\"…\"` with a program that speaks the Lambda Runtime API, or `--lambda URL` with a Lambda \
         endpoint that runs the functions",
        function.logical_id
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interface_client_is_a_package_with_a_script() {
        for (description, script) in [
            (r#"{"bin":{"aws-lambda-ric":"./index.mjs"}}"#, Some("aws-lambda-ric/./index.mjs")),
            (r#"{"bin":"bin/index.mjs"}"#, Some("aws-lambda-ric/bin/index.mjs")),
            (r#"{"bin":{"aws-lambda-ric":"bin/gone.mjs"}}"#, None),
            (r#"{"main":"index.mjs"}"#, None),
            ("no description", None),
        ] {
            let modules = tempfile::tempdir().unwrap();
            let package = modules.path().join(PACKAGE);
            std::fs::create_dir_all(package.join("bin")).unwrap();
            for file in ["index.mjs", "bin/index.mjs"] {
                std::fs::write(package.join(file), "").unwrap();
            }
            std::fs::write(package.join("package.json"), description).unwrap();
            let found = client_in(modules.path()).map(|client| client.script);
            assert_eq!(found, script.map(|script| modules.path().join(script)), "{description}");
        }
        assert_eq!(client_in(Path::new("/nonexistent")), None);
    }

    #[test]
    fn the_nearest_modules_come_first() {
        let own = Places { template: "/project/deploy".into(), current: "/home/person".into() };
        let found: Vec<PathBuf> = places(Path::new("/project/talk"), &own).collect();
        let directories =
            ["/project/talk", "/project", "/", "/project/deploy", "/home/person", "/home", "/"].map(Path::new);
        assert_eq!(found, directories.map(|directory| directory.join("node_modules")));
    }
}
