//! What a template is read with.

use std::collections::BTreeMap;

use crate::samconfig::Configuration;

/// Which name a function is invoked by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FunctionNames {
    /// Its logical id in the template: what the own Lambda host and `sam local start-lambda` use.
    LogicalId,
    /// `Metadata.BuildProperties.Binary` where the template has it, else its logical id: what `cargo lambda watch` uses.
    Binary,
}

/// What a template is read with.
#[derive(Clone)]
pub struct ReadOptions {
    /// How functions are named in routes, `Ref`s and environments.
    pub function_names: FunctionNames,
    /// Values that replace the defaults of the template's `Parameters`; one that the template does not have is an error.
    pub parameters: BTreeMap<String, String>,
    /// The same from a file, which is there for other templates, too: one that this does not have is a warning.
    pub configured: Configuration,
    /// Outputs of other stacks by the name of their export, for `Fn::ImportValue`.
    pub imports: BTreeMap<String, String>,
}
