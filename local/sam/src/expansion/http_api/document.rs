//! The OpenAPI document of an HTTP API.

use serde_json::{Map, Value, json};

use crate::expansion::generated::Generated;
use crate::expansion::http_route::{ANY_METHOD, DEFAULT_PATH};
use crate::expansion::place::Place;
use crate::intrinsic::{is_no_value, only_if, reference};
use crate::problem::Problem;

/// What an operation invokes.
pub(super) const INTEGRATION: &str = "x-amazon-apigateway-integration";

/// The document and where its parts come from.
#[derive(Clone, Debug)]
pub(super) struct Document {
    content: Map<String, Value>,
    /// Whether SAM generates it from events alone.
    pub(super) is_managed: bool,
    /// Where the author wrote it, or the API.
    place: Place,
    /// Paths below the properties of the API, and where what is there is written.
    places: Vec<(String, Place)>,
    /// The same of what is generated from what is written there.
    generated: Vec<(String, Place)>,
}

impl Document {
    /// The document of an API whose author wrote no document.
    pub(super) fn managed(api: Place) -> Self {
        let content = [
            ("openapi", json!("3.0.1")),
            ("info", json!({"version": "1.0", "title": reference("AWS::StackName")})),
            ("paths", json!({})),
        ];
        let content = content.map(|(key, value)| (key.to_owned(), value)).into_iter().collect();
        Self { content, is_managed: true, place: api, places: Vec::new(), generated: Vec::new() }
    }

    /// The author's document, if it is one of OpenAPI 3.
    pub(super) fn parse(body: &Value, place: &Place) -> Option<Self> {
        let version = match body.get("openapi")? {
            Value::String(version) => version.clone(),
            version => version.to_string(),
        };
        let is_known = body.get("paths").is_some_and(Value::is_object) && is_version_3(&version);
        let content = body.as_object().filter(|_| is_known)?.clone();
        let places = vec![("Body".to_owned(), place.clone())];
        Some(Self { content, is_managed: false, place: place.clone(), places, generated: Vec::new() })
    }

    /// `api` with this document as its `Body`.
    pub(super) fn define(self, api: Generated) -> Generated {
        let api = api.set("Body", self.content);
        let api = self.generated.iter().fold(api, |api, (path, place)| api.generated_at(path, place));
        self.places.iter().fold(api, |api, (path, place)| api.written_at(path, place))
    }

    /// Says that what is at `keys`, with all below it, is generated from what is written at `place`.
    pub(super) fn generate_place(&mut self, keys: &[&str], place: &Place) {
        self.generated.push((Place::path(&[&["Body"], keys].concat()), place.clone()));
    }

    /// Says that what is at `keys` is written at `place`.
    pub(super) fn write_place(&mut self, keys: &[&str], place: &Place) {
        self.places.push((Place::path(&[&["Body"], keys].concat()), place.clone()));
    }

    /// A part of the document, which is null if it is missing.
    pub(super) fn part_mut(&mut self, name: &str) -> &mut Value {
        self.content.entry(name).or_insert(Value::Null)
    }

    /// A map at the top of the document, which is empty if it is missing.
    pub(super) fn map_mut(&mut self, name: &str) -> Result<&mut Map<String, Value>, Problem> {
        let problem = must_be_map(&self.place.below(name));
        let value = self.part_mut(name);
        if value.is_null() {
            *value = json!({});
        }
        value.as_object_mut().ok_or(problem)
    }

    /// The problem that what is at `keys` of the document is not `kind`.
    pub(super) fn must_be(&self, keys: &[&str], kind: &str) -> Problem {
        must_be(&keys.iter().fold(self.place.clone(), |place, key| place.below(key)), kind)
    }

    /// Whether all alternatives of the path have the method with an integration.
    pub(super) fn has_integration(&self, path: &str, method: &str) -> bool {
        let Some(item) = self.content.get("paths").and_then(|paths| paths.get(path)) else { return false };
        alternatives(item).into_iter().all(|item| {
            let operation = item.get(method);
            operation.is_some_and(|operation| alternatives(operation).into_iter().any(is_integrated))
        })
    }

    /// Whether the path has the method.
    pub(super) fn has_operation(&self, path: &str, method: &str) -> bool {
        let item = self.content.get("paths").and_then(|paths| paths.get(path));
        item.is_some_and(|item| alternatives(item).into_iter().any(|item| item.get(method).is_some()))
    }

    /// Each alternative of the path, which is added if it is missing.
    pub(super) fn items_mut(&mut self, path: &str) -> Result<Vec<&mut Map<String, Value>>, Problem> {
        let place = self.place.below("paths").below(path);
        let item = self.map_mut("paths")?.entry(path).or_insert_with(|| json!({}));
        let maps =
            alternatives_mut(item).into_iter().map(|item| item.as_object_mut().ok_or_else(|| must_be_map(&place)));
        maps.collect()
    }

    /// Each alternative of an operation that has an integration.
    pub(super) fn operations_mut(&mut self, path: &str, method: &str) -> Result<Vec<&mut Map<String, Value>>, Problem> {
        let place = self.place.below("paths").below(path).below(method);
        let operations = self.items_mut(path)?.into_iter().filter_map(|item| item.get_mut(method));
        integrated_mut(operations, &place)
    }

