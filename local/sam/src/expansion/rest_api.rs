//! `AWS::Serverless::Api`: a REST API with its stage, authorizers, usage plan and domain.

pub(super) mod resource_policy;
pub(super) mod security;
mod auth;
mod authorizer;
mod cors;
mod domain;
mod domain_v2;
mod gateway_responses;
mod models;
mod open_api;
mod properties;
mod record_sets;
mod stage;
mod usage_plan;

use serde_json::{Value, json};

use super::generated::Generated;
use super::open_api_version::{is_version, is_version_3};
use super::place::Place;
use super::resource::SamResource;
use super::rest_document::Document;
use super::source::{Source, is_filled};
use super::state::Expansion;
use super::{schema, tags};
use crate::problem::Problem;
use crate::scalar::scalar_text;

/// The generated resources that authors refer to as `Api.Stage` and the like, by what follows the dot.
const DERIVED: [(&str, &str); 7] = [
    ("Stage", "AWS::ApiGateway::Stage"),
    ("Deployment", "AWS::ApiGateway::Deployment"),
    ("DomainName", "AWS::ApiGateway::DomainName"),
    ("DomainNameV2", "AWS::ApiGateway::DomainNameV2"),
    ("UsagePlan", "AWS::ApiGateway::UsagePlan"),
    ("UsagePlanKey", "AWS::ApiGateway::UsagePlanKey"),
    ("ApiKey", "AWS::ApiGateway::ApiKey"),
];

/// The generated resources that take over the tags of the API with `PropagateTags`.
const TAGGED: [&str; 7] = [
    "AWS::ApiGateway::RestApi",
    "AWS::ApiGateway::Stage",
    "AWS::ApiGateway::DomainName",
    "AWS::ApiGateway::DomainNameV2",
    "AWS::ApiGateway::UsagePlan",
    "AWS::ApiGateway::ApiKey",
    "AWS::ApiGateway::DomainNameAccessAssociation",
];

/// An API under expansion.
#[derive(Debug)]
struct Api<'a, 's> {
    resource: &'a SamResource<'s>,
    /// `Tags`, if all generated resources take them over.
    tags: Option<Value>,
    /// The id of the generated stage.
    stage_id: String,
}

/// Whether an author gives the document of an API with these properties, which SAM writes otherwise.
pub(super) fn gives_definition(properties: &Value) -> bool {
    is_filled(&properties["DefinitionBody"]) || is_filled(&properties["DefinitionUri"])
}

/// Generates an `AWS::ApiGateway::RestApi` and what belongs to it.
pub(super) fn expand<'s>(resource: &SamResource<'s>, expansion: &mut Expansion<'s>) -> Result<(), Problem> {
    schema::check(&resource.properties, &[&properties::PROPERTIES], expansion)?;
    let document = expansion.rest_documents.remove(resource.logical_id);
    check(resource, document.as_ref())?;
    let resolved = |name| resource.get(name).map(|source| (expansion.resolve(source.value()), source.place().clone()));
    let (auth, domain, media_types) = (resolved("Auth"), resolved("Domain"), resolved("BinaryMediaTypes"));
    let (auth, domain, media_types) =
        (auth.as_ref().map(as_source), domain.as_ref().map(as_source), media_types.as_ref().map(as_source));
    let propagates = resource.properties.filled("PropagateTags").is_some();
    let tags = resource.properties.filled("Tags").filter(|_| propagates);
    let tags = if tags.is_some() { tags::written(tags.as_ref())? } else { None };
    let api = Api { resource, tags, stage_id: stage::logical_id(resource) };

    let auth = auth.filter(|auth| is_filled(auth.value()));
    let document = change_document(&api, document, auth.as_ref(), media_types.as_ref(), expansion)?;
    let rest_api = properties::rest_api(resource, document.as_ref(), media_types)?;
    let definition = ["Body", "BodyS3Location"].iter().find_map(|name| rest_api.properties().get(*name)).cloned();
    api.add(rest_api, expansion)?;
    stage::add(&api, definition.as_ref(), expansion)?;
    if let Some(auth) = &auth {
        auth::add_permissions(auth, resource, expansion)?;
    }
    if let Some(domain) = &domain {
        let is_private = domain.value()["EndpointConfiguration"] == "PRIVATE";
        (if is_private { domain_v2::add } else { domain::add })(&api, domain, expansion)?;
    }
    match auth.and_then(|auth| auth.get("UsagePlan")) {
        Some(plan) => usage_plan::add(&api, &plan, expansion),
        None => Ok(()),
    }
}

fn as_source((value, place): &(Value, Place)) -> Source<'_> {
    Source::new(value, place.clone())
}

impl Api<'_, '_> {
    /// Adds a generated resource.
    fn add(&self, generated: Generated, expansion: &mut Expansion<'_>) -> Result<(), Problem> {
        let tags = self.tags.clone().filter(|_| TAGGED.contains(&generated.kind));
        if let Some((property, _)) = DERIVED.iter().find(|(_, kind)| *kind == generated.kind) {
            expansion.derive(self.resource.logical_id, property, &generated.logical_id);
        }
        expansion.add(generated.set_some("Tags", tags))
    }

