//! The transforms that come before SAM's: included files and loops, and the names of those that are not applied.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Map, Value};

use crate::evaluation::{Resolver, ReturnValues};
use crate::options::FunctionNames;
use crate::parameters::{Parameters, STACK_NAME};
use crate::problem::Problem;
use crate::secrets::Secrets;
use crate::sections::section;
use crate::{include, loops};

/// The transform that expands loops.
const LANGUAGE_EXTENSIONS: &str = "AWS::LanguageExtensions";
/// The transform that expands SAM.
const SERVERLESS: &str = "AWS::Serverless-2016-10-31";
/// Transforms that are applied here, or that change nothing here.
const APPLIED: [&str; 3] = [SERVERLESS, LANGUAGE_EXTENSIONS, "AWS::CodeDeployBlueGreen"];

/// `template` with local files included, which start at `directory`, and loops expanded. What is not applied is a
/// warning.
///
/// # Errors
/// A file cannot be included, or a loop cannot be expanded.
pub(crate) fn apply(
    template: Map<String, Value>,
    directory: &Path,
    parameters: &Parameters,
    secrets: &Secrets,
    warnings: &mut Vec<String>,
) -> Result<Map<String, Value>, Problem> {
    let mut template = include::include(template, directory)?;
    let transforms = names(&template);
    for name in transforms.iter().filter(|name| !APPLIED.contains(&name.as_str())) {
        warnings.push(format!("the transform `{name}` is not applied: what it adds is missing"));
    }
    if loops::has_loop(&Value::Object(template.clone())) {
        let position = |wanted: &str| transforms.iter().position(|name| name == wanted);
        let is_first = position(LANGUAGE_EXTENSIONS)
            .is_some_and(|own| position(SERVERLESS).is_none_or(|serverless| own < serverless));
        if !is_first {
            let hint = format!("add `{LANGUAGE_EXTENSIONS}` to `Transform`, before SAM's");
            return Err(Problem::new("the template has an `Fn::ForEach` that no transform expands", hint));
        }
        template = expand_loops(template, parameters, secrets)?;
    }
    if !transforms.iter().any(|name| name == SERVERLESS) && has_serverless_resources(&template) {
        warnings.push(format!("CloudFormation rejects the resources of SAM without `Transform: {SERVERLESS}`"));
    }
    if let Some(Value::Object(resources)) = template.get_mut("Resources")
        && resources.shift_remove("Fn::Transform").is_some()
    {
        warnings.push("the resources of an `Fn::Transform` are left out: it is not expanded".to_owned());
    }
    for name in ["Conditions", "Mappings", "Outputs", "Parameters"] {
        if template.get(name).is_some_and(|section| section.get("Fn::Transform").is_some()) {
            warnings.push(format!("the `Fn::Transform` in `{name}` is not expanded: what it adds is missing"));
        }
    }
    if template.contains_key("Fn::Transform") {
        warnings.push("the `Fn::Transform` of the template is not expanded: what it adds is missing".to_owned());
    }
    Ok(template)
}

fn has_serverless_resources(template: &Map<String, Value>) -> bool {
    let resources = template.get("Resources").and_then(Value::as_object);
    let is_serverless =
        |resource: &Value| resource["Type"].as_str().is_some_and(|kind| kind.starts_with("AWS::Serverless::"));
    resources.is_some_and(|resources| resources.values().any(is_serverless))
}

/// The names of the transforms of the template as a whole.
fn names(template: &Map<String, Value>) -> Vec<String> {
    let declared = match template.get("Transform") {
        Some(Value::Array(items)) => items.iter().collect(),
        Some(one) => vec![one],
        None => Vec::new(),
    };
    let name = |value: &Value| value.as_str().or_else(|| value.get("Name")?.as_str()).map(str::to_owned);
    declared.into_iter().filter_map(name).collect()
}

fn expand_loops(
    template: Map<String, Value>,
    parameters: &Parameters,
    secrets: &Secrets,
) -> Result<Map<String, Value>, Problem> {
    let mappings = section(&template, "Mappings")?;
    let nothing = BTreeMap::new();
    let resolver = Resolver {
        parameters: parameters.clone(),
        stack_name: STACK_NAME.to_owned(),
        secrets,
        depth: Cell::new(0),
        imports: &BTreeMap::new(),
        mappings: &mappings,
        conditions: BTreeMap::new(),
        resources: &ReturnValues::new(&nothing, BTreeMap::new(), FunctionNames::LogicalId, ""),
    };
    loops::expand(template, &resolver)
}
