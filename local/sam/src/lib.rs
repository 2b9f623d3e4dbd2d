//! Reads a SAM or CloudFormation template into what the local services need to know.
//!
//! Intrinsics are evaluated where a served resource needs their value and nowhere else: a template may say anything
//! about what has no local meaning.

mod model;

pub mod parameter_overrides;
pub mod samconfig;
mod yaml;
mod intrinsic;
mod sections;
mod parameters;
mod parameter_constraints;
mod transforms;
mod include;
mod loops;
mod expansion;
mod document;
mod evaluation;
mod resource_types;
mod reading;
mod problem;
mod scalar;
#[cfg(test)]
mod fuzz;

pub use model::*;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use self::document::{Document, Resource};
use self::evaluation::{Resolver, ReturnValues};
use self::parameters::{Parameter, Parameters};
use self::problem::Problem;
use self::reading::Stack;
use self::samconfig::Configuration;
use local_core::failure::Failure;

/// Which name a function is invoked by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FunctionNames {
    /// Its logical id in the template: what the own Lambda host and `sam local start-lambda` use.
    LogicalId,
    /// `Metadata.BuildProperties.Binary` where the template has it, else its logical id: what `cargo lambda watch` uses.
    Binary,
}

/// What a template is read with.
#[derive(Clone)]
pub struct ReadOptions {
    /// How functions are named in routes, `Ref`s and environments.
    pub function_names: FunctionNames,
    /// Values that replace the defaults of the template's `Parameters`; one that the template does not have is an error.
    pub parameters: BTreeMap<String, String>,
    /// The same from a file, which is there for other templates, too: one that this does not have is a warning.
    pub configured: Configuration,
    /// Outputs of other stacks by the name of their export, for `Fn::ImportValue`.
    pub imports: BTreeMap<String, String>,
}

/// Reads the template at `path`.
///
/// # Errors
/// The file cannot be read, is no template, or needs a value that nothing here can give.
pub fn read(path: &Path, options: &ReadOptions) -> Result<Template, Failure> {
    let (file, text, directory) = open(path)?;
    parse(&text, &directory, options).map_err(|problem| problem.in_file(&file))
}

/// The name of the file at `path`, its text and its directory.
fn open(path: &Path) -> Result<(String, String, PathBuf), Failure> {
    let file = path.display().to_string();
    let unreadable = |error| {
        Failure::new(format!("cannot read the template `{file}`: {error}"), "name another one with `--template FILE`")
    };
    let text = std::fs::read_to_string(path).map_err(unreadable)?;
    let path = std::path::absolute(path).map_err(unreadable)?;
    let directory = path.parent().unwrap_or(&path).to_owned();
    Ok((file, text, directory))
}

/// The template in `text`.
fn template(text: &str) -> Result<Map<String, Value>, Problem> {
    match yaml::parse(text)? {
        Value::Object(root) if matches!(root.get("Resources"), Some(Value::Object(_))) => Ok(root),
        _ => Err(Problem::new(
            "this is not a template: it has no `Resources`",
            "name a SAM or CloudFormation template with `--template FILE`",
        )),
    }
}

/// The values of parameters: the command line's win over the file's.
fn overrides(
    options: &ReadOptions,
    declared: &Map<String, Value>,
    warnings: &mut Vec<String>,
) -> BTreeMap<String, String> {
    let Configuration { file, parameters } = &options.configured;
    let mut overrides = BTreeMap::new();
    for (name, value) in parameters {
        if declared.contains_key(name) {
            overrides.insert(name.clone(), value.clone());
        } else {
            warnings.push(format!("`{file}` sets the parameter `{name}`, which the template does not have"));
        }
    }
    overrides.extend(options.parameters.clone());
    overrides
}

/// Reads the template in `text`, whose relative paths start at `directory`.
fn parse(text: &str, directory: &Path, options: &ReadOptions) -> Result<Template, Problem> {
    let root = template(text)?;
    let mut warnings = Vec::new();
    let declared = sections::section(&root, "Parameters")?;
    let overrides = overrides(options, &declared, &mut warnings);
    let parameters = parameters::read(&declared, &overrides)?;
    let secrets = parameters.secrets.clone();
    let hide = |text: &str| secrets.iter().fold(text.to_owned(), |text, secret| text.replace(secret, "****"));
    let values = parameters::for_expansion(&root, &overrides);
    let mut template =
        serve(root, &values, parameters, directory, options, &mut warnings).map_err(|problem| problem.map(hide))?;
    for warning in warnings.iter().map(|warning| hide(warning)) {
        if !template.warnings.contains(&warning) {
            template.warnings.push(warning);
        }
    }
    Ok(template)
}

