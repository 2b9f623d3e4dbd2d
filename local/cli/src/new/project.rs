//! The files of a project.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::command_line::ProjectTemplate;
use local_core::failure::Failure;

use super::manifest::{self, Member};
use super::name::ProjectName;
use super::source::{self, SourceFiles};

/// What stands for the project's name in the files of a starter.
const DEFAULT_NAME: &str = "my-websocket-app";

/// Files of the repository's root that every project has as they are.
const UNCHANGED: [&str; 4] = ["LICENSE", "clippy.toml", "rust-toolchain.toml", "rustfmt.toml"];

/// Files of the starter that a project of another template has, too.
const COMMON: [&str; 2] = [".github/workflows/ci.yml", ".gitignore"];

/// A project: all its files.
#[derive(Debug)]
pub struct Project {
    files: BTreeMap<String, Vec<u8>>,
}

impl Project {
    /// The project of a template, with `name` in its files.
    ///
    /// # Errors
    /// A file of this repository is not what it should be.
    pub fn new(template: ProjectTemplate, name: &ProjectName) -> Result<Self, Failure> {
        Self::from_source(template, name, &source::files()?)
    }

    /// The project of a template, with the name that the files of the repository have.
    ///
    /// # Errors
    /// A file of this repository is not what it should be.
    pub fn with_default_name(template: ProjectTemplate) -> Result<Self, Failure> {
        Self::new(template, &ProjectName::parse(DEFAULT_NAME)?)
    }

    fn from_source(template: ProjectTemplate, name: &ProjectName, source: &SourceFiles) -> Result<Self, Failure> {
        let mut files = BTreeMap::new();
        for (path, content) in source {
            if let Some((path, content)) = placed(template, name, path, content) {
                files.insert(path.to_owned(), content.into_owned());
            }
        }
        let text = |path: &str| {
            let content = source.get(path).and_then(|content| std::str::from_utf8(content).ok());
            content.ok_or_else(|| broken(path, "it is missing, or not UTF-8"))
        };
        let mut members = Vec::new();
        for (path, content) in &files {
            if let Some(directory) = path.strip_suffix("/Cargo.toml") {
                let manifest = String::from_utf8_lossy(content);
                members.push(Member::parse(directory, &manifest).map_err(|reason| broken(path, reason))?);
            }
        }
        let root = manifest::workspace(text("Cargo.toml")?, &members).map_err(|reason| broken("Cargo.toml", reason))?;
        let configuration = manifest::without_aliases(text(".cargo/config.toml")?)
            .map_err(|reason| broken(".cargo/config.toml", reason))?;
        files.insert("Cargo.toml".to_owned(), root.to_string().into_bytes());
        files.insert(".cargo/config.toml".to_owned(), configuration.into_bytes());
        Ok(Self { files })
    }

    /// Content by path, with `/` between the parts.
    pub fn files(&self) -> &BTreeMap<String, Vec<u8>> {
        &self.files
    }
}

/// Where a file of the repository is in a project, and its content there; `None` if it is not part of the project.
fn placed<'a>(
    template: ProjectTemplate,
    name: &ProjectName,
    path: &'a str,
    content: &'a [u8],
) -> Option<(&'a str, Cow<'a, [u8]>)> {
    let own = match template {
        ProjectTemplate::Minimal => path.strip_prefix("starter/"),
        ProjectTemplate::Chat => path
            .strip_prefix("chat/starter/")
            .or_else(|| path.strip_prefix("starter/").filter(|path| COMMON.contains(path))),
    };
    if let Some(path) = own {
        return Some((path, replaced(content, DEFAULT_NAME, name.as_str())));
    }
    let (directory, _) = path.split_once('/').unwrap_or((path, ""));
    match (template, directory) {
        (_, "shared") => Some((path, content.into())),
        (_, _) if UNCHANGED.contains(&path) => Some((path, content.into())),
        (ProjectTemplate::Chat, "chat" | "functions" | "web") => Some((path, content.into())),
        // The stacks of this repository are `parlor-dev` and `parlor-prod`, and `cargo local` runs its own `parlor`.
        (ProjectTemplate::Chat, "samconfig.toml") => {
            Some((path, replaced(content, "\"parlor-", &format!("\"{name}-"))))
        }
        (ProjectTemplate::Chat, "docs") => Some((path, replaced(content, "parlor-", &format!("{name}-")))),
        (ProjectTemplate::Chat, "template.yaml") => Some((path, replaced(content, "`cargo local`", "`parlor`"))),
        _ => None,
    }
}

fn replaced<'a>(content: &'a [u8], from: &str, to: &str) -> Cow<'a, [u8]> {
    match std::str::from_utf8(content) {
        Ok(text) if text.contains(from) => Cow::Owned(text.replace(from, to).into_bytes()),
        _ => Cow::Borrowed(content),
    }
}

fn broken(path: &str, reason: impl std::fmt::Display) -> Failure {
    Failure::new(
        format!("`{path}` of this build of `parlor` is not usable: {reason}"),
        "install another version of `parlor`",
    )
}
