//! A fault of the plan that was injected.

use serde::Serialize;

/// A fault of the plan that was injected.
#[derive(Clone, Debug, Serialize)]
pub struct InjectedFault {
    /// The fault's place in the file, from 1.
    pub number: usize,
    /// Its name in the file.
    pub fault: &'static str,
    /// What it does, where the name does not say it all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effect: Option<String>,
    /// A connection's id, a function with a request's id, an operation with its tables.
    #[serde(rename = "hit")]
    pub target: String,
    /// The events that the fault could have applied to so far.
    pub event: u64,
    /// How often the fault was injected.
    pub times: u64,
}
