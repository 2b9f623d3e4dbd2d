//! Intrinsic functions: `Ref`, `Fn::Sub` and the rest, evaluated where a value is needed and nowhere else.

use std::borrow::Cow;
use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use super::intrinsic::call;
use super::parameters::{self, Parameter, Parameters};
use super::problem::Problem;
use super::references::References;
use super::scalar::scalar_text;
use super::substitution;
use local_core::settings::REGION;

/// Longer texts than a whole template may be (1 MB) are refused: nested substitutions can double at every level.
const LONGEST_TEXT: usize = 1 << 20;

/// What intrinsics are evaluated against.
#[derive(Debug)]
pub(super) struct Resolver<'t> {
    pub(super) parameters: Parameters,
    /// Outputs of other stacks by the name of their export.
    pub(super) imports: &'t BTreeMap<String, String>,
    pub(super) mappings: &'t Map<String, Value>,
    pub(super) conditions: BTreeMap<String, Result<bool, Problem>>,
    pub(super) references: References,
}

impl Resolver<'_> {
    /// Evaluates `value` until its outermost level is no intrinsic. `None` stands for `AWS::NoValue`.
    pub(super) fn shallow<'v>(&self, value: &'v Value) -> Result<Option<Cow<'v, Value>>, Problem> {
        let Some((name, argument)) = call(value) else {
            return Ok(Some(Cow::Borrowed(value)));
        };
        match name {
            "Ref" => {
                let name = self.text(argument, name)?;
                Ok(if name == "AWS::NoValue" { None } else { Some(Cow::Owned(self.reference(&name)?)) })
            }
            "Fn::If" => {
                let [condition, yes, no] = arguments(argument, name)?;
                let chosen = if self.condition(condition)? { yes } else { no };
                self.shallow(chosen)
            }
            _ => Ok(Some(Cow::Owned(self.function(name, argument)?))),
        }
    }

    /// Evaluates `value` and everything in it. What is `AWS::NoValue` is left out of its list or map.
    pub(super) fn deep(&self, value: &Value) -> Result<Option<Value>, Problem> {
        let Some(value) = self.shallow(value)? else {
            return Ok(None);
        };
        Ok(Some(match value.as_ref() {
            Value::Object(object) => {
                let mut resolved = Map::new();
                for (key, value) in object {
                    if let Some(value) = self.deep(value)? {
                        resolved.insert(key.clone(), value);
                    }
                }
                Value::Object(resolved)
            }
            Value::Array(items) => {
                Value::Array(items.iter().filter_map(|item| self.deep(item).transpose()).collect::<Result<_, _>>()?)
            }
            _ => value.into_owned(),
        }))
    }

    /// What `Ref` of `name` gives; a dotted name is an attribute, as in SAM's `!Ref Function.Version`.
    pub(super) fn reference(&self, name: &str) -> Result<Value, Problem> {
        if let Some(value) = parameters::pseudo(name) {
            return Ok(value);
        }
        match self.parameters.values.get(name) {
            Some(Parameter::Text(text)) => Ok(text.as_str().into()),
            Some(Parameter::List(items)) => Ok(items.as_slice().into()),
            Some(Parameter::InParameterStore) => Err(Problem::new(
                format!("the value of the parameter `{name}` stands in AWS Systems Manager"),
                format!("pass it with `--parameter-overrides {name}=VALUE`"),
            )),
            Some(Parameter::Missing) => Err(Problem::new(
                format!("the parameter `{name}` has no value"),
                format!("pass one with `--parameter-overrides {name}=VALUE`, or give it a `Default`"),
            )),
            None => self.references.get(name).map(Value::String),
        }
    }

    /// The text that `value` evaluates to, as an argument of `function`.
    pub(super) fn text(&self, value: &Value, function: &str) -> Result<String, Problem> {
        let text = self.deep(value)?.as_ref().and_then(scalar_text);
        text.ok_or_else(|| Problem::new(format!("`{function}` has an argument that is no text"), usage(function)))
    }

    /// `text` without the values of parameters with `NoEcho`.
    pub(super) fn without_secrets(&self, text: &str) -> String {
        let secrets = self.parameters.secrets.iter();
        secrets.fold(text.to_owned(), |text, secret| text.replace(secret.as_str(), "****"))
    }

    fn list(&self, value: &Value, function: &str) -> Result<Vec<Value>, Problem> {
        match self.deep(value)? {
            Some(Value::Array(items)) => Ok(items),
            _ => Err(Problem::new(format!("`{function}` has an argument that is no list"), usage(function))),
        }
    }

    fn condition(&self, name: &Value) -> Result<bool, Problem> {
        let name = name.as_str().unwrap_or_default();
        match self.conditions.get(name) {
            Some(outcome) => outcome.clone(),
            None => {
                let message = format!("`Fn::If` names the condition `{name}`, which does not exist");
                Err(Problem::unknown(message, "conditions", self.conditions.keys()))
            }
        }
    }

    fn function(&self, name: &str, argument: &Value) -> Result<Value, Problem> {
        match name {
            "Fn::GetAtt" => self.attribute(argument).map(Value::String),
            "Fn::Sub" => substitution::substitute(self, argument).map(Value::String),
            "Fn::Join" => {
                let [delimiter, items] = arguments(argument, name)?;
                let delimiter = self.text(delimiter, name)?;
                let items: Option<Vec<String>> = self.list(items, name)?.iter().map(scalar_text).collect();
                let items =
                    items.ok_or_else(|| Problem::new("`Fn::Join` joins something that is no text", usage(name)))?;
                bounded(items.join(&delimiter))
            }
            "Fn::Split" => {
                let [delimiter, text] = arguments(argument, name)?;
                let (delimiter, text) = (self.text(delimiter, name)?, self.text(text, name)?);
                if delimiter.is_empty() {
                    return Err(Problem::new("the delimiter of `Fn::Split` is empty", usage(name)));
                }
                Ok(text.split(&delimiter).map(Value::from).collect())
            }
            "Fn::Select" => {
                let [index, items] = arguments(argument, name)?;
                let index = self.text(index, name)?;
                let items = self.list(items, name)?;
                let item = index.parse().ok().and_then(|index: usize| items.get(index));
                item.cloned().ok_or_else(|| {
                    Problem::new(
                        format!("`Fn::Select` finds no item {index} in a list of {}", items.len()),
                        usage(name),
                    )
                })
            }
            "Fn::FindInMap" => self.find_in_map(argument),
            "Fn::Base64" => bounded(STANDARD.encode(self.text(argument, name)?)),
            "Fn::ToJsonString" => bounded(self.deep(argument)?.unwrap_or_default().to_string()),
            "Fn::Length" => Ok(self.list(argument, name)?.len().into()),
            "Fn::GetAZs" => Ok(["a", "b", "c"].iter().map(|zone| format!("{REGION}{zone}")).collect()),
            "Fn::ImportValue" => {
                let export = self.text(argument, name)?;
                self.imports.get(&export).map(|value| value.as_str().into()).ok_or_else(|| {
                    Problem::new(
                        format!("`Fn::ImportValue` asks for `{export}`, which another stack exports"),
                        format!("pass its value with `--import {export}=VALUE`"),
                    )
                })
            }
            _ => Err(Problem::new(format!("`{name}` has no value here"), "take the value from a parameter")),
        }
    }

    fn attribute(&self, argument: &Value) -> Result<String, Problem> {
        let path = match argument {
            Value::String(path) => path.clone(),
            _ => {
                let [resource, attribute] = arguments(argument, "Fn::GetAtt")?;
                format!("{}.{}", self.text(resource, "Fn::GetAtt")?, self.text(attribute, "Fn::GetAtt")?)
            }
        };
        self.references.get(&path)
    }

    fn find_in_map(&self, argument: &Value) -> Result<Value, Problem> {
        let name = "Fn::FindInMap";
        let (path, default) = match argument.as_array().map(Vec::as_slice) {
            Some([path @ .., options]) if path.len() == 3 => (path, options.get("DefaultValue")),
            Some(path) if path.len() == 3 => (path, None),
            _ => return Err(Problem::new("`Fn::FindInMap` needs three arguments", usage(name))),
        };
        let mut keys = Vec::new();
        for key in path {
            keys.push(self.text(key, name)?);
        }
        let found = self.mappings.get(&keys[0]).and_then(|map| map.get(&keys[1])).and_then(|map| map.get(&keys[2]));
        match (found, default) {
            (Some(value), _) => Ok(value.clone()),
            (None, Some(default)) => Ok(self.deep(default)?.unwrap_or_default()),
            (None, None) => {
                let message = format!("`Fn::FindInMap` finds nothing at `{}`", keys.join("."));
                Err(Problem::unknown(message, "mappings", self.mappings.keys()))
            }
        }
    }
}

/// The arguments of an intrinsic that takes exactly `N` of them.
pub(super) fn arguments<'v, const N: usize>(argument: &'v Value, function: &str) -> Result<&'v [Value; N], Problem> {
    let items = argument.as_array().and_then(|items| items.as_slice().try_into().ok());
    items.ok_or_else(|| Problem::new(format!("`{function}` needs a list of {N} arguments"), usage(function)))
}

fn bounded(text: String) -> Result<Value, Problem> {
    check_length(text.len())?;
    Ok(Value::String(text))
}

/// Refuses a text of `length` bytes that is longer than a template may be.
pub(super) fn check_length(length: usize) -> Result<(), Problem> {
    if length > LONGEST_TEXT {
        return Err(Problem::new("an intrinsic gives a text of more than 1 MB", "shorten it"));
    }
    Ok(())
}

fn usage(function: &str) -> String {
    format!("see `{function}` in the CloudFormation user guide")
}

#[cfg(test)]
mod tests;
