//! Executable files by name.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// The first executable file called `name` in the directories of PATH, which functions get too.
pub fn find(name: &str) -> Option<PathBuf> {
    find_in(&std::env::var_os("PATH")?, name)
}

/// The executable file that `program` names: a path, which starts in `directory`, or a name to look for in PATH.
pub(super) fn find_from(directory: &Path, program: &str) -> Option<PathBuf> {
    if program.contains('/') { Some(directory.join(program)).filter(|path| is_executable(path)) } else { find(program) }
}

/// Whether there is such a file, and it may be executed by somebody.
pub(super) fn is_executable(path: &Path) -> bool {
    path.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

fn find_in(path: &std::ffi::OsStr, name: &str) -> Option<PathBuf> {
    // A relative directory in PATH would be another one for each function.
    let places = std::env::split_paths(path).filter_map(|directory| std::path::absolute(directory.join(name)).ok());
    places.into_iter().find(|place| is_executable(place))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_executable_files_are_found() {
        let directory = tempfile::tempdir().unwrap();
        let [first, second] = ["first", "second"].map(|name| directory.path().join(name));
        for place in [&first, &second] {
            std::fs::create_dir(place).unwrap();
            std::fs::write(place.join("program"), "").unwrap();
        }
        std::fs::set_permissions(second.join("program"), std::fs::Permissions::from_mode(0o755)).unwrap();
        let path = std::env::join_paths([&first, &second]).unwrap();

        assert_eq!(find_in(&path, "program"), Some(second.join("program")));
        assert_eq!(find_in(&path, "second"), None);
        assert_eq!(find_from(directory.path(), "second/program"), Some(second.join("program")));
        assert_eq!(find_from(&first, "./program"), None);
    }
}
