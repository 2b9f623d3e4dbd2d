//! Which resources of a template exist: those whose condition holds.

use std::collections::BTreeMap;

use crate::document::{Document, Resource};
use crate::evaluation::Resolver;
use crate::problem::Problem;
use crate::resource_types;

/// The resources of a template by whether they exist.
pub(crate) struct Existing {
    pub(crate) resources: BTreeMap<String, Resource>,
    /// The conditions of the other resources, by the logical id.
    pub(crate) absent: BTreeMap<String, String>,
    /// A sentence for each resource that is left out because its condition cannot be told.
    pub(crate) warnings: Vec<String>,
}

impl Existing {
    /// Tells by their conditions which resources of `document` exist. Where a condition cannot be told, only a served
    /// resource needs it.
    ///
    /// # Errors
    /// The condition of a served resource cannot be told, or does not exist.
    pub(crate) fn of(document: &Document, resolver: &Resolver<'_>) -> Result<Self, Problem> {
        let mut existing = Self { resources: BTreeMap::new(), absent: BTreeMap::new(), warnings: Vec::new() };
        for (logical_id, resource) in &document.resources {
            match &resource.condition {
                Some(name) if !holds(name, logical_id, resource, resolver, &mut existing.warnings)? => {
                    existing.absent.insert(logical_id.clone(), name.clone());
                }
                _ => _ = existing.resources.insert(logical_id.clone(), resource.clone()),
            }
        }
        Ok(existing)
    }
}

fn holds(
    name: &str,
    logical_id: &str,
    resource: &Resource,
    resolver: &Resolver<'_>,
    warnings: &mut Vec<String>,
) -> Result<bool, Problem> {
    match resolver.conditions.get(name) {
        Some(Ok(holds)) => Ok(*holds),
        Some(Err(_)) if resource_types::ALLOWING.contains(&resource.kind.as_str()) => Ok(true),
        Some(Err(_)) if !resource_types::is_served(&resource.kind) => Ok(false),
        Some(Err(problem)) if resource_types::OPTIONAL.contains(&resource.kind.as_str()) => {
            let reason = problem.message();
            warnings.push(format!("`{logical_id}` is left out: its condition `{name}` cannot be told: {reason}"));
            Ok(false)
        }
        Some(Err(problem)) => Err(problem.clone().at(&format!("the condition `{name}` of `{logical_id}`"))),
        None => {
            let message = format!("`{logical_id}` has the condition `{name}`, which does not exist");
            Err(Problem::unknown(message, "conditions", resolver.conditions.keys()))
        }
    }
}