    /// A resource that shares the attributes of the API.
    fn generate(&self, logical_id: impl Into<String>, kind: &'static str, source: &Source<'_>) -> Generated {
        Generated::new(logical_id, kind, self.resource, source.place()).attributes(self.resource.shared_attributes())
    }
}

/// Checks the properties that say where the document is.
fn check(resource: &SamResource<'_>, document: Option<&Document>) -> Result<(), Problem> {
    let properties = &resource.properties;
    if let Some(uri) = properties.filled("DefinitionUri") {
        if document.is_some() {
            let hint =
                "keep one of `DefinitionUri` and `DefinitionBody`; SAM writes a body if the API itself has neither";
            return Err(uri.problem("is given next to a body", hint));
        }
        if let Some(merge) = properties.filled("MergeDefinitions") {
            return Err(
                merge.problem("is set together with `DefinitionUri`", "write the definition as `DefinitionBody`")
            );
        }
    }
    let Some(version) = properties.filled("OpenApiVersion") else { return Ok(()) };
    match scalar_text(version.value()) {
        Some(text) if text != "2" && text != "3" && is_version(&text, &["2", "3"]) => Ok(()),
        _ => Err(version.problem("is not a version of OpenAPI", "write `3.0.1`")),
    }
}

/// Adds what the properties of the API say to its document.
fn change_document(
    api: &Api<'_, '_>,
    document: Option<Document>,
    auth: Option<&Source<'_>>,
    media_types: Option<&Source<'_>>,
    expansion: &mut Expansion<'_>,
) -> Result<Option<Document>, Problem> {
    let properties = &api.resource.properties;
    let version = properties.filled("OpenApiVersion").map(|version| version.value());
    let of_document = ["Cors", "GatewayResponses", "Models"].iter().filter_map(|name| properties.filled(name));
    let disabled = properties.get("DisableExecuteApiEndpoint");
    for source in of_document.chain(auth.cloned()).chain(disabled.clone()) {
        if !document.as_ref().is_some_and(Document::is_valid) {
            let message = "needs a `DefinitionBody` with `paths` and a version of Swagger or OpenAPI";
            return Err(source.problem(message, "remove one of them, or correct the body"));
        }
    }
    let Some(mut document) = document else { return Ok(None) };
    if let Some(cors) = properties.filled("Cors") {
        cors::add(&cors, &mut document, expansion)?;
    }
    if let Some(auth) = auth {
        let stage = properties.require("StageName")?;
        auth::add(auth, stage.value(), &mut document, expansion)?;
        open_api::convert(&mut document, version)?;
    }
    if let Some(responses) = properties.filled("GatewayResponses") {
        gateway_responses::add(&responses, &mut document, expansion)?;
    }
    if let Some(types) = media_types.filter(|types| is_filled(types.value()))
        && let Some(body) = document.body.as_object_mut()
    {
        body.insert("x-amazon-apigateway-binary-media-types".to_owned(), unescape(types.value()));
    }
    if let Some(models) = properties.filled("Models") {
        models::add(&models, &mut document)?;
        open_api::convert(&mut document, version)?;
    }
    if let Some(disabled) = disabled {
        disable_endpoint(&mut document, disabled.value())?;
    }
    // AWS converts after several steps, and so gives a header as many layers of `schema`.
    open_api::convert(&mut document, version)?;
    Ok(Some(document))
}

/// Media types with `/` instead of `~1`.
fn unescape(value: &Value) -> Value {
    match value {
        Value::String(text) => text.replace("~1", "/").into(),
        Value::Array(items) => items.iter().map(unescape).collect(),
        Value::Object(object) => object.iter().map(|(key, value)| (key.replace("~1", "/"), unescape(value))).collect(),
        _ => value.clone(),
    }
}

/// Says whether API Gateway's own endpoint is switched off.
fn disable_endpoint(document: &mut Document, is_disabled: &Value) -> Result<(), Problem> {
    const ENDPOINT: &str = "x-amazon-apigateway-endpoint-configuration";
    const DISABLED: &str = "disableExecuteApiEndpoint";
    if !is_version_3(&document.body["openapi"]) {
        document.section(ENDPOINT)?.insert(DISABLED.to_owned(), is_disabled.clone());
        return Ok(());
    }
    let problem = document.problem("has `servers`, which is not a list of maps", "correct it");
    let body = document.body.as_object_mut().ok_or_else(|| problem.clone())?;
    let servers = body.entry("servers").or_insert_with(|| json!([{}]));
    for server in servers.as_array_mut().ok_or_else(|| problem.clone())? {
        let server = server.as_object_mut().ok_or_else(|| problem.clone())?;
        let endpoint = server.entry(ENDPOINT).or_insert_with(|| json!({})).as_object_mut();
        endpoint.ok_or_else(|| problem.clone())?.insert(DISABLED.to_owned(), is_disabled.clone());
    }
    Ok(())
}
