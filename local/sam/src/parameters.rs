//! The values of a template's `Parameters`, and of the pseudo parameters.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::parameter_constraints;
use super::problem::Problem;
use super::scalar::scalar_text;
use local_core::settings::{ACCOUNT_ID, REGION};

/// What `AWS::StackName` of the outermost stack is here.
pub(super) const STACK_NAME: &str = "local";
/// What `AWS::Partition` is in every region of the ordinary partition.
pub(super) const PARTITION: &str = "aws";

/// What a `Ref` of a parameter gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Parameter {
    /// CloudFormation hands numbers on as text, too.
    Text(String),
    /// `CommaDelimitedList` and `List<…>`.
    List(Vec<String>),
    /// The value is in AWS Systems Manager, under a name that says nothing about it.
    InParameterStore,
    /// It has no value. That is an error only where the value is needed.
    Missing,
}

/// The parameters of a template, and which of their values no message shows.
#[derive(Clone, Debug, Default)]
pub(super) struct Parameters {
    pub(super) values: BTreeMap<String, Parameter>,
    /// The values of parameters with `NoEcho`.
    pub(super) secrets: Vec<String>,
    /// Whether a stack around this one gives them their values.
    pub(super) is_nested: bool,
}

impl Parameters {
    /// How the parameter `name` gets a value.
    pub(super) fn way_to_pass(&self, name: &str) -> String {
        match self.is_nested {
            true => format!("add `{name}` to `Parameters` of the nested stack, or give it a `Default`"),
            false => format!("pass it with `--parameter-overrides {name}=VALUE`, or give it a `Default`"),
        }
    }
}

/// The parameters of `section`, with `overrides` in place of defaults.
pub(super) fn read(section: &Map<String, Value>, overrides: &BTreeMap<String, String>) -> Result<Parameters, Problem> {
    if let Some(unknown) = overrides.keys().find(|name| !section.contains_key(*name)) {
        return Err(Problem::unknown(
            format!("the parameter `{unknown}` does not exist"),
            "parameters",
            section.keys(),
        ));
    }
    let mut parameters = Parameters::default();
    for (name, declaration) in section {
        let parameter = value(name, declaration, overrides.get(name))?;
        if is_secret(declaration) {
            match &parameter {
                Parameter::Text(text) => parameters.secrets.push(text.clone()),
                Parameter::List(items) => parameters.secrets.extend(items.iter().cloned()),
                Parameter::InParameterStore | Parameter::Missing => {}
            }
        }
        parameters.values.insert(name.clone(), parameter);
    }
    Ok(parameters)
}

fn is_secret(declaration: &Value) -> bool {
    declaration.get("NoEcho").and_then(scalar_text).is_some_and(|value| value.eq_ignore_ascii_case("true"))
}

fn value(name: &str, declaration: &Value, chosen: Option<&String>) -> Result<Parameter, Problem> {
    let kind = declaration.get("Type").and_then(Value::as_str).unwrap_or("String");
    let default = match declaration.get("Default") {
        None | Some(Value::Null) => None,
        Some(value) => Some(scalar_text(value).ok_or_else(|| {
            Problem::new(format!("the `Default` of the parameter `{name}` is not text"), "write it as text or a number")
        })?),
    };
    // A value for a Parameter Store parameter is taken as the value of it: nothing here could look it up.
    if kind.starts_with("AWS::SSM::Parameter::Value") && chosen.is_none() {
        return Ok(Parameter::InParameterStore);
    }
    let Some(text) = chosen.cloned().or(default) else {
        return Ok(Parameter::Missing);
    };
    if kind.contains("List<") || kind.contains("CommaDelimitedList") {
        // Nothing at all is an empty list, as in CloudFormation.
        let items: Vec<String> = match text.as_str() {
            "" => Vec::new(),
            _ => text.split(',').map(|item| item.trim().to_owned()).collect(),
        };
        items.iter().try_for_each(|item| parameter_constraints::check(name, declaration, kind, item))?;
        return Ok(Parameter::List(items));
    }
    parameter_constraints::check(name, declaration, kind, &text)?;
    Ok(Parameter::Text(text))
}

/// The values that SAM's expansion knows: defaults as they are written, overrides as text, the region and the partition.
pub(super) fn for_expansion(
    template: &Map<String, Value>,
    overrides: &BTreeMap<String, String>,
) -> BTreeMap<String, Value> {
    let mut values = BTreeMap::new();
    for (name, declaration) in template.get("Parameters").and_then(Value::as_object).into_iter().flatten() {
        let chosen = overrides.get(name).map(|text| text.as_str().into());
        let value = chosen.or_else(|| declaration.get("Default").cloned());
        values.extend(value.map(|value| (name.clone(), value)));
    }
    for name in ["AWS::Region", "AWS::Partition"] {
        values.extend(pseudo(name, STACK_NAME).map(|value| (name.to_owned(), value)));
    }
    values
}

/// The value of a pseudo parameter other than `AWS::NoValue`.
pub(super) fn pseudo(name: &str, stack_name: &str) -> Option<Value> {
    Some(match name {
        "AWS::AccountId" => ACCOUNT_ID.into(),
        "AWS::NotificationARNs" => Value::Array(Vec::new()),
        "AWS::Partition" => PARTITION.into(),
        "AWS::Region" => REGION.into(),
        "AWS::StackId" => {
            format!("arn:{PARTITION}:cloudformation:{REGION}:{ACCOUNT_ID}:stack/{stack_name}/{stack_name}").into()
        }
        "AWS::StackName" => stack_name.into(),
        "AWS::URLSuffix" => "amazonaws.com".into(),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parameters(section: &Value, overrides: &[(&str, &str)]) -> Result<Parameters, Problem> {
        let overrides = overrides.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        read(section.as_object().unwrap(), &overrides)
    }

    #[test]
    fn a_value_comes_from_the_override_or_the_default() {
        let section = json!({
            "Stage": {"Type": "String", "Default": "dev"},
            "Size": {"Type": "Number", "Default": 8},
            "Subnets": {"Type": "CommaDelimitedList", "Default": "a, b"},
            "Nothing": {"Type": "CommaDelimitedList", "Default": ""},
            "Image": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/image"},
            "Zone": {"Type": "AWS::Route53::HostedZone::Id"}
        });
        let read = parameters(&section, &[("Stage", "prod")]).unwrap().values;
        assert_eq!(read["Stage"], Parameter::Text("prod".into()));
        assert_eq!(read["Size"], Parameter::Text("8".into()));
        assert_eq!(read["Subnets"], Parameter::List(vec!["a".into(), "b".into()]));
        assert_eq!(read["Nothing"], Parameter::List(Vec::new()));
        assert_eq!(read["Image"], Parameter::InParameterStore);
        assert_eq!(read["Zone"], Parameter::Missing);
        let read = parameters(&section, &[("Image", "chosen")]).unwrap().values;
        assert_eq!(read["Image"], Parameter::Text("chosen".into()));
    }

    #[test]
    fn values_with_no_echo_are_secrets() {
        let section = json!({
            "A": {"Type": "String", "Default": "pass", "NoEcho": true},
            "B": {"Type": "String", "Default": "password", "NoEcho": "TRUE"},
            "C": {"Type": "String", "Default": "open"},
            "D": {"Type": "String", "Default": "", "NoEcho": true}
        });
        assert_eq!(parameters(&section, &[]).unwrap().secrets, ["pass", "password", ""]);
    }
}
