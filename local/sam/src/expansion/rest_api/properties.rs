//! The properties of an API, and those that the generated `AWS::ApiGateway::RestApi` takes from them.

use serde_json::json;

use crate::expansion::generated::Generated;
use crate::expansion::resource::SamResource;
use crate::expansion::rest_document::Document;
use crate::expansion::s3::Upload;
use crate::expansion::schema::{Kind, Property, optional, required};
use crate::expansion::source::Source;
use crate::problem::Problem;

/// The properties of an API.
pub(super) const PROPERTIES: [Property; 32] = [
    optional("Name", Kind::TextOrMap),
    required("StageName", Kind::TextOrMap),
    optional("Tags", Kind::Map),
    optional("PropagateTags", Kind::Boolean),
    optional("DefinitionBody", Kind::Map),
    optional("DefinitionUri", Kind::TextOrMap),
    optional("MergeDefinitions", Kind::Literal),
    optional("CacheClusterEnabled", Kind::Boolean),
    optional("CacheClusterSize", Kind::Text),
    optional("Variables", Kind::Map),
    optional("EndpointConfiguration", Kind::TextOrMap),
    optional("MethodSettings", Kind::List),
    optional("BinaryMediaTypes", Kind::List),
    optional("MinimumCompressionSize", Kind::Integer),
    optional("Cors", Kind::TextOrMap),
    optional("Auth", Kind::Map),
    optional("GatewayResponses", Kind::Map),
    optional("AccessLogSetting", Kind::Map),
    optional("CanarySetting", Kind::Map),
    optional("TracingEnabled", Kind::Boolean),
    // A version such as `3.0` may also be a number.
    optional("OpenApiVersion", Kind::Any),
    optional("Models", Kind::Map),
    optional("Domain", Kind::Map),
    optional("FailOnWarnings", Kind::Boolean),
    optional("Description", Kind::Text),
    optional("Mode", Kind::Text),
    optional("DisableExecuteApiEndpoint", Kind::Boolean),
    optional("ApiKeySourceType", Kind::Text),
    optional("AlwaysDeploy", Kind::Literal),
    optional("Policy", Kind::TextOrMap),
    optional("SecurityPolicy", Kind::Text),
    optional("EndpointAccessMode", Kind::Text),
];

/// Properties that the generated API has only if they are not empty.
const FILLED: [&str; 8] = [
    "FailOnWarnings",
    "Name",
    "Description",
    "Mode",
    "ApiKeySourceType",
    "Policy",
    "SecurityPolicy",
    "EndpointAccessMode",
];

/// The generated API.
///
/// # Errors
/// Its endpoint or its definition is not valid.
pub(super) fn rest_api(
    resource: &SamResource<'_>,
    document: Option<&Document>,
    media_types: Option<Source<'_>>,
) -> Result<Generated, Problem> {
    let properties = &resource.properties;
    let mut api =
        Generated::new(resource.logical_id, "AWS::ApiGateway::RestApi", resource, resource.properties.place())
            .attributes(resource.main_attributes())
            .set_from("BinaryMediaTypes", media_types)
            .copy(properties, &["MinimumCompressionSize"]);
    for name in FILLED {
        api = api.set_from(name, properties.filled(name));
    }
    if let Some(configuration) = properties.filled("EndpointConfiguration") {
        api = set_endpoint(api, &configuration)?;
    }
    if let Some(uri) = properties.filled("DefinitionUri") {
        return Ok(api
            .written_at("BodyS3Location", uri.place())
            .set("BodyS3Location", Upload::read(&uri)?.definition()));
    }
    let Some(document) = document else { return Ok(api) };
    api = api.set("Body", document.body.clone());
    if let Some(place) = document.written_place() {
        api = api.written_at("Body", place);
    }
    Ok(document.places().iter().fold(api, |api, (path, place)| api.generated_at(&format!("Body.{path}"), place)))
}

fn set_endpoint(api: Generated, configuration: &Source<'_>) -> Result<Generated, Problem> {
    let kind = configuration.filled("Type");
    let endpoints = ["VPCEndpointIds", "VpcEndpointIds"].map(|name| configuration.get(name));
    let types = kind.as_ref().unwrap_or(configuration).value();
    let mut endpoint = json!({"Types": [types]});
    if kind.is_some() {
        if endpoints.iter().all(Option::is_some) {
            let hint = "keep one of them";
            return Err(configuration.problem("has both `VPCEndpointIds` and `VpcEndpointIds`", hint));
        }
        if let Some(ids) = endpoints.into_iter().flatten().next() {
            endpoint["VpcEndpointIds"] = ids.value().clone();
        }
        if let Some(ip) = configuration.get("IpAddressType") {
            endpoint["IpAddressType"] = ip.value().clone();
        }
    }
    let api = api.written_at("EndpointConfiguration", configuration.place());
    Ok(api.set("EndpointConfiguration", endpoint).set("Parameters", json!({"endpointConfigurationTypes": types})))
}
