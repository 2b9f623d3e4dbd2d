//! Embeds the files of new projects into release builds.
//!
//! A development build reads them from the repository instead: otherwise each change of a function or of the toolkit would
//! rebuild this crate, too.

#[path = "src/new/listing.rs"]
mod listing;

use std::fmt::Write;
use std::path::PathBuf;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    println!("cargo::rustc-check-cfg=cfg(embeds_projects)");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src/new/listing.rs");
    let variable = |name| env::var(name).map_err(io::Error::other);
    if variable("PROFILE")? != "release" {
        return Ok(());
    }
    println!("cargo::rustc-cfg=embeds_projects");
    let repository = PathBuf::from(variable("CARGO_MANIFEST_DIR")?).join("../..");
    for root in listing::ROOTS {
        println!("cargo::rerun-if-changed={}", repository.join(root).display());
    }
    let mut source = "&[\n".to_owned();
    for (name, path) in listing::list(&repository)? {
        let path = path.canonicalize()?;
        writeln!(source, "    ({name:?}, include_bytes!({path:?})),").map_err(io::Error::other)?;
    }
    source.push_str("]\n");
    fs::write(PathBuf::from(variable("OUT_DIR")?).join("embedded.rs"), source)
}
