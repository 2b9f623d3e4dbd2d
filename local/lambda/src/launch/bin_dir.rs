//! Takes the built executables of functions from a directory.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::cargo::listed;
use local_core::failure::Failure;
use local_sam::Function;

/// Finds the built executables of `functions` in `directory`, by logical id, and builds nothing.
///
/// An executable is called like the function's cargo binary or its logical id, or is a file `bootstrap` in a directory
/// of that name, as `sam build` and `cargo lambda build` leave it.
pub fn executables_in(functions: &[Function], directory: &Path) -> Result<BTreeMap<String, PathBuf>, Failure> {
    functions
        .iter()
        .map(|function| {
            let names = function.binary.iter().chain([&function.logical_id]);
            let mut places = names.flat_map(|name| [directory.join(name), directory.join(name).join("bootstrap")]);
            match places.find(|place| place.is_file()) {
                Some(executable) => Ok((function.logical_id.clone(), executable)),
                None => Err(no_executable(function, directory)),
            }
        })
        .collect()
}

fn no_executable(function: &Function, directory: &Path) -> Failure {
    let name = function.binary.as_ref().unwrap_or(&function.logical_id);
    let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
    let existing: BTreeSet<String> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    Failure::new(
        format!("no executable `{name}` for function `{}` in `{}`", function.logical_id, directory.display()),
        format!("build it first; that directory has {}", listed(&existing)),
    )
}
