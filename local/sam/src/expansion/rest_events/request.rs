//! `RequestModel` and `RequestParameters` of an event: what a request must have.

use serde_json::{Value, json};

use super::method::{Method, integration_of};
use crate::expansion::open_api_version::is_version_3;
use crate::expansion::rest_document::Document;
use crate::expansion::source::{Source, is_filled};
use crate::problem::Problem;

/// Adds what a request must have to a method of the document.
///
/// # Errors
/// The model or a parameter is not valid.
pub(super) fn add(event: &Source<'_>, method: &Method<'_>, document: &mut Document) -> Result<(), Problem> {
    if let Some(model) = event.filled("RequestModel") {
        add_model(&model, method, document)?;
    }
    let Some(parameters) = event.filled("RequestParameters") else { return Ok(()) };
    let parameters = parameters.items()?.iter().map(Parameter::parse).collect::<Result<Vec<_>, _>>()?;
    for definition in document.definitions(method.path, &method.name)? {
        for Parameter { key, location, name, required, is_cached } in &parameters {
            let parameter = json!({"in": location, "name": name, "required": required, "type": "string"});
            push(definition.entry("parameters").or_insert_with(|| json!([])), parameter);
            if *is_cached && let Some(integration) = integration_of(definition) {
                let keys = integration.entry("cacheKeyParameters").or_insert_with(|| json!([]));
                push(keys, (*key).into());
            }
        }
    }
    Ok(())
}

/// An entry of `RequestParameters`.
#[derive(Debug)]
struct Parameter<'e> {
    /// Such as `method.request.querystring.page`.
    key: &'e str,
    location: &'static str,
    name: &'e str,
    required: Value,
    is_cached: bool,
}

impl<'e> Parameter<'e> {
    fn parse(source: &Source<'e>) -> Result<Self, Problem> {
        let (key, settings) = match source.value() {
            Value::String(key) => (key.as_str(), None),
            Value::Object(_) => match source.entries()?.into_iter().next() {
                Some((key, settings)) => (key, Some(settings)),
                None => return Err(source.problem("is an empty map", "write `method.request.header.Name`")),
            },
            _ => return Err(source.must_be("text or a map")),
        };
        let locations = [("querystring", "query"), ("path", "path"), ("header", "header")];
        let found = key.strip_prefix("method.request.").and_then(|key| key.split_once('.'));
        let found = found.and_then(|(location, name)| {
            let location = locations.iter().find(|(written, _)| *written == location)?.1;
            Some((location, name))
        });
        let Some((location, name)) = found else {
            let hint = "write `method.request.querystring.…`, `method.request.path.…` or `method.request.header.…`";
            return Err(source.problem(&format!("names the parameter `{key}`, which is not one of a request"), hint));
        };
        let mut parameter = Self { key, location, name, required: false.into(), is_cached: false };
        for (setting, value) in settings.map_or(Ok(Vec::new()), |settings| settings.entries())? {
            match setting {
                "Required" => parameter.required = value.value().clone(),
                "Caching" => parameter.is_cached = is_filled(value.value()),
                _ => return Err(value.problem("is not a setting of a parameter", "write `Required` or `Caching`")),
            }
        }
        Ok(parameter)
    }
}

fn add_model(model: &Source<'_>, method: &Method<'_>, document: &mut Document) -> Result<(), Problem> {
    model.map()?;
    let Some(name) = model.filled("Model") else { return Ok(()) };
    let model_id = name.text()?;
    let models = method.api.filled("Models");
    if models.and_then(|models| models.filled(model_id)).is_none() {
        let message = format!("is `{model_id}`, which `{}` does not define", method.api_id);
        return Err(name.problem(&message, "define it in `Models` of the API"));
    }
    let model_id = model_id.to_lowercase();
    let required = model.get("Required").map(|required| required.value().clone());
    let is_swagger = !document.body["swagger"].is_null();
    let is_version_3 = is_version_3(&document.body["openapi"]);
    for definition in document.definitions(method.path, &method.name)? {
        if is_swagger {
            let reference = format!("#/definitions/{model_id}");
            let mut parameter = json!({"in": "body", "name": model_id, "schema": {"$ref": reference}});
            if let Some(required) = &required {
                parameter["required"] = required.clone();
            }
            push(definition.entry("parameters").or_insert_with(|| json!([])), parameter);
        } else if is_version_3 {
            let reference = format!("#/components/schemas/{model_id}");
            let mut body = json!({"content": {"application/json": {"schema": {"$ref": reference}}}});
            if let Some(required) = &required {
                body["required"] = required.clone();
            }
            definition.insert("requestBody".to_owned(), body);
        }
    }
    add_validator(model, method, document)
}

fn add_validator(model: &Source<'_>, method: &Method<'_>, document: &mut Document) -> Result<(), Problem> {
    let (body, parameters) = (model.get("ValidateBody"), model.get("ValidateParameters"));
    if body.is_none() && parameters.is_none() {
        return Ok(());
    }
    let flag = |source: Option<Source<'_>>| match source {
        None => Ok(false),
        Some(source) => source.value().as_bool().ok_or_else(|| source.must_be("`true` or `false`")),
    };
    let (body, parameters) = (flag(body)?, flag(parameters)?);
    let name = match (body, parameters) {
        (true, true) => "body-and-params",
        (true, false) => "body-only",
        (false, true) => "params-only",
        (false, false) => "no-validation",
    };
    let validator = json!({"validateRequestBody": body, "validateRequestParameters": parameters});
    document.section("x-amazon-apigateway-request-validators")?.entry(name).or_insert(validator);
    for definition in document.definitions(method.path, &method.name)? {
        definition.insert("x-amazon-apigateway-request-validator".to_owned(), name.into());
    }
    Ok(())
}

/// Adds an item to a list.
fn push(list: &mut Value, item: Value) {
    match list {
        Value::Array(items) => items.push(item),
        _ => *list = json!([item]),
    }
}
