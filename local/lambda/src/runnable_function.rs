//! A function with all that it takes to run it.

use std::collections::BTreeMap;

use local_sam::Function;

use super::program::Program;

/// A function with all that it takes to run it.
#[derive(Clone, Debug)]
pub struct RunnableFunction {
    /// The function as the template has it.
    pub function: Function,
    /// What is started for each execution environment.
    pub program: Program,
    /// The whole environment but for what Lambda itself sets: nothing of the host's own environment is passed on.
    pub environment: BTreeMap<String, String>,
}
