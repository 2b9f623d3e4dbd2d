//! The programs of functions that are no cargo binaries.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::node::NodeClients;
use super::places::Places;
use super::plan::left_out;
use super::python::PythonClients;
use super::{NamedCommand, Plan, Planned, inline, search_path};
use crate::Program;
use local_core::events::Reporter;
use local_core::failure::Failure;
use local_sam::{Code, Function};

/// What starts each function that is no cargo binary, by logical id.
pub(super) async fn programs(
    functions: &[Planned],
    places: &Places,
    reporter: &Reporter,
) -> Result<BTreeMap<String, Program>, Failure> {
    let mut finder = Finder { node: NodeClients::new(places), python: PythonClients::new(places) };
    let mut programs = BTreeMap::new();
    for planned in functions {
        match finder.program(planned).await {
            Ok(Some(program)) => drop(programs.insert(planned.function.logical_id.clone(), program)),
            Ok(None) => {}
            Err(failure) if planned.may_be_missing => left_out(&planned.function, &failure, reporter),
            Err(failure) => return Err(failure),
        }
    }
    Ok(programs)
}

struct Finder<'a> {
    node: NodeClients<'a>,
    python: PythonClients<'a>,
}

impl Finder<'_> {
    async fn program(&mut self, planned: &Planned) -> Result<Option<Program>, Failure> {
        let function = &planned.function;
        if planned.plan == Plan::Cargo {
            return Ok(None);
        }
        let (directory, kept) = match &function.code {
            Code::Directory(directory) if directory.is_dir() => (directory.clone(), None),
            Code::Directory(directory) => return Err(no_directory(function, directory)),
            Code::Inline(text) => {
                let directory = inline::write(function, text)?;
                (directory.path().to_owned(), Some(directory))
            }
        };
        let program = match &planned.plan {
            Plan::Cargo => return Ok(None),
            Plan::Node => self.node.program(function, directory).await?,
            Plan::Python { version } => self.python.program(function, version, directory).await?,
            Plan::Command(command) => of_command(function, command, directory)?,
        };
        Ok(Some(Program { kept, ..program }))
    }
}

fn of_command(function: &Function, command: &NamedCommand, directory: PathBuf) -> Result<Program, Failure> {
    let executable = search_path::find_from(&directory, &command.program).ok_or_else(|| {
        Failure::new(
            format!("the command for function `{}` starts `{}`, which is no executable file", function.logical_id, command.program),
            format!("correct `--command`: a path starts in the function's code directory, `{}`, and a name is looked for in PATH", directory.display()),
        )
    })?;
    Ok(Program {
        executable,
        arguments: command.arguments.iter().map(Into::into).collect(),
        directory,
        environment: BTreeMap::new(),
        kept: None,
    })
}

fn no_directory(function: &Function, directory: &Path) -> Failure {
    Failure::new(
        format!("the code of function `{}` is no directory: `{}`", function.logical_id, directory.display()),
        "correct its `CodeUri` or `Code`, or build what should be there",
    )
}
