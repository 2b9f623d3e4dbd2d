//! Which function a name, an ARN or an integration's URI means.

use std::collections::BTreeMap;

use super::stack::Stack;
use crate::evaluation::invoke_name;
use crate::options::FunctionNames;
use crate::problem::Problem;
use crate::resource_types::FUNCTION;
use local_core::invocation::FunctionReference;
use local_core::settings::{ACCOUNT_ID, REGION};

/// The functions of a template, by every name that they have.
#[derive(Clone, Debug, Default)]
pub(super) struct Invocables {
    /// `FunctionName`s and invoke names, each with the invoke name.
    names: BTreeMap<String, String>,
    /// Logical ids of this stack, each with the invoke name.
    logical_ids: BTreeMap<String, String>,
}

/// What a reference to a function means.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// A function of the template, by its invoke name.
    Here(FunctionReference),
    /// A function of another account or region.
    Elsewhere,
}

impl Invocables {
    /// The functions of `stack`, those included that are not served here.
    pub(super) fn of(stack: Stack<'_>, function_names: FunctionNames) -> Result<Self, Problem> {
        let mut invocables = Self::default();
        for (logical_id, resource) in stack.of_types(&[FUNCTION]) {
            let name = invoke_name(logical_id, resource, stack.resolver, function_names, stack.prefix)?;
            // A name that cannot be evaluated cannot be written anywhere either.
            if let Ok(Some(own)) = stack.properties(logical_id, resource)?.text_at("FunctionName") {
                invocables.names.entry(own).or_insert_with(|| name.clone());
            }
            invocables.names.insert(name.clone(), name.clone());
            invocables.logical_ids.insert(logical_id.to_owned(), name);
        }
        Ok(invocables)
    }

    /// Adds the functions of another stack, by the names that they have outside it.
    pub(super) fn extend(&mut self, other: &Self) {
        for (name, invoke_name) in &other.names {
            self.names.entry(name.clone()).or_insert_with(|| invoke_name.clone());
        }
    }

    /// The function that `text` means: a name, an ARN or `…/functions/ARN/invocations`, each with or without a qualifier.
    pub(super) fn find(&self, text: &str) -> Result<Target, Problem> {
        let segments = segments(text);
        let (name, home) = match segments.as_slice() {
            ["arn", _, "lambda", region, account, "function", name, ..] => (*name, Some((*region, *account))),
            [_, "function", name, ..] | [name, ..] => (*name, None),
            [] => ("", None),
        };
        match (self.names.get(name).or_else(|| self.logical_ids.get(name)), home) {
            (Some(name), _) => {
                let qualifier = qualifier(&segments).map(str::to_owned);
                Ok(Target::Here(FunctionReference { name: name.clone(), qualifier }))
            }
            (None, Some(home)) if home != (REGION, ACCOUNT_ID) => Ok(Target::Elsewhere),
            (None, _) => {
                let message = format!("`{text}` is not a function of the template");
                Err(Problem::unknown(message, "functions", self.logical_ids.keys()))
            }
        }
    }
}

/// The alias or version in the parts of a reference to a function, if it is not the function itself.
fn qualifier<'t>(segments: &[&'t str]) -> Option<&'t str> {
    let qualifier = match segments {
        ["arn", _, "lambda", _, _, "function", _, qualifier, ..] | [_, "function", _, qualifier, ..] => *qualifier,
        [name, qualifier] if *name != "arn" => *qualifier,
        _ => return None,
    };
    (qualifier != "$LATEST").then_some(qualifier)
}

/// The parts of a function's name or ARN, within the URI of an integration or alone.
fn segments(text: &str) -> Vec<&str> {
    let reference = match text.split_once("/functions/") {
        Some((_, path)) => path.split_once("/invocations").map_or(path, |(reference, _)| reference),
        None => text,
    };
    reference.split(':').collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_reference_finds_its_function() {
        let map = |names: &[(&str, &str)]| {
            names.iter().map(|(name, invoke_name)| ((*name).to_owned(), (*invoke_name).to_owned())).collect()
        };
        let invocables = Invocables {
            names: map(&[("chat", "chat"), ("prod-chat", "chat")]),
            logical_ids: map(&[("Chat", "chat")]),
        };
        let here = || Target::Here("chat".into());
        let published = |qualified: &str| Target::Here(qualified.into());
        let arn = "arn:aws:lambda:us-east-1:123456789012:function";
        let uri = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions";
        let table = [
            ("chat".to_owned(), here()),
            ("Chat:live".to_owned(), published("chat:live")),
            ("123456789012:function:chat".to_owned(), here()),
            ("123456789012:function:chat:live".to_owned(), published("chat:live")),
            (format!("{arn}:chat"), here()),
            (format!("{arn}:prod-chat"), here()),
            (format!("{arn}:chat:live"), published("chat:live")),
            (format!("{arn}:chat:$LATEST"), here()),
            (format!("{uri}/{arn}:chat/invocations"), here()),
            (format!("{uri}/{arn}:chat:7/invocations"), published("chat:7")),
            (format!("{uri}/chat/invocations"), here()),
            ("arn:aws:lambda:eu-west-1:999999999999:function:other".to_owned(), Target::Elsewhere),
        ];
        for (text, expected) in table {
            assert_eq!(invocables.find(&text), Ok(expected), "{text}");
        }
        for text in ["other", "", &format!("{arn}:other"), "https://example.com"] {
            assert!(invocables.find(text).is_err(), "{text}");
        }
    }
}
