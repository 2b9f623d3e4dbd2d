//! Python with its interface client, the package `awslambdaric` of PyPI.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use tokio::process::Command;

use super::node::other_ways;
use super::places::Places;
use super::{probe, search_path};
use crate::Program;
use local_core::failure::Failure;
use local_sam::Function;

/// Imports the interface client, and prints where the interpreter is itself: what is in PATH may be a script that selects
/// one by variables that functions do not get.
const QUESTION: &str = "import sys, awslambdaric; print(sys.executable)";

/// Looks for interpreters that can import the interface client, and asks each only once.
pub(super) struct PythonClients<'a> {
    places: &'a Places,
    /// Interpreters by where they were looked for; `None` for those without the interface client.
    asked: BTreeMap<PathBuf, Option<PathBuf>>,
}

impl<'a> PythonClients<'a> {
    pub(super) fn new(places: &'a Places) -> Self {
        Self { places, asked: BTreeMap::new() }
    }

    /// What starts `function`, whose code is in `directory`, with Python `version` if that is at hand.
    pub(super) async fn program(
        &mut self,
        function: &Function,
        version: &str,
        directory: PathBuf,
    ) -> Result<Program, Failure> {
        let environment = std::env::var_os("VIRTUAL_ENV").map(PathBuf::from);
        let virtual_environments = virtual_environments(environment, &directory, self.places);
        let in_path =
            [format!("python{version}"), "python3".to_owned()].into_iter().filter_map(|name| search_path::find(&name));
        let candidates: Vec<PathBuf> = virtual_environments.chain(in_path).collect();
        for candidate in &candidates {
            if let Some(interpreter) = self.ask(candidate).await {
                return Ok(Program {
                    executable: interpreter.to_owned(),
                    arguments: ["-m", "awslambdaric", &function.handler].map(Into::into).into(),
                    environment: BTreeMap::from([("PYTHONPATH".to_owned(), python_path(function, &directory))]),
                    directory,
                    kept: None,
                });
            }
        }
        Err(no_client(function, &candidates))
    }

    async fn ask(&mut self, candidate: &Path) -> Option<&Path> {
        if !self.asked.contains_key(candidate) {
            // `-E`: functions do not get the person's own `PYTHONPATH`, so it does not count.
            let answer = probe::first_line(Command::new(candidate).args(["-E", "-c", QUESTION])).await;
            self.asked.insert(candidate.to_owned(), answer.map(PathBuf::from));
        }
        self.asked.get(candidate)?.as_deref()
    }
}

/// The interpreters of virtual environments: the activated one, and those beside the code and the template.
fn virtual_environments(activated: Option<PathBuf>, code: &Path, places: &Places) -> impl Iterator<Item = PathBuf> {
    let beside = [code, &places.template].map(|directory| directory.join(".venv"));
    let interpreters = activated.into_iter().chain(beside).map(|environment| environment.join("bin/python"));
    interpreters.filter(|interpreter| search_path::is_executable(interpreter))
}

/// Where modules are looked for first.
fn python_path(function: &Function, directory: &Path) -> String {
    let directory = directory.display();
    match function.environment.get("PYTHONPATH").filter(|path| !path.is_empty()) {
        Some(own) => format!("{directory}:{own}"),
        None => directory.to_string(),
    }
}

fn no_client(function: &Function, asked: &[PathBuf]) -> Failure {
    let Function { logical_id, runtime, .. } = function;
    let asked: Vec<String> = asked.iter().map(|interpreter| format!("`{}`", interpreter.display())).collect();
    let (reason, first_step) = if asked.is_empty() {
        ("no Python 3 is in PATH".to_owned(), "install Python and ")
    } else {
        (format!("its interface client `awslambdaric` cannot be imported by {}", asked.join(" or ")), "run ")
    };
    Failure::new(
        format!("function `{logical_id}` has the runtime `{runtime}`, and {reason}"),
        format!("{first_step}`pip install awslambdaric`, or use {}", other_ways(function)),
    )
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn the_activated_environment_comes_before_those_beside_code_and_template() {
        let root = tempfile::tempdir().unwrap();
        let [activated, code, template] = ["activated", "code", "template"].map(|name| root.path().join(name));
        let interpreters =
            [activated.clone(), code.join(".venv"), template.join(".venv")].map(|place| place.join("bin/python"));
        let places = Places { template, current: "/".into() };
        let found = || virtual_environments(Some(activated.clone()), &code, &places).collect::<Vec<_>>();
        assert!(found().is_empty());
        for interpreter in &interpreters {
            std::fs::create_dir_all(interpreter.parent().unwrap()).unwrap();
            std::fs::write(interpreter, "").unwrap();
            std::fs::set_permissions(interpreter, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
        assert_eq!(found(), interpreters);
    }
}
