//! `Cors`: a method for preflight requests in each path.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::expansion::rest_document::{ANY, Document};
use crate::expansion::schema::{self, Kind, Property, optional};
use crate::expansion::source::{Source, is_filled};
use crate::expansion::state::Expansion;
use crate::problem::Problem;

const PROPERTIES: [Property; 5] = [
    optional("AllowMethods", Kind::Any),
    optional("AllowHeaders", Kind::Any),
    optional("AllowOrigin", Kind::Any),
    optional("MaxAge", Kind::Any),
    optional("AllowCredentials", Kind::Any),
];

/// All origins.
const WILDCARD: &str = "'*'";

/// What API Gateway's `ANY` stands for.
const ALL_METHODS: [&str; 7] = ["OPTIONS", "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH"];

/// The headers that a preflight response may have.
#[derive(Clone, Debug)]
struct Headers {
    origin: Value,
    headers: Value,
    methods: Value,
    maximum_age: Value,
    allows_credentials: bool,
}

/// Adds a method `OPTIONS` to each path that has none.
///
/// # Errors
/// The property is not valid.
pub(super) fn add(cors: &Source<'_>, document: &mut Document, expansion: &mut Expansion<'_>) -> Result<(), Problem> {
    let headers = read(cors, expansion)?;
    if headers.allows_credentials && headers.origin == WILDCARD {
        let hint = "name the origins in `AllowOrigin`, or remove `AllowCredentials`";
        return Err(cors.problem("allows credentials for all origins", hint));
    }
    // API Gateway takes paths that differ by a slash at the end as one.
    let mut done = BTreeSet::new();
    for path in document.paths() {
        if !done.insert(if path == "/" { path.clone() } else { path.trim_end_matches('/').to_owned() }) {
            continue;
        }
        let mut headers = headers.clone();
        let mut is_added = false;
        for item in document.items(&path)?.into_iter().filter(|item| !item.contains_key("options")) {
            if !is_filled(&headers.origin) {
                return Err(cors.problem("has an empty `AllowOrigin`", "name an origin, or remove `AllowOrigin`"));
            }
            if !is_filled(&headers.methods) {
                headers.methods = methods(item).into();
            }
            item.insert("options".to_owned(), options(&headers));
            is_added = true;
        }
        if is_added {
            document.written_at(format!("paths.{path}.options"), cors.place());
        }
    }
    Ok(())
}

fn read(cors: &Source<'_>, expansion: &mut Expansion<'_>) -> Result<Headers, Problem> {
    if cors.value().is_string() || cors.is_intrinsic() {
        let (headers, methods, maximum_age) = (Value::Null, Value::Null, Value::Null);
        return Ok(Headers { origin: cors.value().clone(), headers, methods, maximum_age, allows_credentials: false });
    }
    schema::check(cors, &[&PROPERTIES], expansion)?;
    let value = |key| cors.value().get(key).cloned();
    Ok(Headers {
        origin: value("AllowOrigin").unwrap_or_else(|| WILDCARD.into()),
        headers: value("AllowHeaders").unwrap_or_default(),
        methods: value("AllowMethods").unwrap_or_default(),
        maximum_age: value("MaxAge").unwrap_or_default(),
        allows_credentials: cors.get("AllowCredentials").is_some_and(|allowed| allowed.is_true()),
    })
}

/// The methods of a path as the value of a header.
fn methods(item: &Map<String, Value>) -> String {
    let methods: BTreeSet<String> = if item.contains_key(ANY) {
        ALL_METHODS.iter().map(|method| (*method).to_owned()).collect()
    } else {
        item.keys().map(|method| method.to_uppercase()).chain(["OPTIONS".to_owned()]).collect()
    };
    format!("'{}'", methods.into_iter().collect::<Vec<_>>().join(","))
}

/// The definition of the method for preflight requests.
fn options(headers: &Headers) -> Value {
    let Headers { origin, headers, methods, maximum_age, allows_credentials } = headers;
    let mut all = vec![("Access-Control-Allow-Origin", origin.clone(), "string")];
    if is_filled(headers) {
        all.push(("Access-Control-Allow-Headers", headers.clone(), "string"));
    }
    all.push(("Access-Control-Allow-Methods", methods.clone(), "string"));
    if !maximum_age.is_null() {
        all.push(("Access-Control-Max-Age", maximum_age.clone(), "integer"));
    }
    if *allows_credentials {
        all.push(("Access-Control-Allow-Credentials", "'true'".into(), "string"));
    }
    let parameters: Map<String, Value> =
        all.iter().map(|(name, value, _)| (format!("method.response.header.{name}"), value.clone())).collect();
    let kinds: Map<String, Value> =
        all.iter().map(|(name, _, kind)| ((*name).to_owned(), json!({"type": kind}))).collect();
    json!({
        "summary": "CORS support",
        "consumes": ["application/json"],
        "produces": ["application/json"],
        "x-amazon-apigateway-integration": {
            "type": "mock",
            "requestTemplates": {"application/json": "{\n  \"statusCode\" : 200\n}\n"},
            "responses": {
                "default": {
                    "statusCode": "200",
                    "responseParameters": parameters,
                    "responseTemplates": {"application/json": "{}\n"},
                },
            },
        },
        "responses": {"200": {"description": "Default response for CORS method", "headers": kinds}},
    })
}
