//! Reads a SAM or CloudFormation template into what the local services need to know.
//!
//! Intrinsics are evaluated where a served resource needs their value and nowhere else: a template may say anything
//! about what has no local meaning.

mod model;

mod api_keys;
mod classic;
mod classic_http_apis;
mod classic_routes;
mod conditions;
mod context;
mod custom_domains;
mod document;
mod expansion;
mod functions;
#[cfg(test)]
mod fuzz;
mod http_apis;
mod intrinsic;
mod intrinsics;
mod invocables;
mod mock;
mod parameter_constraints;
pub mod parameter_overrides;
mod parameters;
mod permissions;
mod problem;
mod properties;
mod references;
mod resource_types;
pub mod samconfig;
mod scalar;
mod schedules;
mod substitution;
mod tables;
mod throttles;
mod web_socket_apis;
mod yaml;

pub use model::*;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;

use self::context::Context;
use self::document::{Document, Resource};
use self::intrinsics::Resolver;
use self::invocables::Invocables;
use self::parameters::Parameter;
use self::permissions::Permissions;
use self::problem::Problem;
use self::references::References;
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
    let file = path.display().to_string();
    let unreadable = |error| {
        Failure::new(format!("cannot read the template `{file}`: {error}"), "name another one with `--template FILE`")
    };
    let text = std::fs::read_to_string(path).map_err(unreadable)?;
    let path = std::path::absolute(path).map_err(unreadable)?;
    let directory = path.parent().unwrap_or(&path);
    parse(&text, directory, options).map_err(|problem| problem.in_file(&file))
}

/// The values of parameters: the command line's win over the file's.
fn overrides(options: &ReadOptions, document: &Document, warnings: &mut Vec<String>) -> BTreeMap<String, String> {
    let Configuration { file, parameters } = &options.configured;
    let mut overrides = BTreeMap::new();
    for (name, value) in parameters {
        if document.parameters.contains_key(name) {
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
    let document = Document::parse(text)?;
    let mut warnings = Vec::new();
    let overrides = overrides(options, &document, &mut warnings);
    let resolver = Resolver {
        parameters: parameters::read(&document.parameters, &overrides)?,
        imports: &options.imports,
        mappings: &document.mappings,
        conditions: BTreeMap::new(),
        references: References::default(),
    };
    let secrets = resolver.parameters.secrets.clone();
    let hide = |text: &str| secrets.iter().fold(text.to_owned(), |text, secret| text.replace(secret, "****"));
    let mut template = evaluate(&document, resolver, directory, options.function_names, &mut warnings)
        .map_err(|problem| problem.map(hide))?;
    for warning in warnings.iter().map(|warning| hide(warning)) {
        if !template.warnings.contains(&warning) {
            template.warnings.push(warning);
        }
    }
    Ok(template)
}

/// What of the document is served.
fn evaluate(
    document: &Document,
    mut resolver: Resolver<'_>,
    directory: &Path,
    function_names: FunctionNames,
    warnings: &mut Vec<String>,
) -> Result<Template, Problem> {
    resolver.conditions = conditions::evaluate(&document.conditions, &resolver)?;
    let resources = existing(document, &resolver)?;
    resolver.references = References::of(&resources, &resolver, function_names)?;
    for (logical_id, resource) in document.resources.iter().filter(|(id, _)| !resources.contains_key(*id)) {
        resolver.references.add_absent(logical_id, resource.condition.as_deref().unwrap_or_default());
    }
    let named = References::named(&resources, &resolver);
    resolver.references.extend(named);
    let invocables = Invocables::of(&resources, &resolver, function_names)?;
    let context = Context {
        resources: &resources,
        resolver: &resolver,
        invocables: &invocables,
        permissions: &Permissions::default(),
        answering_routes: &BTreeSet::new(),
    };
    let permissions = Permissions::of(&context)?;
    let answering_routes = classic_routes::answering_routes(&context)?;
    let context = Context { permissions: &permissions, answering_routes: &answering_routes, ..context };

    warnings.extend(general_warnings(document, &context));
    let mut web_socket_apis = web_socket_apis::read(&context, warnings)?;
    web_socket_apis.extend(classic::read(&context, warnings)?);
    web_socket_apis.sort_by(|one, other| one.logical_id.cmp(&other.logical_id));
    Ok(Template {
        web_socket_apis,
        http_apis: http_apis::read(&context, &document.implicit_http_api, warnings)?,
        functions: functions::read(&context, directory, warnings)?,
        tables: tables::read(&context)?,
        schedules: schedules::read(&context, warnings)?,
        warnings: Vec::new(),
    })
}

/// The resources whose condition holds. Where a condition cannot be told, only a served resource needs it.
fn existing(document: &Document, resolver: &Resolver<'_>) -> Result<BTreeMap<String, Resource>, Problem> {
    let mut existing = BTreeMap::new();
    for (logical_id, resource) in &document.resources {
        let holds = match &resource.condition {
            None => true,
            Some(name) => match resolver.conditions.get(name) {
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
            },
        };
        if holds {
            existing.insert(logical_id.clone(), resource.clone());
        }
    }
    Ok(existing)
}

/// Warnings about the template as a whole.
fn general_warnings(document: &Document, context: &Context<'_>) -> Vec<String> {
    let mut warnings = Vec::new();
    warnings.extend(document.warnings.iter().cloned());
    for (logical_id, resource) in context.resources {
        if resource_types::is_served(&resource.kind) && has_transform(&resource.properties) {
            warnings.push(format!("`{logical_id}` has an `Fn::Transform`, which is not expanded"));
        }
    }
    let mut without_value = Vec::new();
    for (name, parameter) in &context.resolver.parameters.values {
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
    for (logical_id, resource) in context.resources {
        if resource_types::is_missed(&resource.kind) {
            missed.entry(&resource.kind).or_default().push(format!("`{logical_id}`"));
        }
    }
    for (kind, names) in missed {
        warnings.push(format!("resources of type `{kind}` are not emulated: {}", names.join(", ")));
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

/// Expands the SAM template at `path` into CloudFormation, as AWS's translator does, and returns it as JSON.
///
/// # Errors
/// The file cannot be read, or SAM rejects the template.
pub fn expand(path: &Path, parameters: &BTreeMap<String, String>) -> Result<Value, Failure> {
    let file = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|error| {
        Failure::new(format!("cannot read the template `{file}`: {error}"), "name another one with `--template FILE`")
    })?;
    let in_file = |problem: Problem| problem.in_file(&file);
    let Value::Object(root) = yaml::parse(&text).map_err(in_file)? else {
        return Err(Failure::new(format!("`{file}` is not a template"), "name another one with `--template FILE`"));
    };
    let values = parameters::for_expansion(&root, parameters);
    let expanded = expansion::expand(root, &values).map_err(in_file)?;
    for warning in expanded.warnings {
        eprintln!("{warning}");
    }
    Ok(expanded.template.into())
}
