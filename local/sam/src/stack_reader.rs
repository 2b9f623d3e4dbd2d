//! A stack from the text of its template to what is served, with the stacks that are nested in it.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::{Map, Value};

use crate::document::Document;
use crate::evaluation::{self, Outputs, Resolver, ReturnValues};
use crate::existing::Existing;
use crate::expansion;
use crate::file;
use crate::model::Template;
use crate::nested_stacks::{Arguments, NestedStack};
use crate::options::ReadOptions;
use crate::parameters::{self, Parameter, Parameters};
use crate::problem::Problem;
use crate::reading::{self, Stack, Surroundings};
use crate::scalar::scalar_text;
use crate::secrets::Secrets;
use crate::sections::section;
use crate::transforms;
use crate::unserved;

/// How deep stacks may be nested: more than any template needs, and a template may name itself.
const DEEPEST: usize = 8;
/// How many stacks are read together.
const MOST: usize = 100;

/// A stack to be read.
pub(crate) struct StackReader<'o> {
    pub(crate) options: &'o ReadOptions,
    pub(crate) secrets: &'o Secrets,
    /// The number of stacks so far.
    pub(crate) count: &'o Cell<usize>,
    /// The names of the stacks around this one and its own, each followed by `-`: the stack of the template itself has none.
    pub(crate) prefix: String,
    pub(crate) depth: usize,
}

/// What is served of a stack, and what the stack around it needs to know.
pub(crate) struct ReadStack {
    pub(crate) template: Template,
    outputs: Outputs,
    /// The functions and permissions of the stack and of those in it.
    surroundings: Surroundings,
}

