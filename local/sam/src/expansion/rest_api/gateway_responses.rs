//! `GatewayResponses`: what API Gateway itself answers.

use serde_json::{Map, Value, json};

use crate::expansion::rest_document::Document;
use crate::expansion::schema::{self, Kind, Property, optional};
use crate::expansion::source::Source;
use crate::expansion::state::Expansion;
use crate::problem::Problem;
use crate::scalar::scalar_text;

const PROPERTIES: [Property; 3] = [
    optional("ResponseParameters", Kind::Map),
    optional("ResponseTemplates", Kind::Any),
    optional("StatusCode", Kind::Any),
];

const PARAMETERS: [Property; 3] =
    [optional("Headers", Kind::Map), optional("Paths", Kind::Map), optional("QueryStrings", Kind::Map)];

/// Where a document has these responses.
const RESPONSES: &str = "x-amazon-apigateway-gateway-responses";

/// Adds the responses to the document.
///
/// # Errors
/// A response is not valid.
pub(super) fn add(
    responses: &Source<'_>,
    document: &mut Document,
    expansion: &mut Expansion<'_>,
) -> Result<(), Problem> {
    for (kind, response) in responses.entries()? {
        if response.is_intrinsic() {
            return Err(response.must_be("a map; SAM does not accept an intrinsic here"));
        }
        schema::check(&response, &[&PROPERTIES], expansion)?;
        let parameters = parameters(&response, expansion)?;
        let templates = response.filled("ResponseTemplates");
        let templates = templates.map_or_else(|| json!({}), |templates| templates.value().clone());
        let mut definition = json!({"responseParameters": parameters, "responseTemplates": templates});
        if let Some(status) = response.get("StatusCode") {
            definition["statusCode"] = status_code(&status)?.into();
        }
        document.section(RESPONSES)?.insert(kind.to_owned(), definition);
        document.written_at(format!("{RESPONSES}.{kind}"), response.place());
    }
    Ok(())
}

fn parameters(response: &Source<'_>, expansion: &mut Expansion<'_>) -> Result<Map<String, Value>, Problem> {
    let mut all = Map::new();
    let Some(parameters) = response.filled("ResponseParameters") else { return Ok(all) };
    schema::check(&parameters, &[&PARAMETERS], expansion)?;
    for (key, prefix) in [("Headers", "header"), ("Paths", "path"), ("QueryStrings", "querystring")] {
        for (name, value) in parameters.get(key).map_or(Ok(Vec::new()), |parameters| parameters.entries())? {
            all.insert(format!("gatewayresponse.{prefix}.{name}"), value.value().clone());
        }
    }
    Ok(all)
}

fn status_code(status: &Source<'_>) -> Result<String, Problem> {
    let text = scalar_text(status.value())
        .filter(|text| (1..=3).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit()));
    text.ok_or_else(|| status.must_be("a status code"))
}
