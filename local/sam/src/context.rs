//! What every reader of resources needs.

use std::collections::{BTreeMap, BTreeSet};

use super::document::Resource;
use super::intrinsics::Resolver;
use super::invocables::{Invocables, Target};
use super::permissions::Permissions;
use super::problem::Problem;
use super::properties::Node;
use local_core::invocation::FunctionReference;

/// The resources that exist, and what their properties are evaluated against.
#[derive(Clone, Copy, Debug)]
pub(super) struct Context<'r> {
    pub(super) resources: &'r BTreeMap<String, Resource>,
    pub(super) resolver: &'r Resolver<'r>,
    pub(super) invocables: &'r Invocables,
    pub(super) permissions: &'r Permissions,
    /// The logical ids of routes with a route response.
    pub(super) answering_routes: &'r BTreeSet<String>,
}

impl<'r> Context<'r> {
    /// The resources of the given types, in the order of their logical ids.
    pub(super) fn of_types(self, types: &'r [&'r str]) -> impl Iterator<Item = (&'r str, &'r Resource)> {
        let resources = self.resources.iter().filter(|(_, resource)| types.contains(&resource.kind.as_str()));
        resources.map(|(logical_id, resource)| (logical_id.as_str(), resource))
    }

    /// The properties of a resource.
    pub(super) fn properties(self, logical_id: &'r str, resource: &'r Resource) -> Result<Node<'r>, Problem> {
        Node::properties(logical_id, resource, self.resolver)
    }

    /// The function that events of the function `logical_id` invoke: its alias, if `AutoPublishAlias` makes one.
    pub(super) fn published(self, logical_id: &'r str, resource: &'r Resource) -> Result<FunctionReference, Problem> {
        let name = self.resolver.references.get(logical_id)?;
        // Without a value here, the function itself is invoked: every alias is the code at hand.
        let qualifier = self.properties(logical_id, resource)?.text_at("AutoPublishAlias").ok().flatten();
        Ok(FunctionReference { name, qualifier })
    }

    /// The function that `node` refers to; `None`, and a warning, if it is elsewhere.
    pub(super) fn function(
        self,
        node: &Node<'_>,
        warnings: &mut Vec<String>,
    ) -> Result<Option<FunctionReference>, Problem> {
        let text = node.text()?;
        match self.invocables.find(&text).map_err(|problem| problem.at(&node.place()))? {
            Target::Here(function) => Ok(Some(function)),
            Target::Elsewhere => {
                warnings.push(format!("{} is left out: `{text}` is in another account or region", node.place()));
                Ok(None)
            }
        }
    }
}
