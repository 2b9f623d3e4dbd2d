//! The function that events, permissions and integrations name.

use serde_json::Value;

use crate::intrinsic::{attribute, reference, substitution_with};

/// A function of the template, or the alias that `AutoPublishAlias` generates for it.
#[derive(Clone, Debug)]
pub(super) struct Invoked {
    pub(super) logical_id: String,
    /// The id of the generated alias.
    pub(super) alias: Option<String>,
}

impl Invoked {
    /// What `FunctionName` of a permission or a mapping says.
    pub(super) fn name(&self) -> Value {
        reference(self.alias.as_deref().unwrap_or(&self.logical_id))
    }

    /// Its ARN.
    pub(super) fn arn(&self) -> Value {
        match &self.alias {
            Some(alias) => reference(alias),
            None => attribute(&self.logical_id, "Arn"),
        }
    }

    /// Its ARN within an `Fn::Sub`.
    pub(super) fn arn_in_text(&self) -> String {
        match &self.alias {
            Some(alias) => format!("${{{alias}}}"),
            None => format!("${{{}.Arn}}", self.logical_id),
        }
    }
}

/// The URI by which API Gateway invokes a function, with its ARN under `name`.
pub(super) fn invoke_uri(name: &str, function: &Value) -> Value {
    let text = format!(
        "arn:${{AWS::Partition}}:apigateway:${{AWS::Region}}:lambda:path/2015-03-31/functions/${{{name}}}/invocations"
    );
    substitution_with(text, name, function.clone())
}
