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
    /// The functions of `stack`, which can be named by their logical ids in the stack itself.
    pub(crate) fn of_functions(stack: Stack<'_>, names: FunctionNames) -> Result<Self, Problem> {
        Ok(Self { invocables: Invocables::of(stack, names)?, permissions: Permissions::default() })
    }

    /// Adds the permissions of `stack`, which can name the functions that are `visible` to it.
    pub(crate) fn add_permissions(&mut self, stack: Stack<'_>, visible: &Self) -> Result<(), Problem> {
        self.permissions.add(stack, &visible.invocables)
    }

    /// Adds what another stack has. Its logical ids mean nothing outside it.
    pub(crate) fn extend(&mut self, other: &Self) {
        self.invocables.extend(&other.invocables);
        self.permissions.extend(&other.permissions);
    }

    /// What the stack of `own` sees, which is in these surroundings.
    pub(crate) fn joined(&self, own: &Self) -> Self {
        let mut joined = own.clone();
        joined.extend(self);
        joined
    }
}