impl StackReader<'_> {
    /// Reads the stack of `template`, whose paths start at `directory`, with these values of parameters.
    ///
    /// # Errors
    /// A transform or SAM rejects the template, or what is served needs a value that cannot be told here.
    pub(crate) fn read(
        &self,
        template: Map<String, Value>,
        directory: &Path,
        arguments: &Arguments,
        outer: &Surroundings,
    ) -> Result<ReadStack, Problem> {
        let mut parameters = parameters::read(&section(&template, "Parameters")?, &arguments.values)?;
        parameters.is_nested = self.depth > 0;
        self.secrets.add(&parameters.secrets);
        let mut values = parameters::for_expansion(&template, &arguments.values);
        for name in &arguments.unknown {
            values.remove(name);
            parameters.values.insert(name.clone(), Parameter::Missing);
        }
        let mut warnings = Vec::new();
        let template = transforms::apply(template, directory, &parameters, self.secrets, &mut warnings)?;
        let expanded = expansion::expand(template, &values)?;
        warnings.extend(expanded.warnings);
        let document = Document::read(&expanded.template, expanded.origins)?;
        let mut stack = self.evaluate(&document, parameters, directory, outer, &mut warnings)?;
        warnings.append(&mut stack.template.warnings);
        let mut known = BTreeSet::new();
        warnings.retain(|warning| known.insert(warning.clone()));
        stack.template.warnings = warnings;
        Ok(stack)
    }

    fn evaluate(
        &self,
        document: &Document,
        parameters: Parameters,
        directory: &Path,
        outer: &Surroundings,
        warnings: &mut Vec<String>,
    ) -> Result<ReadStack, Problem> {
        let names = self.options.function_names;
        // Conditions cannot refer to resources.
        let nothing = BTreeMap::new();
        let without_resources = ReturnValues::new(&nothing, BTreeMap::new(), names, &self.prefix);
        let mut resolver = Resolver {
            parameters,
            secrets: self.secrets,
            stack_name: self.name(),
            imports: &self.options.imports,
            mappings: &document.mappings,
            conditions: BTreeMap::new(),
            resources: &without_resources,
            depth: Cell::new(0),
        };
        resolver.conditions = evaluation::evaluate_conditions(&document.conditions, &resolver)?;
        let Existing { resources, absent, warnings: left_out } = Existing::of(document, &resolver)?;
        warnings.extend(left_out);
        let return_values = ReturnValues::new(&resources, absent, names, &self.prefix);
        let resolver = Resolver { resources: &return_values, ..resolver };
        let stack = Stack { resources: &resources, resolver: &resolver, prefix: &self.prefix };

        let mut own = Surroundings::of_functions(stack, names)?;
        let mut preliminary = own.clone();
        // What permissions say of nested stacks is not known yet, and counts as granted.
        preliminary.add_permissions(stack, &outer.joined(&own))?;
        let (nested, inner) = self.nested(stack, &return_values, directory, outer.joined(&preliminary), warnings)?;
        own.extend(&inner);
        own.add_permissions(stack, &outer.joined(&own))?;
        warnings.extend(unserved::describe(&resources, &resolver));
        let mut template = reading::read(stack, directory, &outer.joined(&own), warnings)?;
        nested.into_iter().for_each(|nested| template.extend(nested));
        Ok(ReadStack { template, outputs: outputs(document, &resolver), surroundings: own })
    }

    /// Reads the stacks whose template is a local file. One whose parameters need the outputs of another comes after it.
    fn nested(
        &self,
        stack: Stack<'_>,
        return_values: &ReturnValues<'_>,
        directory: &Path,
        mut visible: Surroundings,
        warnings: &mut Vec<String>,
    ) -> Result<(Vec<Template>, Surroundings), Problem> {
        let mut pending = NestedStack::all(stack, warnings)?;
        let (mut templates, mut inner) = (Vec::new(), Surroundings::default());
        while !pending.is_empty() {
            // Where each waits for another, the first goes without the values that it waits for.
            let next = pending.iter().position(|nested| nested.arguments().is_ok_and(|all| all.unknown.is_empty()));
            let nested = pending.remove(next.unwrap_or(0));
            let arguments = nested.arguments()?;
            warnings.extend(arguments.warnings.iter().cloned());
            let place = format!("the nested stack {}", nested.properties.place());
            let read = self.child(&nested, &directory.join(&nested.path), &arguments, &visible);
            let mut child = read.map_err(|problem| problem.at(&place))?;
            for warning in &mut child.template.warnings {
                *warning = format!("{place}: {warning}");
            }
            visible.extend(&child.surroundings);
            inner.extend(&child.surroundings);
            return_values.add_outputs(nested.logical_id, child.outputs);
            templates.push(child.template);
        }
        Ok((templates, inner))
    }

    fn child(
        &self,
        nested: &NestedStack<'_>,
        path: &Path,
        arguments: &Arguments,
        outer: &Surroundings,
    ) -> Result<ReadStack, Problem> {
        self.count.set(self.count.get() + 1);
        if self.depth >= DEEPEST || self.count.get() > MOST {
            let message = format!("stacks are nested deeper than {DEEPEST} levels, or are more than {MOST}");
            return Err(Problem::new(message, "a template may name itself"));
        }
        let (text, directory) = file::open(path).map_err(|error| {
            let hint = "correct its `TemplateURL` or `Location`";
            Problem::new(format!("cannot read `{}`: {error}", path.display()), hint)
        })?;
        let prefix = format!("{}{}-", self.prefix, nested.logical_id);
        let StackReader { options, secrets, count, depth, .. } = *self;
        let reader = StackReader { options, secrets, count, prefix, depth: depth + 1 };
        reader.read(file::template(&text)?, &directory, arguments, outer)
    }

    /// What `AWS::StackName` is.
    fn name(&self) -> String {
        format!("{}-{}", parameters::STACK_NAME, self.prefix).trim_end_matches('-').to_owned()
    }
}

/// The outputs whose condition holds.
fn outputs(document: &Document, resolver: &Resolver<'_>) -> Outputs {
    let exists = |output: &Value| match output["Condition"].as_str() {
        Some(name) => matches!(resolver.conditions.get(name), Some(Ok(true))),
        None => true,
    };
    let outputs = document.outputs.iter().filter(|(_, output)| exists(output));
    outputs.map(|(name, output)| (name.clone(), output_value(name, output, resolver))).collect()
}

fn output_value(name: &str, output: &Value, resolver: &Resolver<'_>) -> Result<String, Problem> {
    let value = resolver.deep(&output["Value"]).map_err(|problem| problem.at(&format!("the output `{name}`")))?;
    value
        .as_ref()
        .and_then(scalar_text)
        .ok_or_else(|| Problem::new(format!("the output `{name}` is not text"), "correct its `Value`"))
}
