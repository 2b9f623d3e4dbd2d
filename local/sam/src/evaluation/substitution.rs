//! Names in `${…}` within the text of `Fn::Sub`.

use std::collections::BTreeMap;

use super::length::check_length;
use crate::problem::Problem;

/// `template` with each `${Name}` replaced by what `value` returns for the name.
///
/// # Errors
/// A `${` is not closed, `value` fails, or the text becomes longer than a template may be.
pub(super) fn replace(template: &str, value: impl Fn(&str) -> Result<String, Problem>) -> Result<String, Problem> {
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
            // `${!Literal}` means `${Literal}`.
            Some(literal) => text.extend(["${", literal, "}"]),
            None => {
                let name = name.trim();
                if !values.contains_key(name) {
                    values.insert(name, value(name)?);
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
