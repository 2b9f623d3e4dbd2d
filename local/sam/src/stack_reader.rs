//! A stack from the text of its template to what is served, with the stacks that are nested in it.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Map, Value};

use crate::document::Document;
use crate::evaluation::{self, Node, Outputs, Resolver, ReturnValues};
use crate::existing::Existing;
use crate::expansion;
use crate::file;
use crate::model::Template;
use crate::options::ReadOptions;
use crate::parameters;
use crate::problem::Problem;
use crate::reading::{self, Stack, Surroundings};
use crate::resource_types::NESTED_STACK;
use crate::sections::section;
use crate::transforms;
use crate::unserved;

/// How deep stacks may be nested: more than any template needs, and a template may name itself.
const DEEPEST: usize = 8;

/// A stack to be read.
pub(crate) struct StackReader<'o> {
    pub(crate) options: &'o ReadOptions,
    /// The names of the stacks around this one and its own, each followed by `-`: the stack of the template itself has none.
    pub(crate) prefix: String,
    pub(crate) depth: usize,
}

/// What is served of a stack, and what the stack around it needs to know.
pub(crate) struct ReadStack {
    pub(crate) template: Template,
    outputs: Outputs,
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
        overrides: &BTreeMap<String, String>,
        surroundings: Surroundings,
    ) -> Result<ReadStack, Problem> {
        let parameters = parameters::read(&section(&template, "Parameters")?, overrides)?;
        let secrets = parameters.secrets.clone();
        let hide = |text: &str| secrets.iter().fold(text.to_owned(), |text, secret| text.replace(secret, "****"));
        let values = parameters::for_expansion(&template, overrides);
        let mut warnings = Vec::new();
        let read = || {
            let template = transforms::apply(template, directory, &parameters, &mut warnings)?;
            let expanded = expansion::expand(template, &values)?;
            warnings.extend(expanded.warnings);
            let document = Document::read(&expanded.template, expanded.origins)?;
            self.evaluate(&document, parameters, directory, surroundings, &mut warnings)
        };
        let mut stack = read().map_err(|problem| problem.map(hide))?;
        let warnings = warnings.iter().map(|warning| hide(warning)).chain(std::mem::take(&mut stack.template.warnings));
        for warning in warnings {
            if !stack.template.warnings.contains(&warning) {
                stack.template.warnings.push(warning);
            }
        }
        Ok(stack)
    }

    fn evaluate(
        &self,
        document: &Document,
        parameters: parameters::Parameters,
        directory: &Path,
        mut surroundings: Surroundings,
        warnings: &mut Vec<String>,
    ) -> Result<ReadStack, Problem> {
        let names = self.options.function_names;
        // Conditions cannot refer to resources.
        let nothing = BTreeMap::new();
        let without_resources = ReturnValues::new(&nothing, BTreeMap::new(), names, &self.prefix);
        let mut resolver = Resolver {
            parameters,
            stack_name: format!("{}{}", parameters::STACK_NAME, self.prefix_of_name()),
            imports: &self.options.imports,
            mappings: &document.mappings,
            conditions: BTreeMap::new(),
            resources: &without_resources,
        };
        resolver.conditions = evaluation::evaluate_conditions(&document.conditions, &resolver)?;
        let Existing { resources, absent } = Existing::of(document, &resolver)?;
        let return_values = ReturnValues::new(&resources, absent, names, &self.prefix);
        let resolver = Resolver { resources: &return_values, ..resolver };
        let stack = Stack { resources: &resources, resolver: &resolver, prefix: &self.prefix };
        surroundings.add_functions(stack, names)?;
        let nested = self.nested(stack, &return_values, directory, &mut surroundings, warnings)?;
        warnings.extend(unserved::describe(&resources, &resolver));
        let mut template = reading::read(stack, directory, &mut surroundings, warnings)?;
        nested.into_iter().for_each(|nested| template.extend(nested));
        let outputs = outputs(document, &resolver);
        Ok(ReadStack { template, outputs, surroundings })
    }

    /// Reads the stacks whose template is a local file. One whose parameters need the outputs of another comes after it.
    fn nested(
        &self,
        stack: Stack<'_>,
        return_values: &ReturnValues<'_>,
        directory: &Path,
        surroundings: &mut Surroundings,
        warnings: &mut Vec<String>,
    ) -> Result<Vec<Template>, Problem> {
        let mut pending = Vec::new();
        for (logical_id, resource) in stack.of_types(&[NESTED_STACK]) {
            let properties = stack.properties(logical_id, resource)?;
            match properties.text_at("TemplateURL") {
                Ok(Some(path)) if !path.contains("://") => pending.push((logical_id, properties, path)),
                _ => warnings.push(format!("{} is left out: its template is not a local file", properties.place())),
            }
        }
        let mut templates = Vec::new();
        while !pending.is_empty() {
            // Where each waits for another, the first goes without the values that it waits for.
            let next = pending.iter().position(|(_, properties, _)| arguments(properties).is_ok()).unwrap_or(0);
            let (logical_id, properties, path) = pending.remove(next);
            let arguments = arguments(&properties)?;
            let place = format!("the nested stack {}", properties.place());
            let read = self.child(logical_id, &directory.join(path), &arguments, surroundings.clone());
            let mut child = read.map_err(|problem| problem.at(&place))?;
            for warning in &mut child.template.warnings {
                *warning = format!("{place}: {warning}");
            }
            surroundings.extend(child.surroundings);
            return_values.add_outputs(logical_id, child.outputs);
            templates.push(child.template);
        }
        Ok(templates)
    }

    fn child(
        &self,
        logical_id: &str,
        path: &Path,
        arguments: &BTreeMap<String, String>,
        surroundings: Surroundings,
    ) -> Result<ReadStack, Problem> {
        if self.depth >= DEEPEST {
            let message = format!("stacks are nested deeper than {DEEPEST} levels");
            return Err(Problem::new(message, "a template may name itself"));
        }
        let (text, directory) = file::open(path).map_err(|error| {
            Problem::new(
                format!("cannot read `{}`: {error}", path.display()),
                "correct its `TemplateURL` or `Location`",
            )
        })?;
        let prefix = format!("{}{logical_id}-", self.prefix);
        let reader = StackReader { options: self.options, prefix, depth: self.depth + 1 };
        reader.read(file::template(&text)?, &directory, arguments, surroundings)
    }

    /// What follows the name of the outermost stack in the name of this one.
    fn prefix_of_name(&self) -> String {
        match self.prefix.strip_suffix('-') {
            Some(names) => format!("-{names}"),
            None => String::new(),
        }
    }
}

/// The values that a nested stack gets for its parameters; a list is joined by commas.
fn arguments(stack: &Node<'_>) -> Result<BTreeMap<String, String>, Problem> {
    let mut arguments = BTreeMap::new();
    let Some(parameters) = stack.get("Parameters")? else { return Ok(arguments) };
    for name in parameters.keys()? {
        let Some(value) = parameters.get(&name)? else { continue };
        let text = match value.value() {
            Value::Array(_) => {
                let items: Result<Vec<_>, _> = value.items()?.iter().map(Node::text).collect();
                items?.join(",")
            }
            _ => value.text()?,
        };
        arguments.insert(name, text);
    }
    Ok(arguments)
}

/// The outputs whose condition holds.
fn outputs(document: &Document, resolver: &Resolver<'_>) -> Outputs {
    let exists = |output: &Value| match output["Condition"].as_str() {
        Some(name) => matches!(resolver.conditions.get(name), Some(Ok(true))),
        None => true,
    };
    let outputs = document.outputs.iter().filter(|(_, output)| exists(output));
    outputs.map(|(name, output)| (name.clone(), resolver.text(&output["Value"], "Outputs"))).collect()
}
