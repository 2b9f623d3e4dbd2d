//! The values of a template's `Parameters`, and of the pseudo parameters.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::problem::Problem;
use crate::settings::{ACCOUNT_ID, REGION};

/// What `AWS::StackName` is here.
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
    /// The value stands in AWS Systems Manager, under a name that says nothing about it.
    InParameterStore,
}

/// The parameters of `section`, with `overrides` in place of defaults.
pub(super) fn read(
    section: &Map<String, Value>,
    overrides: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, Parameter>, Problem> {
    if let Some(unknown) = overrides.keys().find(|name| !section.contains_key(*name)) {
        return Err(Problem::unknown(format!("there is no parameter `{unknown}`"), "parameters", section.keys()));
    }
    let mut parameters = BTreeMap::new();
    let mut missing = Vec::new();
    for (name, declaration) in section {
        match value(name, declaration, overrides.get(name))? {
            Some(parameter) => {
                parameters.insert(name.clone(), parameter);
            }
            None => missing.push(format!("`{name}`")),
        }
    }
    if missing.is_empty() {
        return Ok(parameters);
    }
    Err(Problem::new(
        format!("no value for the parameters {}", missing.join(", ")),
        "give each of them a `Default` in the template",
    ))
}

fn value(name: &str, declaration: &Value, chosen: Option<&String>) -> Result<Option<Parameter>, Problem> {
    let kind = declaration.get("Type").and_then(Value::as_str).unwrap_or("String");
    let default = match declaration.get("Default") {
        None | Some(Value::Null) => None,
        Some(value) => Some(scalar_text(value).ok_or_else(|| {
            Problem::new(format!("the `Default` of the parameter `{name}` is no text"), "write it as text or a number")
        })?),
    };
    // A value for a Parameter Store parameter is taken as what stands there: nothing here could look it up.
    if kind.starts_with("AWS::SSM::Parameter::Value") && chosen.is_none() {
        return Ok(Some(Parameter::InParameterStore));
    }
    let Some(text) = chosen.cloned().or(default) else {
        return Ok(None);
    };
    if let Some(Value::Array(allowed)) = declaration.get("AllowedValues") {
        let allowed: Vec<String> = allowed.iter().filter_map(scalar_text).collect();
        if !allowed.contains(&text) {
            // The value itself may be a secret.
            return Err(Problem::new(
                format!("the value of the parameter `{name}` is not one of its `AllowedValues`"),
                format!("choose one of `{}`", allowed.join("`, `")),
            ));
        }
    }
    Ok(Some(if kind.contains("List<") || kind.contains("CommaDelimitedList") {
        Parameter::List(text.split(',').map(|item| item.trim().to_owned()).collect())
    } else {
        Parameter::Text(text)
    }))
}

/// The value of a pseudo parameter other than `AWS::NoValue`.
pub(super) fn pseudo(name: &str) -> Option<Value> {
    Some(match name {
        "AWS::AccountId" => ACCOUNT_ID.into(),
        "AWS::NotificationARNs" => Value::Array(Vec::new()),
        "AWS::Partition" => PARTITION.into(),
        "AWS::Region" => REGION.into(),
        "AWS::StackId" => {
            format!("arn:{PARTITION}:cloudformation:{REGION}:{ACCOUNT_ID}:stack/{STACK_NAME}/{STACK_NAME}").into()
        }
        "AWS::StackName" => STACK_NAME.into(),
        "AWS::URLSuffix" => "amazonaws.com".into(),
        _ => return None,
    })
}

/// A scalar as CloudFormation writes it.
pub(super) fn scalar_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(boolean) => Some(boolean.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parameters(section: &Value, overrides: &[(&str, &str)]) -> Result<BTreeMap<String, Parameter>, Problem> {
        let overrides = overrides.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        read(section.as_object().unwrap(), &overrides)
    }

    #[test]
    fn a_value_comes_from_the_override_or_the_default() {
        let section = json!({
            "Stage": {"Type": "String", "Default": "dev"},
            "Size": {"Type": "Number", "Default": 8},
            "Subnets": {"Type": "CommaDelimitedList", "Default": "a, b"},
            "Image": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/image"}
        });
        let read = parameters(&section, &[("Stage", "prod")]).unwrap();
        assert_eq!(read["Stage"], Parameter::Text("prod".into()));
        assert_eq!(read["Size"], Parameter::Text("8".into()));
        assert_eq!(read["Subnets"], Parameter::List(vec!["a".into(), "b".into()]));
        assert_eq!(read["Image"], Parameter::InParameterStore);
        let read = parameters(&section, &[("Image", "chosen")]).unwrap();
        assert_eq!(read["Image"], Parameter::Text("chosen".into()));
    }

    #[test]
    fn every_missing_value_is_listed() {
        let section = json!({"A": {"Type": "String"}, "B": {"Type": "Number"}, "C": {"Type": "String", "Default": ""}});
        let problem = parameters(&section, &[]).unwrap_err();
        assert_eq!(problem.message(), "no value for the parameters `A`, `B`");
    }

    #[test]
    fn an_override_must_be_known_and_allowed() {
        let section = json!({"Stage": {"Type": "String", "Default": "dev", "AllowedValues": ["dev", "prod"]}});
        assert!(parameters(&section, &[("Stge", "dev")]).unwrap_err().message().contains("no parameter `Stge`"));
        assert!(parameters(&section, &[("Stage", "x")]).unwrap_err().message().contains("`AllowedValues`"));
    }
}
