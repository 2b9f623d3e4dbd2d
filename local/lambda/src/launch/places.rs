//! Where interface clients are looked for.

use std::path::PathBuf;

/// Where interface clients are looked for, besides the functions' code.
#[derive(Clone, Debug)]
pub struct Places {
    /// Where the template is.
    pub template: PathBuf,
    /// Where the person is.
    pub current: PathBuf,
}
