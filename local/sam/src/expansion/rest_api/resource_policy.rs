//! `ResourcePolicy` of an API or of an event: who may call methods, by account, address and network.

use serde_json::{Value, json};

use crate::expansion::rest_document::{ANY, Document};
use crate::expansion::rest_events::method::with_wildcards;
use crate::expansion::source::Source;
use crate::problem::Problem;

/// Where a document has its policy.
const POLICY: &str = "x-amazon-apigateway-policy";

/// Adds the statements for the methods of `path`.
///
/// # Errors
/// The policy is not valid.
pub(in crate::expansion) fn add(
    document: &mut Document,
    policy: &Source<'_>,
    path: &str,
    stage: &Value,
) -> Result<(), Problem> {
    policy.map()?;
    let resources = resources(document, path, stage)?;
    for (key, effect) in [("AwsAccountWhitelist", "Allow"), ("AwsAccountBlacklist", "Deny")] {
        if let Some(accounts) = policy.filled(key) {
            if accounts.value().is_string() {
                return Err(accounts.must_be("a list"));
            }
            add_accounts(document, &accounts, effect, &resources)?;
        }
    }
    for (key, operator) in [("IpRangeWhitelist", "NotIpAddress"), ("IpRangeBlacklist", "IpAddress")] {
        if let Some(ranges) = policy.filled(key) {
            let ranges = list(&ranges);
            add_exception(document, &json!({operator: {"aws:SourceIp": ranges}}), &resources)?;
        }
    }
    for (kind, operator) in [("Blacklist", "StringEquals"), ("Whitelist", "StringNotEquals")] {
        let networks = networks(policy, kind)?;
        if networks.as_object().is_some_and(|networks| !networks.is_empty()) {
            add_exception(document, &json!({operator: networks}), &resources)?;
        }
    }
    document.section(POLICY).map(drop)
}

/// Adds the author's own statements.
///
/// # Errors
/// The policy of the document is not a map.
pub(in crate::expansion) fn add_custom(document: &mut Document, policy: &Source<'_>) -> Result<(), Problem> {
    let Some(custom) = policy.filled("CustomStatements") else { return Ok(()) };
    if document.section(POLICY)?.contains_key("Statement") {
        return custom.items_or_self().iter().try_for_each(|custom| push_new(document, custom.value().clone()));
    }
    set_version(document)?;
    document.section(POLICY)?.insert("Statement".to_owned(), custom.value().clone());
    Ok(())
}

/// The ARNs of the methods of a path.
fn resources(document: &mut Document, path: &str, stage: &Value) -> Result<Value, Problem> {
    let wildcards = with_wildcards(path);
    let items = document.items(path)?;
    let methods = items.iter().flat_map(|item| item.keys());
    let resources = methods.map(|method| {
        let lower = method.to_lowercase();
        let verb = if [ANY, "any"].contains(&lower.as_str()) { "*".to_owned() } else { method.to_uppercase() };
        json!({"Fn::Sub": [format!("execute-api:/${{__Stage__}}/{verb}{wildcards}"), {"__Stage__": stage}]})
    });
    Ok(resources.collect())
}

fn add_accounts(
    document: &mut Document,
    accounts: &Source<'_>,
    effect: &str,
    resources: &Value,
) -> Result<(), Problem> {
    set_version(document)?;
    let statement = json!({
        "Effect": effect,
        "Action": "execute-api:Invoke",
        "Resource": resources,
        "Principal": {"AWS": list(accounts)},
    });
    let policy = document.section(POLICY)?;
    let statements = match policy.remove("Statement") {
        // The first one is not in a list.
        None | Some(Value::Null) => statement,
        Some(Value::Array(mut statements)) => {
            statements.push(statement);
            statements.into()
        }
        Some(single) => json!([single, statement]),
    };
    policy.insert("Statement".to_owned(), statements);
    Ok(())
}

/// Allows everything and denies what `condition` says.
fn add_exception(document: &mut Document, condition: &Value, resources: &Value) -> Result<(), Problem> {
    set_version(document)?;
    let statement = |effect: &str| json!({"Effect": effect, "Action": "execute-api:Invoke", "Resource": resources, "Principal": "*"});
    let mut denied = statement("Deny");
    denied["Condition"] = condition.clone();
    push_new(document, statement("Allow"))?;
    push_new(document, denied)
}

/// The virtual networks and endpoints of a list of allowed or forbidden ones.
fn networks(policy: &Source<'_>, kind: &str) -> Result<Value, Problem> {
    let (mut networks, mut endpoints) = (Vec::new(), Vec::new());
    if let Some(sources) = policy.get(&format!("SourceVpc{kind}")) {
        for source in sources.items_or_self() {
            let text = source.text()?;
            match text.split_once('-') {
                Some(("vpc", _)) => networks.push(source.value().clone()),
                Some(("vpce", _)) => endpoints.push(source.value().clone()),
                _ => {}
            }
        }
    }
    for (key, values) in [("Vpc", &mut networks), ("Vpce", &mut endpoints)] {
        if let Some(intrinsics) = policy.get(&format!("Intrinsic{key}{kind}")) {
            values.extend(intrinsics.items_or_self().iter().map(|value| value.value().clone()));
        }
    }
    let mut condition = json!({});
    for (key, values) in [("aws:SourceVpc", networks), ("aws:SourceVpce", endpoints)] {
        if !values.is_empty() {
            condition[key] = values.into();
        }
    }
    Ok(condition)
}

/// The items of a list, or the value alone as a list.
fn list(source: &Source<'_>) -> Value {
    source.items_or_self().iter().map(|item| item.value().clone()).collect()
}

fn set_version(document: &mut Document) -> Result<(), Problem> {
    document.section(POLICY)?.insert("Version".to_owned(), "2012-10-17".into());
    Ok(())
}

/// Adds a statement that is not there yet.
fn push_new(document: &mut Document, statement: Value) -> Result<(), Problem> {
    set_version(document)?;
    let policy = document.section(POLICY)?;
    let mut statements = match policy.remove("Statement") {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(statements)) => statements,
        Some(single) => vec![single],
    };
    if !statements.contains(&statement) {
        statements.push(statement);
    }
    policy.insert("Statement".to_owned(), statements.into());
    Ok(())
}
