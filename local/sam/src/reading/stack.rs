//! The resources that exist, and what their properties are evaluated against.

use std::collections::BTreeMap;

use crate::document::Resource;
use crate::evaluation::{Node, Resolver};
use crate::problem::Problem;

/// The evaluated template.
#[derive(Clone, Copy)]
pub(crate) struct Stack<'r> {
    pub(crate) resources: &'r BTreeMap<String, Resource>,
    pub(crate) resolver: &'r Resolver<'r>,
    /// What the names of resources begin with: the names of the stacks that this one is nested in.
    pub(crate) prefix: &'r str,
}

impl<'r> Stack<'r> {
    /// The resources of the given types, in the order of their logical ids.
    pub(crate) fn of_types(self, types: &'r [&'r str]) -> impl Iterator<Item = (&'r str, &'r Resource)> {
        let resources = self.resources.iter().filter(|(_, resource)| types.contains(&resource.kind.as_str()));
        resources.map(|(logical_id, resource)| (logical_id.as_str(), resource))
    }

    /// The properties of a resource.
    pub(crate) fn properties(self, logical_id: &'r str, resource: &'r Resource) -> Result<Node<'r>, Problem> {
        Node::properties(logical_id, resource, self.resolver)
    }

    /// The name of a resource in what is served.
    pub(super) fn name(self, logical_id: &str) -> String {
        format!("{}{logical_id}", self.prefix)
    }

    /// What `Ref` of a resource returns.
    pub(super) fn reference(self, logical_id: &str) -> Result<String, Problem> {
        self.resolver.resources.value(logical_id, self.resolver)
    }

    /// The properties of the resources of one type that belong to an API.
    pub(super) fn parts(self, kind: &'r str, api_id: &str) -> Result<Vec<(&'r str, Node<'r>)>, Problem> {
        let mut parts = Vec::new();
        for (logical_id, resource) in self.resources.iter().filter(|(_, resource)| resource.kind == kind) {
            let properties = self.properties(logical_id, resource)?;
            if properties.require("ApiId")?.text()? == api_id {
                parts.push((logical_id.as_str(), properties));
            }
        }
        Ok(parts)
    }
}
