//! Stacks that are resources of others: `AWS::CloudFormation::Stack`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::evaluation::Node;
use crate::problem::Problem;
use crate::reading::Stack;
use crate::resource_types::NESTED_STACK;

/// A nested stack whose template is a local file.
pub(crate) struct NestedStack<'r> {
    pub(crate) logical_id: &'r str,
    pub(crate) properties: Node<'r>,
    /// The file, from the directory of the template around it.
    pub(crate) path: String,
}

/// What a stack gets for its parameters.
#[derive(Default)]
pub(crate) struct Arguments {
    pub(crate) values: BTreeMap<String, String>,
    /// Parameters whose value cannot be told here.
    pub(crate) unknown: BTreeSet<String>,
    /// A sentence for each of these.
    pub(crate) warnings: Vec<String>,
}

impl<'r> NestedStack<'r> {
    /// The nested stacks of `stack`. One whose template is elsewhere is a warning.
    pub(crate) fn all(stack: Stack<'r>, warnings: &mut Vec<String>) -> Result<Vec<Self>, Problem> {
        let mut nested = Vec::new();
        for (logical_id, resource) in stack.of_types(&[NESTED_STACK]) {
            let properties = stack.properties(logical_id, resource)?;
            // The CDK says in the metadata where the template is that it synthesized.
            let metadata = Node::metadata(logical_id, resource, stack.resolver)?;
            let asset = metadata.map_or(Ok(None), |metadata| metadata.text_at("aws:asset:path"))?;
            let path = asset.or_else(|| properties.text_at("TemplateURL").ok().flatten());
            match path.filter(|path| !path.contains("://")) {
                Some(path) => nested.push(Self { logical_id, properties, path }),
                None => warnings.push(format!("{} is left out: its template is not a local file", properties.place())),
            }
        }
        Ok(nested)
    }

    /// What its parameters get; a list is joined by commas.
    pub(crate) fn arguments(&self) -> Result<Arguments, Problem> {
        let mut arguments = Arguments::default();
        let Some(parameters) = self.properties.get("Parameters")? else { return Ok(arguments) };
        for name in parameters.keys()? {
            match parameters.get(&name).and_then(|value| value.map(|value| text(&value)).transpose()) {
                Ok(None) => {}
                Ok(Some(value)) => _ = arguments.values.insert(name, value),
                Err(problem) => {
                    arguments.warnings.push(format!("{}; the parameter has no value", problem.message()));
                    arguments.unknown.insert(name);
                }
            }
        }
        Ok(arguments)
    }
}

fn text(value: &Node<'_>) -> Result<String, Problem> {
    match value.value() {
        Value::Array(_) => Ok(value.items()?.iter().map(Node::text).collect::<Result<Vec<_>, _>>()?.join(",")),
        _ => value.text(),
    }
}
