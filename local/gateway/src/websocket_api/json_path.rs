//! Paths into JSON, in the notation of selection expressions and mapping templates.

use serde_json::Value;

/// `a.b[0]['c.d']` as `a`, `b`, `0`, `c.d`.
pub(super) fn steps(path: &str) -> Vec<String> {
    let mut steps = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        let (step, after) = next_step(rest);
        steps.extend((!step.is_empty()).then(|| step.to_owned()));
        rest = after;
    }
    steps
}

/// The step that `path` begins with, and what follows it.
fn next_step(path: &str) -> (&str, &str) {
    let Some(bracketed) = path.strip_prefix('[') else {
        let end = path.find(['.', '[']).unwrap_or(path.len());
        return (&path[..end], path[end..].strip_prefix('.').unwrap_or(&path[end..]));
    };
    let quoted = ['\'', '"'].into_iter().find_map(|quote| bracketed.strip_prefix(quote)?.split_once(quote));
    let (step, after) = quoted.or_else(|| bracketed.split_once(']')).unwrap_or((bracketed, ""));
    (step, after.trim_start_matches([']', '.']))
}

/// What is at the end of a path.
pub(super) fn find<'v>(value: &'v Value, path: &[String]) -> Option<&'v Value> {
    path.iter().try_fold(value, |value, step| match value {
        Value::Array(items) => items.get(step.parse::<usize>().ok()?),
        other => other.get(step),
    })
}

/// Values as API Gateway writes them: arrays as `[item1, item2]`, `null` as nothing at all.
pub(super) fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(|item| text(item).unwrap_or_default()).collect();
            Some(format!("[{}]", items.join(", ")))
        }
        other => Some(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::steps;

    #[test]
    fn a_path_is_its_steps() {
        for (path, expected) in [
            ("a", &["a"][..]),
            ("a.b[0]['c']", &["a", "b", "0", "c"]),
            (".a[1].b", &["a", "1", "b"]),
            ("['a.b'].c", &["a.b", "c"]),
            (r#"["a]b"][2]"#, &["a]b", "2"]),
            ("a..b", &["a", "b"]),
            ("a[", &["a"]),
            ("['a", &["'a"]),
            ("", &[]),
        ] {
            assert_eq!(steps(path), expected, "{path}");
        }
    }
}
