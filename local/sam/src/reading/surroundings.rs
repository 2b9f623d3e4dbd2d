//! The functions that a stack can name, and who may invoke them: its own, and those of the stacks around it and in it.

use super::invocables::Invocables;
use super::permissions::Permissions;
use super::stack::Stack;
use crate::options::FunctionNames;
use crate::problem::Problem;

/// What stacks share.
#[derive(Clone, Debug, Default)]
pub(crate) struct Surroundings {
    pub(super) invocables: Invocables,
    pub(super) permissions: Permissions,
}

impl Surroundings {
    /// Adds the functions of `stack`, which then can be named by their logical ids.
    pub(crate) fn add_functions(&mut self, stack: Stack<'_>, names: FunctionNames) -> Result<(), Problem> {
        self.invocables.add(stack, names)
    }

    /// Adds the permissions of `stack`.
    pub(super) fn add_permissions(&mut self, stack: Stack<'_>) -> Result<(), Problem> {
        self.permissions.add(stack, &self.invocables)
    }

    /// Adds those of a nested stack, whose logical ids mean nothing outside it.
    pub(crate) fn extend(&mut self, nested: Self) {
        self.invocables.extend(nested.invocables);
        self.permissions = nested.permissions;
    }
}
