//! The size of what is deployed.

use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::DeflateEncoder;

/// The megabytes of a program as SAM compresses it into a bundle.
#[expect(clippy::cast_precision_loss, reason = "no program has 2^52 bytes")]
pub(crate) fn zipped_megabytes(program: &Path) -> f64 {
    let program = std::fs::read(program).expect("the program can be read");
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(&program).expect("memory can be written");
    encoder.finish().expect("memory can be written").len() as f64 / 1e6
}
