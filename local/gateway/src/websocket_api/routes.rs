//! Which route takes a message: the route selection expression against the message's body.

use std::collections::BTreeMap;

use serde_json::Value;

use super::json_path::{self, steps};
use local_sam::Route;

/// The route that takes whatever no other route takes.
pub(super) const DEFAULT: &str = "$default";
/// The route of the handshake.
pub(super) const CONNECT: &str = "$connect";
/// The route of a connection that ended.
pub(super) const DISCONNECT: &str = "$disconnect";

/// A parsed route selection expression, such as `$request.body.action` or `${request.body.service}/${request.body.name}`.
#[derive(Debug, PartialEq)]
pub(super) enum SelectionExpression {
    /// One path into the body: a body without it has no key.
    Path(Vec<String>),
    /// Literal text and paths; a path that leads nowhere is empty text.
    Composite(Vec<Part>),
    /// The same key for every message.
    Literal(String),
}

/// A piece of a composite expression.
#[derive(Debug, PartialEq)]
pub(super) enum Part {
    /// Stands for itself.
    Text(String),
    /// Stands for what the body has at this path.
    Path(Vec<String>),
}

const BODY: &str = "request.body.";

impl SelectionExpression {
    /// Reads `expression`; what is none of the documented forms is a literal.
    pub(super) fn parse(expression: &str) -> Self {
        let bare = expression.strip_prefix('$').unwrap_or(expression);
        if let Some(path) = bare.strip_prefix(BODY).filter(|path| !path.contains("${")) {
            return Self::Path(steps(path));
        }
        let mut parts = parts(expression);
        match (parts.pop(), parts.is_empty()) {
            (Some(Part::Path(path)), true) => Self::Path(path),
            (Some(Part::Text(text)), true) => Self::Literal(text.replace("\\$", "$")),
            (Some(last), false) => {
                parts.push(last);
                Self::Composite(parts)
            }
            (None, _) => Self::Literal(String::new()),
        }
    }

    /// The key that `body` selects; `None` is a message without one.
    fn evaluate(&self, body: &str) -> Option<String> {
        match self {
            Self::Literal(key) => Some(key.clone()),
            Self::Path(path) => lookup(&object(body)?, path),
            Self::Composite(parts) => {
                let body = object(body)?;
                let text = |part: &Part| match part {
                    Part::Text(text) => text.clone(),
                    Part::Path(path) => lookup(&body, path).unwrap_or_default(),
                };
                Some(parts.iter().map(text).collect())
            }
        }
    }

    /// The route that takes a message with this `body`, and its key: the selected one, else `$default`.
    ///
    /// A client cannot name a system route: a key that starts with `$` never matches.
    pub(super) fn select<'a>(&self, routes: &'a BTreeMap<String, Route>, body: &str) -> Option<(&'a str, &'a Route)> {
        let selected = self.evaluate(body).filter(|key| !key.starts_with('$'));
        let found = selected.and_then(|key| routes.get_key_value(&key)).or_else(|| routes.get_key_value(DEFAULT));
        found.map(|(key, route)| (key.as_str(), route))
    }
}

fn parts(expression: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut rest = expression;
    while let Some((before, variable, after)) = next_variable(rest) {
        if !before.is_empty() {
            parts.push(Part::Text(before.to_owned()));
        }
        parts.push(Part::Path(steps(variable)));
        rest = after;
    }
    if !rest.is_empty() {
        parts.push(Part::Text(rest.to_owned()));
    }
    parts
}

/// Splits at the first `${request.body.…}`.
fn next_variable(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once("${")?;
    let (variable, after) = rest.split_once('}')?;
    Some((before, variable.strip_prefix(BODY)?, after))
}

fn object(body: &str) -> Option<Value> {
    serde_json::from_str(body).ok().filter(Value::is_object)
}

fn lookup(body: &Value, path: &[String]) -> Option<String> {
    json_path::find(body, path).and_then(json_path::text)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use local_sam::{Integration, Mock};

    fn routes(keys: &[&str]) -> BTreeMap<String, Route> {
        let route = |_: &str| Route {
            integration: Integration::Mock(Mock::default()),
            timeout: Duration::from_secs(1),
            returns_response: false,
            throttle: None,
            requires_api_key: false,
        };
        keys.iter().map(|key| ((*key).to_owned(), route(key))).collect()
    }

    #[test]
    fn every_documented_form_selects_its_route() {
        let keys = [
            "$connect",
            "$disconnect",
            "$default",
            "join",
            "chat/join",
            "join-",
            "static",
            "[a, 1]",
            "7",
            "true",
            "Join",
        ];
        let routes = routes(&keys);
        let composite = "${request.body.service}/${request.body.action}";
        let table = [
            ("$request.body.action", r#"{"action":"join"}"#, "join"),
            ("$request.body.action", r#"{"action":"Join"}"#, "Join"),
            ("$request.body.action", r#"{"action":"JOIN"}"#, "$default"),
            ("$request.body.action", r#"{"other":"join"}"#, "$default"),
            ("$request.body.action", r#"{"action":null}"#, "$default"),
            ("$request.body.action", r#"{"action":""}"#, "$default"),
            ("$request.body.action", "join", "$default"),
            ("$request.body.action", r#""join""#, "$default"),
            ("$request.body.action", r#"["action","join"]"#, "$default"),
            ("$request.body.action", "", "$default"),
            ("$request.body.action", r#"{"action":"$connect"}"#, "$default"),
            ("$request.body.action", r#"{"action":"$disconnect"}"#, "$default"),
            ("$request.body.action", r#"{"action":"$default"}"#, "$default"),
            ("$request.body.action", r#"{"action":"$request.body.other","other":"join"}"#, "$default"),
            ("$request.body.action", r#"{"action":["a",1]}"#, "[a, 1]"),
            ("$request.body.action", r#"{"action":7}"#, "7"),
            ("$request.body.action", r#"{"action":true}"#, "true"),
            ("$request.body.message.action", r#"{"message":{"action":"join"}}"#, "join"),
            ("$request.body.message.action", r#"{"message":"join"}"#, "$default"),
            ("$request.body.list[1].action", r#"{"list":[{},{"action":"join"}]}"#, "join"),
            ("$request.body.list[0]['action']", r#"{"list":[{"action":"join"}]}"#, "join"),
            ("${request.body.action}", r#"{"action":"join"}"#, "join"),
            ("request.body.action", r#"{"action":"join"}"#, "join"),
            (composite, r#"{"service":"chat","action":"join"}"#, "chat/join"),
            (composite, r#"{"service":"chat"}"#, "$default"),
            ("join-${request.body.room}", r#"{}"#, "join-"),
            ("join-${request.body.room}", "no json", "$default"),
            ("static", "anything", "static"),
            (r"\$default", r#"{"action":"join"}"#, "$default"),
        ];
        for (expression, body, key) in table {
            let selected = SelectionExpression::parse(expression).select(&routes, body).map(|(key, _)| key);
            assert_eq!(selected, Some(key), "{expression} {body}");
        }
    }

    #[test]
    fn without_a_default_route_an_unknown_key_has_no_route() {
        let routes = routes(&["$connect", "join"]);
        let expression = SelectionExpression::parse("$request.body.action");
        assert!(expression.select(&routes, r#"{"action":"leave"}"#).is_none());
        assert!(expression.select(&routes, r#"{"action":"$connect"}"#).is_none());
    }
}
