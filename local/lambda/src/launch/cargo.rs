//! Builds the binaries of functions with cargo.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use cargo_metadata::{Message, Metadata, Package};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::{ChildStderr, Command};

use super::BuildContext;
use crate::child_group::ChildGroup;
use local_core::events::Reporter;
use local_core::failure::Failure;
use local_sam::{Code, Function};

/// Builds the binaries of `functions` and tells where they are, by logical id.
///
/// There is one `cargo build` for each workspace, of just the packages that have the binaries; its progress and its
/// errors go to the terminal or the reporter. Its shutdown ends it as a failure, with everything that it started.
pub async fn executables(
    functions: &[Function],
    release: bool,
    context: &BuildContext,
) -> Result<BTreeMap<String, PathBuf>, Failure> {
    let mut executables = BTreeMap::new();
    for workspace in workspaces(functions, context).await? {
        executables.extend(workspace.build(release, context).await?);
    }
    Ok(executables)
}

/// A cargo workspace with the functions whose binaries it has.
#[derive(Debug)]
pub(crate) struct Workspace {
    metadata: Metadata,
    binaries: Vec<Binary>,
}

#[derive(Debug)]
struct Binary {
    logical_id: String,
    package: String,
    name: String,
}

/// The workspaces that the code of `functions` belongs to.
pub(crate) async fn workspaces(functions: &[Function], context: &BuildContext) -> Result<Vec<Workspace>, Failure> {
    let mut workspaces: Vec<Workspace> = Vec::new();
    for function in functions {
        let name = function.binary.as_deref().ok_or_else(|| no_binary(function))?;
        let directory = package_directory(function)?;
        let known = workspaces.iter_mut().find(|workspace| workspace.has(directory));
        let workspace = match known {
            Some(workspace) => workspace,
            None => {
                let metadata = metadata(directory, context).await?;
                workspaces.push_mut(Workspace { metadata, binaries: Vec::new() })
            }
        };
        let binary = workspace.binary(function, directory, name)?;
        workspace.binaries.push(binary);
    }
    Ok(workspaces)
}

impl Workspace {
    /// The directories of its packages, and its own.
    pub(crate) fn directories(&self) -> BTreeSet<PathBuf> {
        let packages = self.metadata.workspace_packages().into_iter().filter_map(directory_of);
        packages.chain([self.metadata.workspace_root.as_std_path()]).map(Path::to_owned).collect()
    }

    /// Where cargo builds.
    pub(crate) fn target_directory(&self) -> &Path {
        self.metadata.target_directory.as_std_path()
    }

    fn has(&self, directory: &Path) -> bool {
        self.directories().contains(directory)
    }

    /// The binary `name` in the package of `directory`, or else in any package of the workspace.
    fn binary(&self, function: &Function, directory: &Path, name: &str) -> Result<Binary, Failure> {
        let packages = self.metadata.workspace_packages();
        let has_it = |package: &&&Package| binaries_of(package).any(|binary| binary == name);
        let nearest = packages.iter().find(|package| directory_of(package) == Some(directory) && has_it(package));
        let package = nearest.or_else(|| packages.iter().find(has_it)).ok_or_else(|| {
            let existing: BTreeSet<String> = packages.iter().flat_map(|package| binaries_of(package)).collect();
            let root = &self.metadata.workspace_root;
            Failure::new(
                format!("function `{}` wants the binary `{name}`, which `{root}` does not have", function.logical_id),
                format!("correct `Metadata.BuildProperties.Binary`; the binaries are {}", listed(&existing)),
            )
        })?;
        Ok(Binary { logical_id: function.logical_id.clone(), package: package.name.to_string(), name: name.to_owned() })
    }

    async fn build(&self, release: bool, context: &BuildContext) -> Result<BTreeMap<String, PathBuf>, Failure> {
        let mut command = cargo(self.metadata.workspace_root.as_std_path(), context);
        command.args(["build", "--message-format=json-render-diagnostics"]);
        if release {
            command.arg("--release");
        }
        let packages: BTreeSet<&str> = self.binaries.iter().map(|binary| binary.package.as_str()).collect();
        let names: BTreeSet<&str> = self.binaries.iter().map(|binary| binary.name.as_str()).collect();
        command.args(packages.iter().flat_map(|package| ["--package", package]));
        command.args(names.iter().flat_map(|name| ["--bin", name]));
        let output = run(command, context).await?;
        if !output.status.success() {
            return Err(Failure::new("the functions could not be built", "fix what cargo reports above"));
        }
        let built = built_executables(&output.stdout);
        let find = |binary: &Binary| match built.get(&binary.name) {
            Some(executable) => Ok((binary.logical_id.clone(), executable.clone())),
            None => Err(Failure::new(
                format!("cargo built no executable for the binary `{}`", binary.name),
                format!("check the `[[bin]]` sections of package `{}`", binary.package),
            )),
        };
        self.binaries.iter().map(find).collect()
    }
}

