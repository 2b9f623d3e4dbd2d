//! What a stack is made from: the template with its parameters, the fault plan, the web page.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::command_line::StackOptions;
use local_core::events::Reporter;
use local_core::failure::Failure;
use local_core::faults::{Faults, Named, Plan, Scope};
use local_sam::{self, FunctionNames, ReadOptions, Template, parameter_overrides, samconfig};

/// The template that `options` name, with its parameters applied.
pub(super) fn template(options: &StackOptions) -> Result<Template, Failure> {
    let function_names = match options.lambda {
        Some(_) => FunctionNames::Binary,
        None => FunctionNames::LogicalId,
    };
    let read_options = ReadOptions {
        function_names,
        parameters: parameter_overrides::parse(&options.parameter_overrides)?,
        configured: samconfig::read(&options.template, &configuration_choice(options))?,
        imports: imports(&options.import)?,
    };
    local_sam::read(&options.template, &read_options)
}

/// The files that are read once, at start.
pub(super) fn files(options: &StackOptions) -> Vec<PathBuf> {
    let configuration = samconfig::file(&options.template, &configuration_choice(options));
    [options.template.clone()].into_iter().chain(configuration).collect()
}

fn configuration_choice(options: &StackOptions) -> samconfig::Choice {
    samconfig::Choice { file: options.config_file.clone(), environment: options.config_env.clone() }
}

/// The outputs of other stacks in `words`, each of which is `NAME=VALUE`.
fn imports(words: &[String]) -> Result<BTreeMap<String, String>, Failure> {
    let pairs = words.iter().map(|word| {
        let pair = word.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()));
        pair.ok_or_else(|| Failure::new("an `--import` is not `NAME=VALUE`", "write the export's name, `=`, its value"))
    });
    pairs.collect()
}

/// The failures to inject.
pub(super) fn faults(options: &StackOptions, template: &Template, reporter: &Reporter) -> Result<Faults, Failure> {
    let Some(file) = &options.faults else { return Ok(Faults::default()) };
    let named = |logical_id: &String, name: &String| Named { logical_id: logical_id.clone(), name: name.clone() };
    let functions: Vec<_> = template.functions.iter().map(|one| named(&one.logical_id, &one.name)).collect();
    let tables: Vec<_> = template.tables.iter().map(|one| named(&one.logical_id, &one.name)).collect();
    let scope = Scope {
        functions: options.lambda.is_none().then_some(&functions),
        tables: options.dynamodb.is_none().then_some(&tables),
    };
    Plan::read(file)?.within(scope, reporter.clone())
}

/// The directory of the web page, if the stack has a page.
pub(super) fn page(options: &StackOptions) -> Result<Option<PathBuf>, Failure> {
    match &options.web {
        Some(directory) if directory.is_dir() => Ok(Some(directory.clone())),
        Some(directory) => Err(Failure::new(
            format!("the web page's directory `{}` does not exist", directory.display()),
            "pass `--web` with a directory, or omit it to serve `web` next to the template",
        )),
        None => Ok(Some(options.template.with_file_name("web")).filter(|directory| directory.is_dir())),
    }
}
