//! The real binaries, built once for all stories of a process.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use serde_json::Value;

/// Where cargo put the binaries.
pub(super) struct Binaries {
    pub(super) parlor: PathBuf,
    pub(super) directory: PathBuf,
}

/// The root of the workspace.
pub(crate) fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("this package is a member of the workspace")
}

/// One of the binaries, which is a function.
pub(crate) fn binary(name: &str) -> PathBuf {
    binaries().directory.join(name)
}

/// Builds what is not built yet. Cargo is not at work while the tests that it built run, so this waits for nobody.
pub(super) fn binaries() -> &'static Binaries {
    static BINARIES: OnceLock<Binaries> = OnceLock::new();
    BINARIES.get_or_init(|| {
        let built = Command::new(env!("CARGO"))
            .args(["build", "--workspace", "--bins", "--message-format=json-render-diagnostics"])
            .current_dir(workspace())
            .stderr(Stdio::inherit())
            .output()
            .expect("cargo runs");
        assert!(built.status.success(), "the binaries cannot be built");
        let executables = String::from_utf8_lossy(&built.stdout)
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok()?["executable"].as_str().map(PathBuf::from))
            .collect::<Vec<_>>();
        let is_parlor = |path: &&PathBuf| path.file_stem().is_some_and(|name| name == "parlor");
        let parlor = executables.iter().find(is_parlor).expect("`parlor` is one of the binaries").clone();
        let directory = parlor.parent().expect("binaries stand in a directory").to_owned();
        Binaries { parlor, directory }
    })
}
