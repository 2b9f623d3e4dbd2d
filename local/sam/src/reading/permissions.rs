//! Whether the template lets API Gateway invoke a function: its `AWS::Lambda::Permission` resources.

use super::invocables::{Invocables, Target};
use super::stack::Stack;
use crate::evaluation::Node;
use crate::problem::Problem;
use crate::resource_types::PERMISSION;
use local_core::invocation::FunctionReference;
use local_core::wildcard::matches;

/// The action that API Gateway needs.
const INVOKE: &str = "lambda:InvokeFunction";
/// Who asks for it.
const API_GATEWAY: &str = "apigateway.amazonaws.com";
/// The service in the ARNs of APIs.
const EXECUTE_API: &str = "execute-api";

/// The permissions of a template that concern API Gateway.
#[derive(Clone, Debug, Default)]
pub(super) struct Permissions {
    grants: Vec<Grant>,
}

/// One permission.
#[derive(Clone, Debug)]
struct Grant {
    /// `None` means any function: the reference cannot be evaluated.
    function: Option<FunctionReference>,
    /// The last part of `SourceArn`, such as `abcdef1234/*/$connect`. `None` means any source.
    source: Option<String>,
}

impl Permissions {
    /// Adds the permissions of `stack`. What of them cannot be evaluated here counts as granted.
    pub(super) fn add(&mut self, stack: Stack<'_>, invocables: &Invocables) -> Result<(), Problem> {
        for (logical_id, resource) in stack.of_types(&[PERMISSION]) {
            let properties = stack.properties(logical_id, resource)?;
            if may_match(&properties, "Action", INVOKE) && may_match(&properties, "Principal", API_GATEWAY) {
                self.grants.extend(grant(&properties, invocables));
            }
        }
        Ok(())
    }

    /// Adds those of another stack.
    pub(super) fn extend(&mut self, other: &Self) {
        self.grants.extend(other.grants.iter().cloned());
    }

    /// Whether a permission is for `function`, for whatever source.
    pub(super) fn concern(&self, function: &str) -> bool {
        self.grants.iter().any(|grant| grant.function.as_ref().is_none_or(|granted| granted.name == function))
    }

    /// Why API Gateway may not invoke `function` for `source`: `API/STAGE/ROUTEKEY` or `API/authorizers/ID`. `None` if it may.
    pub(super) fn objection(&self, function: &FunctionReference, source: &str) -> Option<&'static str> {
        let mut objection = "the template has no `AWS::Lambda::Permission` for it";
        for grant in &self.grants {
            if let Some(granted) = &grant.function {
                if granted.name != function.name {
                    continue;
                }
                if granted.qualifier != function.qualifier {
                    objection = "its permission is for another alias or version, and each needs one of its own";
                    continue;
                }
            }
            if grant.source.as_ref().is_none_or(|pattern| matches(pattern, source)) {
                return None;
            }
            objection = "the `SourceArn` of its permission does not match";
        }
        Some(objection)
    }
}

/// The function under `key`. The inner `None` means a reference that cannot be evaluated, the outer one for a function that
/// is not in the template.
fn receiver(node: &Node<'_>, key: &str, invocables: &Invocables) -> Option<Option<FunctionReference>> {
    let Ok(reference) = node.text_at(key) else {
        return Some(None);
    };
    let reference = reference?;
    match invocables.find(&reference) {
        Ok(Target::Here(function)) => Some(Some(function)),
        Ok(Target::Elsewhere) | Err(_) => None,
    }
}

fn may_match(properties: &Node<'_>, key: &str, text: &str) -> bool {
    match properties.text_at(key) {
        Ok(Some(pattern)) => matches(&pattern.to_ascii_lowercase(), &text.to_ascii_lowercase()),
        Ok(None) => false,
        Err(_without_value_here) => true,
    }
}

/// The permission, unless it is for a function of another stack or another service's source.
fn grant(properties: &Node<'_>, invocables: &Invocables) -> Option<Grant> {
    let function = receiver(properties, "FunctionName", invocables)?;
    let source = match properties.text_at("SourceArn").ok().flatten() {
        Some(arn) => Some(api_part(&arn)?),
        None => None,
    };
    Some(Grant { function, source })
}

/// What an ARN pattern says about the API; `None` if it is about another service. The partition, the region and the
/// account say where the template is deployed, and nothing about here.
fn api_part(arn: &str) -> Option<String> {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    match parts.as_slice() {
        ["arn", _, service, _, _, part] => matches(service, EXECUTE_API).then(|| (*part).to_owned()),
        // With fewer parts, a wildcard at the end matches the rest.
        _ => arn.ends_with('*').then(|| "*".to_owned()),
    }
}
