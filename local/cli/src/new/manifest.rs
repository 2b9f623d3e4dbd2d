//! Cargo's files of a project, made from those of this repository.

use std::collections::BTreeSet;
use std::iter;

use toml_edit::{Array, DocumentMut, Item, RawString, TableLike, TomlError};

/// The sections of a manifest that name dependencies.
const DEPENDENCIES: [&str; 3] = ["dependencies", "dev-dependencies", "build-dependencies"];

/// A package of a project's workspace.
#[derive(Debug)]
pub(super) struct Member {
    /// Its directory in the project.
    pub(super) directory: String,
    /// The keys of `workspace.dependencies` that it uses.
    pub(super) inherited: BTreeSet<String>,
}

impl Member {
    /// Reads the manifest of the package in `directory`.
    pub(super) fn parse(directory: &str, manifest: &str) -> Result<Self, String> {
        let manifest: DocumentMut = manifest.parse().map_err(|error: TomlError| error.to_string())?;
        let targets = manifest.get("target").and_then(Item::as_table_like).into_iter().flat_map(TableLike::iter);
        let targets = targets.filter_map(|(_, target)| target.as_table_like());
        let tables = iter::once::<&dyn TableLike>(manifest.as_table()).chain(targets);
        let sections = tables.flat_map(|table| DEPENDENCIES.iter().filter_map(|name| table.get(name)?.as_table_like()));
        let is_inherited = |dependency: &Item| {
            let table = dependency.as_table_like();
            table.and_then(|table| table.get("workspace")).and_then(Item::as_bool).unwrap_or_default()
        };
        let inherited = sections.flat_map(TableLike::iter).filter(|(_, dependency)| is_inherited(dependency));
        let inherited = inherited.map(|(key, _)| key.to_owned()).collect();
        Ok(Self { directory: directory.to_owned(), inherited })
    }
}

/// The root manifest of a project with `members`: the one of this repository, without what they do not use.
pub(super) fn workspace(root: &str, members: &[Member]) -> Result<DocumentMut, String> {
    let mut manifest: DocumentMut = root.parse().map_err(|error: TomlError| error.to_string())?;
    let workspace = manifest.get_mut("workspace").and_then(Item::as_table_mut).ok_or("it has no `[workspace]`")?;
    workspace.remove("default-members");
    workspace.remove("exclude");
    workspace.insert("members", patterns(members).into_iter().collect::<Array>().into());
    let used: BTreeSet<&String> = members.iter().flat_map(|member| &member.inherited).collect();
    let dependencies = workspace.get_mut("dependencies").and_then(Item::as_table_mut);
    let dependencies = dependencies.ok_or("it has no `[workspace.dependencies]`")?;
    if let Some(missing) = used.iter().find(|name| !dependencies.contains_key(name)) {
        return Err(format!("`workspace.dependencies` has no `{missing}`"));
    }
    dependencies.retain(|name, _| used.contains(&name.to_owned()));
    separate_own_packages(dependencies);
    Ok(manifest)
}

/// The directories of the members, with one pattern for all functions.
fn patterns(members: &[Member]) -> BTreeSet<&str> {
    let pattern = |directory| if str::starts_with(directory, "functions/") { "functions/*" } else { directory };
    members.iter().map(|member| pattern(member.directory.as_str())).collect()
}

/// Puts a blank line between the packages of the workspace and those of others, as in this repository.
fn separate_own_packages(dependencies: &mut toml_edit::Table) {
    let is_own = |item: &Item| item.as_table_like().is_some_and(|table| table.contains_key("path"));
    let own = dependencies.iter().filter(|(_, item)| is_own(item)).count();
    for (index, (mut key, _)) in dependencies.iter_mut().enumerate() {
        let decor = key.leaf_decor_mut();
        let comment = decor.prefix().and_then(RawString::as_str).unwrap_or_default().trim_start().to_owned();
        let blank = if index == own && own > 0 { "\n" } else { "" };
        decor.set_prefix(format!("{blank}{comment}"));
    }
}

/// Cargo's configuration without aliases: they run packages that a project does not have.
pub(super) fn without_aliases(configuration: &str) -> Result<String, String> {
    let mut configuration: DocumentMut = configuration.parse().map_err(|error: TomlError| error.to_string())?;
    configuration.remove("alias");
    Ok(configuration.to_string().trim_start().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOT: &str = r#"[workspace]
resolver = "3"
members = ["app", "functions/*", "tool"]
# Built only when asked for.
default-members = ["app"]

# What all packages share.
[workspace.package]
version = "0.1.0"

[workspace.dependencies]
app = { path = "app" }
tool = { path = "tool" }

anyhow = "1"
# With few features.
serde = { version = "1", default-features = false }
tokio = "1"

# Small files start fast.
[profile.release]
strip = true
"#;

    const APP: &str = r#"
[package]
name = "app"

[dependencies]
serde.workspace = true
local = "1"

[target.'cfg(unix)'.dev-dependencies]
tokio = { workspace = true, features = ["rt"] }
"#;

    #[test]
    fn a_workspace_keeps_what_its_members_use_and_all_comments() {
        let function = "[package]\nname = \"f\"\n[dependencies]\napp.workspace = true\n";
        let members = [Member::parse("app", APP).unwrap(), Member::parse("functions/f", function).unwrap()];

        let manifest = workspace(ROOT, &members).unwrap().to_string();

        let expected = r#"[workspace]
resolver = "3"
members = ["app", "functions/*"]

# What all packages share.
[workspace.package]
version = "0.1.0"

[workspace.dependencies]
app = { path = "app" }

# With few features.
serde = { version = "1", default-features = false }
tokio = "1"

# Small files start fast.
[profile.release]
strip = true
"#;
        assert_eq!(manifest, expected);
    }

    #[test]
    fn a_dependency_that_the_workspace_does_not_have_is_named() {
        let member =
            Member::parse("app", "[package]\nname = \"app\"\n[dependencies]\nserd.workspace = true\n").unwrap();
        assert_eq!(workspace(ROOT, &[member]).unwrap_err(), "`workspace.dependencies` has no `serd`");
    }

    #[test]
    fn aliases_of_cargo_are_dropped() {
        let configuration = "[alias]\nlocal = \"run --\"\n\n[env]\n# Why.\nA = \"1\"\n";
        assert_eq!(without_aliases(configuration).unwrap(), "[env]\n# Why.\nA = \"1\"\n");
    }
}
