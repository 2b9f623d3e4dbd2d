//! `CorsConfiguration` of an HTTP API.

use serde_json::{Map, Value, json};

use super::document::Document;
use crate::expansion::source::Source;
use crate::problem::Problem;

/// What the document calls the configuration.
const CORS: &str = "x-amazon-apigateway-cors";
/// The properties and their keys in the document.
const KEYS: [(&str, &str); 6] = [
    ("AllowOrigins", "allowOrigins"),
    ("AllowHeaders", "allowHeaders"),
    ("AllowMethods", "allowMethods"),
    ("ExposeHeaders", "exposeHeaders"),
    ("MaxAge", "maxAge"),
    ("AllowCredentials", "allowCredentials"),
];

/// Adds the configuration to the document.
///
/// # Errors
/// It is neither `true` nor a map, or it allows credentials of all origins.
pub(super) fn add(document: &mut Document, cors: &Source<'_>) -> Result<(), Problem> {
    let added = if cors.is_true() {
        Map::from_iter([("allowOrigins".to_owned(), json!(["*"]))])
    } else {
        match cors.get("AllowOrigins").filter(Source::is_intrinsic) {
            Some(origins) => in_lower_case(origins.value()),
            None if cors.is_intrinsic() => in_lower_case(cors.value()),
            None => configuration(document, cors)?,
        }
    };
    document.write_place(&[CORS], cors.place());
    document.map_mut(CORS)?.extend(added);
    Ok(())
}

fn configuration(document: &mut Document, cors: &Source<'_>) -> Result<Map<String, Value>, Problem> {
    let mut configuration = Map::new();
    for (name, value) in cors.entries()? {
        let Some((_, key)) = KEYS.iter().find(|(property, _)| *property == name) else {
            let known = KEYS.map(|(property, _)| format!("`{property}`")).join(", ");
            return Err(value.problem("is not a property of CORS", &format!("write {known}")));
        };
        let is_given = match *key {
            "allowCredentials" => value.is_true(),
            "maxAge" => true,
            _ => value.is_set(),
        };
        if is_given {
            configuration.insert((*key).to_owned(), value.value().clone());
            document.write_place(&[CORS, key], value.place());
        }
    }
    if configuration.contains_key("allowCredentials") && configuration.get("allowOrigins") == Some(&json!(["*"])) {
        return Err(cors.problem("allows credentials of all origins", "list the origins in `AllowOrigins`"));
    }
    Ok(configuration)
}

/// An intrinsic with the keys that the document has in place of properties, whatever their depth.
fn in_lower_case(value: &Value) -> Map<String, Value> {
    let rename = |key: &str| KEYS.iter().find(|(property, _)| *property == key).map_or(key, |(_, key)| *key).to_owned();
    let entries = value.as_object().into_iter().flatten();
    entries.map(|(key, value)| (rename(key), nested(value))).collect()
}

fn nested(value: &Value) -> Value {
    match value {
        Value::Object(_) => in_lower_case(value).into(),
        Value::Array(items) => items.iter().map(nested).collect(),
        scalar => scalar.clone(),
    }
}