    /// Each alternative of all operations that have an integration, except those for `method`.
    pub(super) fn operations_except_mut(&mut self, method: &str) -> Result<Vec<&mut Map<String, Value>>, Problem> {
        let place = self.place.below("paths");
        let mut operations = Vec::new();
        for (path, item) in self.map_mut("paths")? {
            let place = place.below(path);
            for item in alternatives_mut(item) {
                for (key, operation) in item.as_object_mut().ok_or_else(|| must_be_map(&place))? {
                    let place = place.below(key);
                    let lower = key.to_lowercase();
                    if key != "any" && *key == lower {
                        if lower != method && lower != "parameters" {
                            operations.extend(integrated_mut([operation], &place)?);
                        }
                    } else {
                        let hint = format!("write methods in lower case, and `{ANY_METHOD}` for all of them");
                        return Err(Problem::new(format!("{place} is not a method"), hint));
                    }
                }
            }
        }
        Ok(operations)
    }

    /// Lets a path be there only where a condition holds.
    pub(super) fn make_conditional(&mut self, path: &str, condition: &str) {
        if let Some(item) = self.part_mut("paths").get_mut(path) {
            *item = only_if(condition, item.take());
        }
    }

    /// Renames [`DEFAULT_PATH`] to `/$default`: API Gateway warns of a path without a slash.
    pub(super) fn rename_default_path(&mut self) {
        let renamed = format!("/{DEFAULT_PATH}");
        let Some(paths) = self.part_mut("paths").as_object_mut() else { return };
        if let Some(item) = paths.shift_remove(DEFAULT_PATH) {
            paths.insert(renamed.clone(), item);
        }
        let (from, to) = (format!("Body.paths.{DEFAULT_PATH}"), format!("Body.paths.{renamed}"));
        for (path, _) in self.places.iter_mut().chain(&mut self.generated) {
            if let Some(rest) = path.strip_prefix(&from)
                && (rest.is_empty() || rest.starts_with('.'))
            {
                *path = format!("{to}{rest}");
            }
        }
    }
}

/// Whether a path item has an integration for the method, and each of them invokes the function itself, not an alias.
pub(in crate::expansion) fn integrates(item: &Value, method: &str, function: &str) -> bool {
    let invoked = format!("${{{function}.Arn}}");
    let invokes = |operation: &Value| {
        let uris = alternatives(&operation[INTEGRATION]["uri"]);
        uris.iter().all(|uri| uri["Fn::Sub"].as_str().is_some_and(|text| text.contains(&invoked)))
    };
    let operations: Vec<_> = alternatives(item).into_iter().flat_map(|item| alternatives(&item[method])).collect();
    operations.iter().any(|operation| is_integrated(operation)) && operations.iter().all(|operation| invokes(operation))
}

/// What `value` may be: itself, or what an `Fn::If` chooses from.
fn alternatives(value: &Value) -> Vec<&Value> {
    match value.get("Fn::If") {
        None => vec![value],
        Some(arguments) => {
            let branches = arguments.as_array().into_iter().flatten().skip(1);
            branches.filter(|branch| !is_no_value(branch)).collect()
        }
    }
}

/// The same, to change it.
fn alternatives_mut(value: &mut Value) -> Vec<&mut Value> {
    if value.get("Fn::If").is_none() {
        return vec![value];
    }
    let branches = value["Fn::If"].as_array_mut().into_iter().flatten().skip(1);
    branches.filter(|branch| !is_no_value(branch)).collect()
}

/// Whether an operation has an integration that is not empty.
fn is_integrated(operation: &Value) -> bool {
    operation.get(INTEGRATION).is_some_and(|integration| !integration.is_null() && *integration != json!({}))
}

/// The alternatives of `operations` that have an integration.
fn integrated_mut<'d>(
    operations: impl IntoIterator<Item = &'d mut Value>,
    place: &Place,
) -> Result<Vec<&'d mut Map<String, Value>>, Problem> {
    let mut integrated = Vec::new();
    for operation in operations.into_iter().flat_map(alternatives_mut) {
        let has_integration = is_integrated(operation);
        let operation = operation.as_object_mut().ok_or_else(|| must_be_map(place))?;
        if has_integration {
            integrated.push(operation);
        }
    }
    Ok(integrated)
}

fn must_be_map(place: &Place) -> Problem {
    must_be(place, "a map")
}

fn must_be(place: &Place, kind: &str) -> Problem {
    Problem::new(format!("{place} is not {kind}"), "correct the OpenAPI document")
}

/// Whether `version` is `3.x` or `3.x.y`, with digits.
fn is_version_3(version: &str) -> bool {
    let parts: Vec<&str> = version.split('.').collect();
    let is_digit = |part: &&str| part.len() == 1 && part.bytes().all(|byte| byte.is_ascii_digit());
    matches!(parts.as_slice(), ["3", rest @ ..] if matches!(rest.len(), 1 | 2) && rest.iter().all(is_digit))
}
