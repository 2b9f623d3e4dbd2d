//! The format of the archive.

use std::collections::BTreeSet;
use std::io::{self, Seek, Write};

use local_cli::new::Project;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// The folder of all files. SAM needs one folder, as the first entry, and calls it what you call the project; cargo-lambda
/// looks for the template in a folder of this name.
pub(crate) const FOLDER: &str = "template/";

/// cargo-lambda reads its configuration next to that folder, and SAM ignores it there. The default questions are about a
/// package with one function.
const CARGO_LAMBDA: &str = "[template]\ndisable_default_prompts = true\n";

/// Writes `project` to `output`. The same project is the same archive, byte for byte.
pub(crate) fn write(project: &Project, output: impl Write + Seek) -> io::Result<()> {
    let mut archive = ZipWriter::new(output);
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored).unix_permissions(0o644);
    let folders: BTreeSet<&str> = project.files().keys().flat_map(|path| folders_of(path)).collect();
    archive.add_directory(FOLDER, options.unix_permissions(0o755))?;
    for folder in folders {
        archive.add_directory(format!("{FOLDER}{folder}"), options.unix_permissions(0o755))?;
    }
    for (path, content) in project.files() {
        archive.start_file(format!("{FOLDER}{path}"), options)?;
        archive.write_all(content)?;
    }
    archive.start_file("CargoLambda.toml", options)?;
    archive.write_all(CARGO_LAMBDA.as_bytes())?;
    archive.finish()?.flush()
}

/// The folders around a file, each with a `/` at its end.
fn folders_of(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').map(|(end, _)| &path[..=end])
}
