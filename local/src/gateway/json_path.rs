//! Paths into JSON, in the notation of selection expressions and mapping templates.

use serde_json::Value;

/// `a.b[0]['c']` as `a`, `b`, `0`, `c`.
pub(super) fn steps(path: &str) -> Vec<String> {
    let step = |step: &str| step.trim_end_matches(']').trim_matches(['\'', '"']).to_owned();
    path.split(['.', '[']).map(step).filter(|step| !step.is_empty()).collect()
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
