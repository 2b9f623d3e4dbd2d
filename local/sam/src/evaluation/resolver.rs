//! Intrinsic functions: `Ref`, `Fn::Sub` and the rest, evaluated where a value is needed and nowhere else.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use super::length::check_length;
use super::{mappings, substitution};
use crate::intrinsic::call;
use crate::parameters::{self, Parameter, Parameters};
use crate::problem::Problem;
use crate::scalar::scalar_text;
use crate::secrets::Secrets;
use local_core::settings::REGION;

/// How deep the values of intrinsics may depend on one another: more than any template needs, and less than overflows the
/// stack of a thread.
const DEEPEST: usize = 64;

/// What `Ref` and `Fn::GetAtt` of resources return.
pub(crate) trait Resources {
    /// The value of `path`: a logical id, or `LogicalId.Attribute`. `resolver` evaluates what it follows from.
    ///
    /// # Errors
    /// There is not such a resource or attribute, or its value cannot be told here.
    fn value(&self, path: &str, resolver: &Resolver<'_>) -> Result<String, Problem>;
}

/// What intrinsics are evaluated against.
pub(crate) struct Resolver<'t> {
    pub(crate) parameters: Parameters,
    /// What messages hide.
    pub(crate) secrets: &'t Secrets,
    /// What `AWS::StackName` is.
    pub(crate) stack_name: String,
    /// Outputs of other stacks by the name of their export.
    pub(crate) imports: &'t BTreeMap<String, String>,
    pub(crate) mappings: &'t Map<String, Value>,
    pub(crate) conditions: BTreeMap<String, Result<bool, Problem>>,
    pub(crate) resources: &'t dyn Resources,
    /// How many values are being evaluated, each within another.
    pub(crate) depth: Cell<usize>,
}

impl Resolver<'_> {
    /// Evaluates `value` until its outermost level is not an intrinsic. `None` means `AWS::NoValue`.
    pub(crate) fn shallow<'v>(&self, value: &'v Value) -> Result<Option<Cow<'v, Value>>, Problem> {
        let depth = self.depth.get();
        if depth >= DEEPEST {
            return Err(Problem::new("intrinsics depend on one another too deeply", "evaluate them in fewer steps"));
        }
        self.depth.set(depth + 1);
        let evaluated = self.shallow_unbounded(value);
        self.depth.set(depth);
        evaluated
    }

    fn shallow_unbounded<'v>(&self, value: &'v Value) -> Result<Option<Cow<'v, Value>>, Problem> {
        let Some((name, argument)) = call(value) else {
            return Ok(Some(Cow::Borrowed(value)));
        };
        match name {
            "Ref" => {
                let name = self.text(argument, name)?;
                if name.contains('.') {
                    let message = format!("`Ref` of `{name}`, which is an attribute and not a resource");
                    return Err(Problem::new(message, format!("write `!GetAtt {name}`")));
                }
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
    pub(crate) fn deep(&self, value: &Value) -> Result<Option<Value>, Problem> {
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

    /// The value of a parameter, a resource, or with a dot an attribute of one.
    pub(crate) fn reference(&self, name: &str) -> Result<Value, Problem> {
        if let Some(value) = parameters::pseudo(name, &self.stack_name) {
            return Ok(value);
        }
        match self.parameters.values.get(name) {
            Some(Parameter::Text(text)) => Ok(text.as_str().into()),
            Some(Parameter::List(items)) => Ok(items.as_slice().into()),
            Some(Parameter::InParameterStore) => Err(Problem::new(
                format!("the value of the parameter `{name}` is in AWS Systems Manager"),
                self.parameters.way_to_pass(name),
            )),
            Some(Parameter::Missing) => {
                Err(Problem::new(format!("the parameter `{name}` has no value"), self.parameters.way_to_pass(name)))
            }
            None => self.resources.value(name, self).map(Value::String),
        }
    }

    /// The text that `value` evaluates to, as an argument of `function`.
    pub(crate) fn text(&self, value: &Value, function: &str) -> Result<String, Problem> {
        let text = self.deep(value)?.as_ref().and_then(scalar_text);
        text.ok_or_else(|| Problem::new(format!("`{function}` has an argument that is not text"), usage(function)))
    }

    fn list(&self, value: &Value, function: &str) -> Result<Vec<Value>, Problem> {
        match self.deep(value)? {
            Some(Value::Array(items)) => Ok(items),
            _ => Err(Problem::new(format!("`{function}` has an argument that is not a list"), usage(function))),
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
            "Fn::Sub" => self.substitution(argument).map(Value::String),
            "Fn::Join" => {
                let [delimiter, items] = arguments(argument, name)?;
                let delimiter = self.text(delimiter, name)?;
                let items: Option<Vec<String>> = self.list(items, name)?.iter().map(scalar_text).collect();
                let items =
                    items.ok_or_else(|| Problem::new("`Fn::Join` joins something that is not text", usage(name)))?;
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
        self.resources.value(&path, self)
    }

    /// The text of `Fn::Sub`, alone or with a map of names of its own.
    fn substitution(&self, argument: &Value) -> Result<String, Problem> {
        let name = "Fn::Sub";
        let (template, own) = match argument {
            Value::Array(_) => {
                let [template, names] = arguments(argument, name)?;
                let names = self.shallow(names)?.map(Cow::into_owned);
                let Some(Value::Object(names)) = names else {
                    let hint = "write it as `{Name: value}`";
                    return Err(Problem::new("the second argument of `Fn::Sub` is not a map", hint));
                };
                (self.text(template, name)?, names)
            }
            _ => (self.text(argument, name)?, Map::new()),
        };
        substitution::replace(&template, |name| match own.get(name) {
            Some(value) => self.text(value, "Fn::Sub"),
            None => scalar_text(&self.reference(name)?).ok_or_else(|| {
                Problem::new(format!("`${{{name}}}` in `Fn::Sub` is a list"), "join it with `Fn::Join`")
            }),
        })
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
        match (mappings::find(self.mappings, &keys)?, default) {
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
pub(crate) fn arguments<'v, const N: usize>(argument: &'v Value, function: &str) -> Result<&'v [Value; N], Problem> {
    let items = argument.as_array().and_then(|items| items.as_slice().try_into().ok());
    items.ok_or_else(|| Problem::new(format!("`{function}` needs a list of {N} arguments"), usage(function)))
}

fn bounded(text: String) -> Result<Value, Problem> {
    check_length(text.len())?;
    Ok(Value::String(text))
}

fn usage(function: &str) -> String {
    format!("see `{function}` in the CloudFormation user guide")
}

#[cfg(test)]
mod tests;
