//! Mock integrations: which of their mapping templates are used, and whether the gateway can evaluate them.

use super::stack::Stack;
use crate::evaluation::Node;
use crate::model::Mock;
use crate::problem::Problem;
use crate::resource_types::INTEGRATION_RESPONSE;

/// The key of the template that takes what no other does.
const DEFAULT: &str = "$default";
/// The key where a template is written for a content type: messages have none, and API Gateway then takes JSON.
const JSON: &str = "application/json";
/// Where no request template fits, the body passes through.
const PASS_THROUGH: &str = "$input.body";
/// Velocity's directives.
const DIRECTIVES: [&str; 14] = [
    "break", "define", "else", "elseif", "end", "evaluate", "foreach", "if", "include", "macro", "parse", "return",
    "set", "stop",
];
/// What the gateway knows of `$input`.
const INPUT: [&str; 3] = [".body", ".path(", ".json("];

/// The mock that the integration `logical_id` is, or why its templates cannot be evaluated here.
pub(super) fn read(
    logical_id: &str,
    integration: &Node<'_>,
    stack: Stack<'_>,
) -> Result<Result<Mock, String>, Problem> {
    let mut mock = Mock::default();
    match template(integration, "RequestTemplates")? {
        Choice::Template(request) => mock.request = request,
        Choice::Nothing => PASS_THROUGH.clone_into(&mut mock.request),
        Choice::Unknown(reason) => return Ok(Err(reason)),
    }
    for (response_id, resource) in stack.of_types(&[INTEGRATION_RESPONSE]) {
        let response = stack.properties(response_id, resource)?;
        if response.require("IntegrationId")?.text()? != logical_id {
            continue;
        }
        let template = match template(&response, "ResponseTemplates")? {
            Choice::Template(template) => Some(template),
            Choice::Nothing => None,
            Choice::Unknown(reason) => return Ok(Err(reason)),
        };
        let key = response.require("IntegrationResponseKey")?.text()?;
        mock.responses.insert(unescaped(&key), template);
    }
    Ok(Ok(mock))
}

/// Which of several templates is used.
enum Choice {
    Template(String),
    Nothing,
    /// It cannot be told here, or not what it says: why.
    Unknown(String),
}

/// The template in the map `property` that `TemplateSelectionExpression` selects.
fn template(node: &Node<'_>, property: &str) -> Result<Choice, Problem> {
    let Some(templates) = node.get(property)? else {
        return Ok(Choice::Nothing);
    };
    let mut texts = templates.texts()?;
    let expression = node.text_at("TemplateSelectionExpression")?.unwrap_or_else(|| DEFAULT.to_owned());
    let key = unescaped(&expression);
    if key != DEFAULT && expression.contains('$') {
        return Ok(Choice::Unknown(format!(
            "`TemplateSelectionExpression` of {} is `{expression}`, and only fixed keys are emulated",
            node.place()
        )));
    }
    let key = [&key, DEFAULT, JSON].into_iter().find(|key| texts.contains_key(*key));
    let Some(text) = key.and_then(|key| texts.remove(key)) else {
        return Ok(Choice::Nothing);
    };
    Ok(match unknown_part(&text) {
        Some(part) => Choice::Unknown(format!("`{property}` of {} have `{part}`, which is not emulated", node.place())),
        None => Choice::Template(text),
    })
}

/// `\$default` means the key `$default`.
fn unescaped(key: &str) -> String {
    key.replace("\\$", "$")
}

/// What the gateway does not know of a template: a directive, a comment, or a reference of API Gateway's own.
fn unknown_part(template: &str) -> Option<String> {
    let directive = template.match_indices('#').find_map(|(at, _)| {
        let rest = &template[at + 1..];
        if rest.starts_with(['#', '*', '[']) {
            return Some(format!("#{}", &rest[..1]));
        }
        let name = word(rest.strip_prefix('{').unwrap_or(rest));
        DIRECTIVES.contains(&name).then(|| format!("#{name}"))
    });
    let reference = || {
        template.match_indices('$').find_map(|(at, _)| {
            let rest = template[at + 1..].trim_start_matches('!').trim_start_matches('{');
            let name = word(rest);
            let member = &rest[name.len()..];
            match name {
                "util" => Some("$util".to_owned()),
                "input" if !INPUT.iter().any(|known| member.starts_with(known)) => {
                    Some(format!("$input.{}", word(member.trim_start_matches('.'))))
                }
                _ => None,
            }
        })
    };
    directive.or_else(reference)
}

/// The letters, digits and `_` at the beginning of `text`.
fn word(text: &str) -> &str {
    let end = text.find(|character: char| !character.is_ascii_alphanumeric() && character != '_');
    &text[..end.unwrap_or(text.len())]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_gateway_cannot_evaluate_is_found() {
        let table = [
            (r#"{"statusCode": 200}"#, None),
            (r##"{"statusCode": 200, "color": "#123", "tag": "#setting"}"##, None),
            (r#"{"id": "$context.connectionId", "color": "$stageVariables.color"}"#, None),
            (r#"{"all": $input.json('$'), "text": "$!{input.body}", "$path": "$input.path('$.a')"}"#, None),
            ("#set($id = 1)", Some("#set")),
            ("a #{if}(true)", Some("#if")),
            ("## a comment", Some("##")),
            ("#* a comment *#", Some("#*")),
            ("$util.escapeJavaScript('a')", Some("$util")),
            ("$input.params('a')", Some("$input.params")),
            ("${input}", Some("$input.")),
            ("#", None),
            ("$", None),
            ("é#é$é", None),
        ];
        for (template, expected) in table {
            assert_eq!(unknown_part(template).as_deref(), expected, "{template}");
        }
    }
}
