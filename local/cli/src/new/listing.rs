//! The files that new projects are made from. The build script reads this list to embed the files, and a development build
//! reads it at run time.

use std::path::{Path, PathBuf};

/// Files and directories of the repository, by their path from its root.
pub(crate) const ROOTS: [&str; 14] = [
    ".cargo/config.toml",
    "Cargo.toml",
    "LICENSE",
    "chat",
    "clippy.toml",
    "docs/operations.md",
    "functions",
    "rust-toolchain.toml",
    "rustfmt.toml",
    "samconfig.toml",
    "shared",
    "starter",
    "template.yaml",
    "web",
];

/// What tools leave behind.
const SKIPPED: [&str; 6] = [".DS_Store", ".aws-sam", ".git", "__pycache__", "node_modules", "target"];

/// All files below [`ROOTS`], by their path from `repository`, with `/` between its parts.
pub(crate) fn list(repository: &Path) -> std::io::Result<Vec<(String, PathBuf)>> {
    let mut files = Vec::new();
    for root in ROOTS {
        add(root.to_owned(), repository.join(root), &mut files)?;
    }
    Ok(files)
}

fn add(name: String, path: PathBuf, files: &mut Vec<(String, PathBuf)>) -> std::io::Result<()> {
    if !path.is_dir() {
        files.push((name, path));
        return Ok(());
    }
    let mut entries = std::fs::read_dir(&path)?.collect::<Result<Vec<_>, _>>()?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let entry_name = entry.file_name().to_string_lossy().into_owned();
        let is_backup = entry_name.ends_with('~') || entry_name.ends_with(".swp");
        if !is_backup && !SKIPPED.contains(&entry_name.as_str()) {
            add(format!("{name}/{entry_name}"), entry.path(), files)?;
        }
    }
    Ok(())
}
