//! Mapping templates, as far as they are text with references to `$context`, `$input` and `$stageVariables`.
//!
//! Directives are for a Velocity engine; the template reader leaves out the routes whose templates have them.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-mapping-template-reference.html>

use std::collections::BTreeMap;

use serde_json::Value;

use super::json_path;

/// What references refer to.
pub(super) struct Scope<'a> {
    /// `$context`: the event's `requestContext`.
    pub(super) context: &'a Value,
    /// `$stageVariables`.
    pub(super) stage_variables: &'a BTreeMap<String, String>,
    /// `$input`: the message, or nothing for a handshake.
    pub(super) body: &'a str,
}

impl Scope<'_> {
    /// `template` with its references replaced. What refers to nothing becomes no text; what is no reference stays.
    pub(super) fn evaluate(&self, template: &str) -> String {
        let mut evaluated = String::with_capacity(template.len());
        let mut rest = template;
        while let Some((before, reference)) = rest.split_once('$') {
            evaluated.push_str(before);
            match self.reference(reference) {
                Some((value, after)) => {
                    evaluated.push_str(&value);
                    rest = after;
                }
                None => {
                    evaluated.push('$');
                    rest = reference;
                }
            }
        }
        evaluated + rest
    }

    /// The value of the reference that `text` begins with, and what follows it.
    fn reference<'t>(&self, text: &'t str) -> Option<(String, &'t str)> {
        let text = text.strip_prefix('!').unwrap_or(text);
        match text.strip_prefix('{') {
            Some(formal) => {
                let (value, after) = self.informal(formal)?;
                Some((value, after.strip_prefix('}')?))
            }
            None => self.informal(text),
        }
    }

    fn informal<'t>(&self, text: &'t str) -> Option<(String, &'t str)> {
        if let Some(rest) = text.strip_prefix("input.") {
            return self.input(rest);
        }
        if let Some(rest) = text.strip_prefix("stageVariables.") {
            let (name, after) = word(rest);
            return Some((self.stage_variables.get(name).cloned().unwrap_or_default(), after));
        }
        let mut rest = text.strip_prefix("context.")?;
        let mut value = Some(self.context);
        loop {
            let (name, after) = word(rest);
            value = value.and_then(|value| value.get(name));
            match after.strip_prefix('.').filter(|next| !word(next).0.is_empty()) {
                Some(next) => rest = next,
                None => return Some((value.and_then(json_path::text).unwrap_or_default(), after)),
            }
        }
    }

    fn input<'t>(&self, text: &'t str) -> Option<(String, &'t str)> {
        if let Some(after) = text.strip_prefix("body") {
            return Some((self.body.to_owned(), after));
        }
        let (as_json, rest) = match text.strip_prefix("json(") {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix("path(")?),
        };
        let quote = rest.chars().next().filter(|quote| matches!(quote, '\'' | '"'))?;
        let (path, after) = rest[1..].split_once(quote)?;
        let after = after.strip_prefix(')')?;
        let body = serde_json::from_str(self.body).unwrap_or(Value::Null);
        let found = json_path::find(&body, &json_path::steps(path.strip_prefix('$').unwrap_or(path)));
        let text = match found {
            // Quotes belong to the JSON of a text, not to the text.
            Some(found) if as_json || found.is_object() => found.to_string(),
            Some(found) => json_path::text(found).unwrap_or_default(),
            None => String::new(),
        };
        Some((text, after))
    }
}

/// The letters, digits and `_` at the beginning of `text`, and the rest.
fn word(text: &str) -> (&str, &str) {
    let end = text.find(|character: char| !character.is_ascii_alphanumeric() && character != '_');
    text.split_at(end.unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn references_are_replaced_and_everything_else_stays() {
        let context = json!({"connectionId": "abc=", "connectedAt": 7, "identity": {"sourceIp": "10.0.0.1"}});
        let stage_variables = BTreeMap::from([("color".to_owned(), "blue".to_owned())]);
        let body = r#"{"action":"ping","id":7,"a":{"b":["x",{"c":true}]},"text":"$context.connectionId"}"#;
        let scope = Scope { context: &context, stage_variables: &stage_variables, body };
        for (template, expected) in [
            (r#"{"statusCode": 200}"#, r#"{"statusCode": 200}"#),
            ("$context.connectionId", "abc="),
            ("${context.connectionId}!", "abc=!"),
            ("$!{context.connectedAt}.", "7."),
            ("at $context.identity.sourceIp.", "at 10.0.0.1."),
            ("[$context.unknown][$context.identity.unknown]", "[][]"),
            ("$stageVariables.color ${stageVariables.none}", "blue "),
            ("$input.body", body),
            ("$input.path('$.action') $input.json('$.action')", r#"ping "ping""#),
            (r#"$input.path("$.a.b[0]") $input.json('$.a.b[1]')"#, r#"x {"c":true}"#),
            ("$input.json('$.a')", r#"{"b":["x",{"c":true}]}"#),
            ("[$input.path('$.nowhere')]", "[]"),
            // What was inserted is not looked at again.
            ("$input.path('$.text')", "$context.connectionId"),
            ("$5 and $other.thing ${context", "$5 and $other.thing ${context"),
            ("$input.path($.a) $input.json('$.a", "$input.path($.a) $input.json('$.a"),
            ("é$é", "é$é"),
        ] {
            assert_eq!(scope.evaluate(template), expected, "{template}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_template_and_no_body_panics(template in "[${}!.()'\"a-z\\[\\]é]*|\\PC*", body in "\\PC*") {
            let scope = Scope { context: &Value::Null, stage_variables: &BTreeMap::new(), body: &body };
            scope.evaluate(&template);
            scope.evaluate(&format!("$input.path('{template}') $context.{template}"));
        }
    }
}
