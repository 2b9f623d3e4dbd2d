//! Which resources of a template exist: those whose condition holds.

use std::collections::BTreeMap;

use crate::document::{Document, Resource};
use crate::evaluation::Resolver;
use crate::problem::Problem;
use crate::resource_types;

/// The resources whose condition holds, and the conditions of the others. Where a condition cannot be told, only a
/// served resource needs it.
pub(crate) fn existing(
    document: &Document,
    resolver: &Resolver<'_>,
) -> Result<(BTreeMap<String, Resource>, BTreeMap<String, String>), Problem> {
    let (mut existing, mut absent) = (BTreeMap::new(), BTreeMap::new());
    for (logical_id, resource) in &document.resources {
        let Some(name) = &resource.condition else {
            existing.insert(logical_id.clone(), resource.clone());
            continue;
        };
        let holds = match resolver.conditions.get(name) {
            Some(Ok(holds)) => *holds,
            Some(Err(_)) if resource_types::ALLOWING.contains(&resource.kind.as_str()) => true,
            Some(Err(_)) if !resource_types::is_served(&resource.kind) => false,
            Some(Err(problem)) => {
                return Err(problem.clone().at(&format!("the condition `{name}` of `{logical_id}`")));
            }
            None => {
                let message = format!("`{logical_id}` has the condition `{name}`, which does not exist");
                return Err(Problem::unknown(message, "conditions", resolver.conditions.keys()));
            }
        };
        if holds {
            existing.insert(logical_id.clone(), resource.clone());
        } else {
            absent.insert(logical_id.clone(), name.clone());
        }
    }
    Ok((existing, absent))
}
