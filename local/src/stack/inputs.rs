//! What a stack is made from: the template with its parameters, the fault plan, the web page.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::cli::StackOptions;
use crate::events::Reporter;
use crate::failure::Failure;
use crate::faults::{Faults, Plan, Scope};
use crate::template::{self, FunctionNames, ReadOptions, Template, parameter_overrides, samconfig};

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
    template::read(&options.template, &read_options)
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
    let scope = Scope { template, has_functions: options.lambda.is_none(), has_tables: options.dynamodb.is_none() };
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
