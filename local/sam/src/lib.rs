//! Reads a SAM or CloudFormation template into the [`Template`] that the local services serve.
//!
//! [`read`] does four things one after the other: it applies the transforms that come before SAM's (included files, loops),
//! expands SAM into CloudFormation as AWS's translator does, evaluates conditions and intrinsics where a served resource needs
//! their value, and reads the resources. Nested stacks whose template is a local file go the same way.
//!
//! What is not served, and what AWS rejects and the local stack can ignore, is in the template's warnings, with the place that
//! the author wrote. A value is an error only where something that is served needs it.
//!
//! *Invariant: the expansion knows no value but those of parameters, the evaluation no reader, and only the expansion SAM.*
//!
//! Start reading at `stack_reader`. `EXPANSION.md` is the specification of the expansion.

mod model;

mod options;
pub mod parameter_overrides;
pub mod samconfig;
mod stack_reader;
mod nested_stacks;
mod file;
mod yaml;
mod intrinsic;
mod sections;
mod parameters;
mod parameter_constraints;
mod secrets;
mod transforms;
mod include;
mod loops;
mod expansion;
mod document;
mod evaluation;
mod existing;
mod resource_types;
mod reading;
mod unserved;
mod problem;
mod scalar;
#[cfg(test)]
mod fuzz;

pub use model::*;
pub use options::{FunctionNames, ReadOptions};
pub use secrets::HiddenValues;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use self::nested_stacks::Arguments;
use self::problem::Problem;
use self::reading::Surroundings;
use self::samconfig::Configuration;
use self::secrets::Secrets;
use self::sections::section;
use self::stack_reader::StackReader;
use local_core::failure::Failure;

/// Reads the template at `path`.
///
/// # Errors
/// The file cannot be read, is not a template, or needs a value that cannot be told here.
pub fn read(path: &Path, options: &ReadOptions) -> Result<Template, Failure> {
    let (file, text, directory) = open(path)?;
    parse(&text, &directory, options).map_err(|problem| problem.in_file(&file))
}

/// Expands the template at `path` into CloudFormation without SAM, as AWS's transforms do. Returns it as JSON, and a sentence
/// for everything that is ignored.
///
/// # Errors
/// The file cannot be read, or a transform rejects the template.
pub fn expand(path: &Path, overrides: &BTreeMap<String, String>) -> Result<(Value, Vec<String>), Failure> {
    let (file, text, directory) = open(path)?;
    let secrets = Secrets::default();
    let expand = || {
        let template = file::template(&text)?;
        let mut warnings = Vec::new();
        let parameters = parameters::read(&section(&template, "Parameters")?, overrides)?;
        secrets.add(&parameters.secrets);
        let values = parameters::for_expansion(&template, overrides);
        let template = transforms::apply(template, &directory, &parameters, &secrets, &mut warnings)?;
        let expanded = expansion::expand(template, &values)?;
        warnings.extend(expanded.warnings);
        Ok((expanded.template.into(), warnings.iter().map(|warning| secrets.hide(warning)).collect()))
    };
    expand().map_err(|problem: Problem| problem.map(|text| secrets.hide(text)).in_file(&file))
}

/// The name of the file at `path`, its text and its directory.
fn open(path: &Path) -> Result<(String, String, PathBuf), Failure> {
    let file = path.display().to_string();
    let (text, directory) = file::open(path).map_err(|error| {
        Failure::new(format!("cannot read the template `{file}`: {error}"), "name another one with `--template FILE`")
    })?;
    Ok((file, text, directory))
}

/// Reads the template in `text`, whose relative paths start at `directory`.
fn parse(text: &str, directory: &Path, options: &ReadOptions) -> Result<Template, Problem> {
    let template = file::template(text)?;
    let (overrides, warnings) = overrides(options, &section(&template, "Parameters")?);
    let (secrets, count) = (Secrets::default(), Cell::new(0));
    let reader = StackReader { options, secrets: &secrets, count: &count, prefix: String::new(), depth: 0 };
    let arguments = Arguments { values: overrides, ..Arguments::default() };
    let read = reader.read(template, directory, &arguments, &Surroundings::default());
    let mut template = read.map_err(|problem| problem.map(|text| secrets.hide(text)))?.template;
    let warnings = warnings.iter().chain(&template.warnings).map(|warning| secrets.hide(warning)).collect();
    template.warnings = warnings;
    template.hidden = secrets.into_hidden();
    check_names(&template).map_err(|problem| problem.map(|text| template.hidden.hide(text)))?;
    Ok(template)
}

/// Rejects two tables of one name, as DynamoDB does.
fn check_names(template: &Template) -> Result<(), Problem> {
    let mut names = BTreeMap::new();
    for table in &template.tables {
        if let Some(other) = names.insert(&table.name, &table.logical_id) {
            let message = format!("`{other}` and `{}` are tables of the same name", table.logical_id);
            return Err(Problem::new(message, "write `${AWS::StackName}` in their names, or leave the names out"));
        }
    }
    Ok(())
}

/// The values of parameters: the command line's win over the file's. One of the file that is not declared is a warning.
fn overrides(options: &ReadOptions, declared: &Map<String, Value>) -> (BTreeMap<String, String>, Vec<String>) {
    let Configuration { file, parameters } = &options.configured;
    let (mut overrides, mut warnings) = (BTreeMap::new(), Vec::new());
    for (name, value) in parameters {
        if declared.contains_key(name) {
            overrides.insert(name.clone(), value.clone());
        } else {
            warnings.push(format!("`{file}` sets the parameter `{name}`, which the template does not have"));
        }
    }
    overrides.extend(options.parameters.clone());
    (overrides, warnings)
}