/// Executables by the name of their target.
fn built_executables(messages: &[u8]) -> BTreeMap<String, PathBuf> {
    Message::parse_stream(messages)
        .filter_map(|message| match message.ok()? {
            Message::CompilerArtifact(artifact) => {
                Some((artifact.target.name, artifact.executable?.into_std_path_buf()))
            }
            _ => None,
        })
        .collect()
}

/// The directory of the nearest `Cargo.toml` at or above the function's code.
fn package_directory(function: &Function) -> Result<&Path, Failure> {
    let Code::Directory(code) = &function.code else { return Err(no_binary(function)) };
    let found = code.ancestors().find(|directory| directory.join("Cargo.toml").is_file());
    found.ok_or_else(|| {
        Failure::new(
            format!("no `Cargo.toml` at or above `{}`, the code of function `{}`", code.display(), function.logical_id),
            format!(
                "correct its `CodeUri`, use `--bin-dir DIR` with built executables, or `--command {}=\"…\"` with what \
                 starts it",
                function.logical_id
            ),
        )
    })
}

/// What cargo knows of the workspace around `directory`; dependencies are not resolved for it.
async fn metadata(directory: &Path, context: &BuildContext) -> Result<Metadata, Failure> {
    let mut command = cargo(directory, context);
    command.args(["metadata", "--no-deps", "--format-version=1"]);
    let output = run(command, context).await?;
    let unreadable = || {
        Failure::new(
            format!("cargo cannot read the package in `{}`", directory.display()),
            "fix what cargo reports above",
        )
    };
    if !output.status.success() {
        return Err(unreadable());
    }
    serde_json::from_slice(&output.stdout).map_err(|_unexpected| unreadable())
}

fn cargo(directory: &Path, context: &BuildContext) -> Command {
    let mut command = Command::new(cargo_executable());
    command.current_dir(directory).stdin(Stdio::null()).stdout(Stdio::piped());
    if context.reports_progress {
        command.stderr(Stdio::piped());
    }
    command
}

/// Cargo tells the programs that it runs where it is itself.
fn cargo_executable() -> OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

async fn run(mut command: Command, context: &BuildContext) -> Result<Output, Failure> {
    let mut cargo = ChildGroup::spawn(&mut command).map_err(no_cargo)?;
    let output = async {
        let mut stdout = Vec::new();
        let (pipe, progress) = (cargo.take_stdout(), cargo.take_stderr());
        let read = async {
            match pipe {
                Some(mut pipe) => pipe.read_to_end(&mut stdout).await,
                None => Ok(0),
            }
        };
        let (read, ()) = tokio::join!(read, relay(progress, &context.reporter));
        read?;
        Ok(Output { status: cargo.wait().await?, stdout, stderr: Vec::new() })
    };
    match context.shutdown.run_until_cancelled(output).await {
        Some(output) => output.map_err(no_cargo),
        None => {
            cargo.end().await;
            Err(Failure::new("the build was stopped", "start it again"))
        }
    }
}

/// Reports what cargo writes, unless it writes to the terminal.
async fn relay(progress: Option<ChildStderr>, reporter: &Reporter) {
    let Some(progress) = progress else { return };
    let mut lines = BufReader::new(progress).split(b'\n');
    while let Ok(Some(line)) = lines.next_segment().await {
        reporter.output("cargo", String::from_utf8_lossy(&line));
    }
}

fn no_cargo(error: std::io::Error) -> Failure {
    Failure::new(
        format!("cannot run `{}`: {error}", cargo_executable().to_string_lossy()),
        "install Rust from https://rustup.rs, or use `--bin-dir DIR` with built executables",
    )
}

fn binaries_of(package: &Package) -> impl Iterator<Item = String> + '_ {
    package.targets.iter().filter(|target| target.is_bin()).map(|target| target.name.clone())
}

fn directory_of(package: &Package) -> Option<&Path> {
    package.manifest_path.parent().map(|directory| directory.as_std_path())
}

fn no_binary(function: &Function) -> Failure {
    Failure::new(
        format!("function `{}` has no binary", function.logical_id),
        format!(
            "add `Metadata.BuildProperties.Binary` with the name of its cargo binary, use `--bin-dir DIR` with built \
             executables, `--command {}=\"…\"` with what starts it, or `--lambda URL` with a Lambda endpoint that runs it",
            function.logical_id
        ),
    )
}

pub(super) fn listed(names: &BTreeSet<String>) -> String {
    match names.len() {
        0 => "none".to_owned(),
        _ => names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "),
    }
}
