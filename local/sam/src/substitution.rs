//! `Fn::Sub`: names in `${…}` within a text.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::intrinsics::{Resolver, arguments, check_length};
use super::problem::Problem;
use super::scalar::scalar_text;

const FUNCTION: &str = "Fn::Sub";

/// The text of `argument`, a template alone or with a map of own names, with every `${Name}` replaced.
pub(super) fn substitute(resolver: &Resolver<'_>, argument: &Value) -> Result<String, Problem> {
    match argument {
        Value::Array(_) => {
            let [template, names] = arguments(argument, FUNCTION)?;
            let names = resolver.shallow(names)?;
            match names.as_deref() {
                Some(Value::Object(names)) => replace(resolver, &resolver.text(template, FUNCTION)?, names),
                _ => Err(Problem::new("the second argument of `Fn::Sub` is no map", "write it as `{Name: value}`")),
            }
        }
        _ => match scalar_text(argument) {
            Some(template) => replace(resolver, &template, &Map::new()),
            None => {
                Err(Problem::new("the argument of `Fn::Sub` is no text", "write `!Sub` with a text or a list of two"))
            }
        },
    }
}

fn replace(resolver: &Resolver<'_>, template: &str, names: &Map<String, Value>) -> Result<String, Problem> {
    // Each name is evaluated once: a value may hold a `Fn::Sub` of its own, and so on.
    let mut values: BTreeMap<&str, String> = BTreeMap::new();
    let mut text = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("${") {
        let Some((name, after)) = after.split_once('}') else {
            return Err(Problem::new("a `${` in `Fn::Sub` is not closed", "write `${Name}`"));
        };
        text.push_str(before);
        match name.strip_prefix('!') {
            // `${!Literal}` stands for `${Literal}`.
            Some(literal) => text.extend(["${", literal, "}"]),
            None => {
                let name = name.trim();
                if !values.contains_key(name) {
                    values.insert(name, value(resolver, name, names)?);
                }
                text.extend(values.get(name).map(String::as_str));
            }
        }
        check_length(text.len())?;
        rest = after;
    }
    text.push_str(rest);
    Ok(text)
}

fn value(resolver: &Resolver<'_>, name: &str, names: &Map<String, Value>) -> Result<String, Problem> {
    match names.get(name) {
        Some(value) => resolver.text(value, FUNCTION),
        None => {
            let value = resolver.reference(name)?;
            scalar_text(&value)
                .ok_or_else(|| Problem::new(format!("`${{{name}}}` in `Fn::Sub` is a list"), "join it with `Fn::Join`"))
        }
    }
}
