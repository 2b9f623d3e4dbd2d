//! A function that is deployed step by step, until all functions are known.

use serde_json::Value;

use super::resource::SamResource;
use super::source::Source;

/// A function that is deployed step by step.
#[derive(Clone, Debug)]
pub(super) struct Deployment<'s> {
    pub(super) resource: SamResource<'s>,
    pub(super) preference: Source<'s>,
    /// The name of CodeDeploy's configuration.
    pub(super) configuration: Value,
    /// The condition of the group.
    pub(super) condition: Option<&'s str>,
    /// The author's, if they are propagated.
    pub(super) tags: Option<Source<'s>>,
}