/// Expands the template, evaluates it and reads what is served.
fn serve(
    root: Map<String, Value>,
    values: &BTreeMap<String, Value>,
    parameters: Parameters,
    directory: &Path,
    options: &ReadOptions,
    warnings: &mut Vec<String>,
) -> Result<Template, Problem> {
    let expanded = expansion::expand(root, values)?;
    warnings.extend(expanded.warnings);
    let document = Document::read(&expanded.template, expanded.origins)?;
    // Conditions cannot refer to resources.
    let nothing = BTreeMap::new();
    let without_resources = ReturnValues::new(&nothing, BTreeMap::new(), options.function_names);
    let mut resolver = Resolver {
        parameters,
        imports: &options.imports,
        mappings: &document.mappings,
        conditions: BTreeMap::new(),
        resources: &without_resources,
    };
    resolver.conditions = evaluation::evaluate_conditions(&document.conditions, &resolver)?;
    let (resources, absent) = existing(&document, &resolver)?;
    let return_values = ReturnValues::new(&resources, absent, options.function_names);
    let resolver = Resolver { resources: &return_values, ..resolver };
    warnings.extend(unserved(&resources, &resolver));
    let stack = Stack { resources: &resources, resolver: &resolver };
    reading::read(stack, directory, options.function_names, warnings)
}

/// The resources whose condition holds, and the conditions of the others. Where a condition cannot be told, only a
/// served resource needs it.
fn existing(
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

/// Names what of the template is not served, or has no value.
fn unserved(resources: &BTreeMap<String, Resource>, resolver: &Resolver<'_>) -> Vec<String> {
    let mut warnings = Vec::new();
    for (logical_id, resource) in resources {
        if resource_types::is_served(&resource.kind) && has_transform(&resource.properties) {
            warnings.push(format!("`{logical_id}` has an `Fn::Transform`, which is not expanded"));
        }
    }
    let mut without_value = Vec::new();
    for (name, parameter) in &resolver.parameters.values {
        match parameter {
            Parameter::InParameterStore => {
                warnings.push(format!("the parameter `{name}` has no value here: AWS reads it from Systems Manager"));
            }
            Parameter::Missing => without_value.push(format!("`{name}`")),
            Parameter::Text(_) | Parameter::List(_) => {}
        }
    }
    if !without_value.is_empty() {
        let names = without_value.join(", ");
        warnings.push(format!("no value for the parameters {names}: pass them with `--parameter-overrides`"));
    }
    let mut missed: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (logical_id, resource) in resources.iter().filter(|(_, resource)| resource_types::is_missed(&resource.kind)) {
        let (kind, place) = match &resource.origin {
            // What the author wrote as one SAM resource is named as such.
            Some(origin) if origin.place.path.is_empty() => (origin.kind.as_str(), origin.place.to_string()),
            Some(origin) => (resource.kind.as_str(), origin.place.to_string()),
            None => (resource.kind.as_str(), format!("`{logical_id}`")),
        };
        let places = missed.entry(kind).or_default();
        if !places.contains(&place) {
            places.push(place);
        }
    }
    for (kind, places) in missed {
        warnings.push(format!("resources of type `{kind}` are not emulated: {}", places.join(", ")));
    }
    warnings
}

/// Whether a macro or an include is to add something to `value`, or within it. Parsers limit how deep that is.
fn has_transform(value: &Value) -> bool {
    match value {
        Value::Object(object) => object.iter().any(|(key, value)| key == "Fn::Transform" || has_transform(value)),
        Value::Array(items) => items.iter().any(has_transform),
        _ => false,
    }
}

/// Expands the template at `path` into CloudFormation without SAM, as AWS's transforms do, and returns it as JSON.
///
/// # Errors
/// The file cannot be read, or a transform rejects the template.
pub fn expand(path: &Path, overrides: &BTreeMap<String, String>) -> Result<(Value, Vec<String>), Failure> {
    let (file, text, directory) = open(path)?;
    let expand = || {
        let root = template(&text)?;
        let mut warnings = Vec::new();
        let parameters = parameters::read(&sections::section(&root, "Parameters")?, overrides)?;
        let values = parameters::for_expansion(&root, overrides);
        let root = transforms::apply(root, &directory, &parameters, &mut warnings)?;
        let expanded = expansion::expand(root, &values)?;
        warnings.extend(expanded.warnings);
        Ok((expanded.template.into(), warnings))
    };
    expand().map_err(|problem: Problem| problem.in_file(&file))
}
