//! What the readers of APIs, functions and schedules need.

use super::invocables::Target;
use super::stack::Stack;
use super::surroundings::Surroundings;
use crate::evaluation::Node;
use crate::problem::Problem;
use local_core::invocation::FunctionReference;

/// The evaluated template with its functions, and who may invoke them.
#[derive(Clone, Copy)]
pub(super) struct Context<'r> {
    pub(super) stack: Stack<'r>,
    pub(super) surroundings: &'r Surroundings,
}

impl Context<'_> {
    /// The function that `node` refers to; `None`, and a warning, if it is elsewhere.
    pub(super) fn function(
        self,
        node: &Node<'_>,
        warnings: &mut Vec<String>,
    ) -> Result<Option<FunctionReference>, Problem> {
        let text = node.text()?;
        match self.surroundings.invocables.find(&text).map_err(|problem| problem.at(&node.place()))? {
            Target::Here(function) => Ok(Some(function)),
            Target::Elsewhere => {
                warnings.push(format!("{} is left out: `{text}` is in another account or region", node.place()));
                Ok(None)
            }
        }
    }
}
