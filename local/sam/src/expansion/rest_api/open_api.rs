//! A document of Swagger 2 as one of OpenAPI 3.

use serde_json::{Value, json};

use crate::expansion::open_api_version::is_version_3;
use crate::expansion::rest_document::Document;
use crate::expansion::source::is_filled;
use crate::problem::Problem;

/// Moves what OpenAPI 3 has elsewhere, in a document that says that it is of OpenAPI 3 or that the API's `OpenApiVersion`
/// makes one.
///
/// # Errors
/// A part of the author's document is not a map.
pub(super) fn convert(document: &mut Document, version: Option<&Value>) -> Result<(), Problem> {
    let version = version.cloned().unwrap_or_else(|| document.body["openapi"].clone());
    if !document.body["swagger"].is_null() || !is_version_3(&version) {
        return Ok(());
    }
    for (from, to) in [("securityDefinitions", "securitySchemes"), ("definitions", "schemas")] {
        if is_filled(&document.body[from])
            && let Some(moved) = document.body.as_object_mut().and_then(|body| body.shift_remove(from))
        {
            document.section("components")?.insert(to.to_owned(), moved);
        }
    }
    let paths = document.section("paths")?;
    for options in paths.values_mut().filter_map(|item| item.get_mut("options")).filter_map(Value::as_object_mut) {
        options.shift_remove("produces");
        options.shift_remove("consumes");
        let headers = options.get_mut("responses").and_then(|responses| responses.get_mut("200")?.get_mut("headers"));
        for header in headers.and_then(Value::as_object_mut).into_iter().flat_map(|headers| headers.values_mut()) {
            *header = json!({"schema": header.take()});
        }
    }
    Ok(())
}
