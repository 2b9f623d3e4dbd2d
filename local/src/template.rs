//! Reads a SAM or CloudFormation template into what the local services need to know.

mod model;

pub use model::*;

use std::collections::BTreeMap;
use std::path::Path;

use crate::failure::Failure;

/// Which name a function is invoked by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FunctionNames {
    /// Its logical id in the template: what the own Lambda host and `sam local start-lambda` use.
    LogicalId,
    /// `Metadata.BuildProperties.Binary` where the template has it, else its logical id: what `cargo lambda watch` uses.
    Binary,
}

/// What a template is read with.
#[derive(Clone, Debug)]
pub struct ReadOptions {
    /// How functions are named in routes, `Ref`s and environments.
    pub function_names: FunctionNames,
    /// Values that replace the defaults of the template's `Parameters`.
    pub parameters: BTreeMap<String, String>,
}

/// Reads the template at `path`.
///
/// # Errors
/// The file cannot be read, is no template, or needs a value that nothing here can give.
pub fn read(_path: &Path, _options: &ReadOptions) -> Result<Template, Failure> {
    unimplemented!()
}
