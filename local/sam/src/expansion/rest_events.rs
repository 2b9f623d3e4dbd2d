//! Events of type `Api`: methods of REST APIs that invoke functions.

pub(super) mod method;
mod auth;
mod request;

use serde_json::{Map, Value, json};

use self::method::Method;
use super::digest::digest_of_text;
use super::event::Event;
use super::generated::Generated;
use super::rest_document::{Document, method_key};
use super::schema::{self, Kind, Property, optional, required};
use super::source::{Source, is_filled};
use super::state::Expansion;
use crate::intrinsic::{only_if, reference, substitution};
use crate::problem::Problem;

const PROPERTIES: [Property; 9] = [
    required("Path", Kind::Text),
    required("Method", Kind::Text),
    optional("RestApiId", Kind::Any),
    optional("Stage", Kind::Text),
    optional("Auth", Kind::Map),
    optional("RequestModel", Kind::Map),
    optional("RequestParameters", Kind::List),
    optional("TimeoutInMillis", Kind::Integer),
    optional("ResponseTransferMode", Kind::Text),
];

/// Generates the permission to invoke the function, and adds the method to the document of the API if SAM writes it.
pub(super) fn expand(event: &Event<'_>, expansion: &mut Expansion<'_>) -> Result<(), Problem> {
    schema::check(&event.properties, &[&PROPERTIES], expansion)?;
    let method = Method::find(&event.properties, expansion)?;
    expansion.add(permission(event, &method))?;
    let Some(mut document) = expansion.rest_documents.remove(&method.api_id) else { return Ok(()) };
    if method.api.filled("MergeDefinitions").is_some() {
        let mut own = Document::managed(&method.api_id);
        add_method(event, &method, &mut own, expansion)?;
        merge(&own, &method, &mut document)?;
        document.written_at(format!("paths.{}.{}", method.path, method.name), &event.place);
    } else if document.is_managed {
        add_method(event, &method, &mut document, expansion)?;
    }
    if let Some(auth) = event.properties.get("Auth")
        && auth.filled("OverrideApiAuth").is_some()
    {
        if ["Authorizer", "ApiKeyRequired", "ResourcePolicy"].iter().all(|key| auth.filled(key).is_none()) {
            let hint = "give it an `Authorizer`, `ApiKeyRequired` or a `ResourcePolicy`";
            return Err(auth.problem("overrides the `Auth` of the API with nothing", hint));
        }
        auth::add(&auth, &method, &mut document, expansion)?;
    }
    expansion.rest_documents.insert(method.api_id, document);
    Ok(())
}

/// Adds a method that invokes no function to the document of its API, if SAM writes it. The path, the method and `Auth` are
/// those of an event with these `properties`.
///
/// # Errors
/// The API does not have what the event asks for, or has the method already.
pub(super) fn add_integration(
    properties: &Source<'_>,
    integration: &Value,
    responses: &Value,
    condition: Option<&str>,
    expansion: &mut Expansion<'_>,
) -> Result<(), Problem> {
    let method = Method::find(properties, expansion)?;
    let Some(mut document) = expansion.rest_documents.remove(&method.api_id) else { return Ok(()) };
    if document.is_managed {
        method.add(&mut document, integration, responses, condition)?;
        if let Some(auth) = properties.filled("Auth") {
            auth::add(&auth, &method, &mut document, expansion)?;
        }
    }
    expansion.rest_documents.insert(method.api_id, document);
    Ok(())
}

fn permission(event: &Event<'_>, method: &Method<'_>) -> Generated {
    let stage = &method.stage;
    let suffix = if stage.chars().all(char::is_alphanumeric) { stage.clone() } else { digest_of_text(stage) };
    let path = method.path.strip_suffix('/').filter(|path| !path.is_empty()).unwrap_or(method.path);
    let verb = if method.name == "any" { "*".to_owned() } else { method.name.to_uppercase() };
    let arn = format!(
        "arn:aws:execute-api:${{AWS::Region}}:${{AWS::AccountId}}:${{__ApiId__}}/${{__Stage__}}/{verb}{}",
        method::with_wildcards(path),
    );
    let api = event.properties.get("RestApiId").map_or_else(|| reference(&method.api_id), |api| api.value().clone());
    Generated::new(format!("{}Permission{suffix}", event.id), "AWS::Lambda::Permission", &event.resource, &event.place)
        .attributes(event.resource.shared_attributes())
        .set("Action", "lambda:InvokeFunction")
        .set("FunctionName", event.invoked.name())
        .set("Principal", "apigateway.amazonaws.com")
        .set("SourceArn", json!({"Fn::Sub": [arn, {"__ApiId__": api, "__Stage__": "*"}]}))
}

/// Adds the method with what the event says about it.
fn add_method(
    event: &Event<'_>,
    method: &Method<'_>,
    document: &mut Document,
    expansion: &Expansion<'_>,
) -> Result<(), Problem> {
    let condition = event.resource.condition();
    method.add(document, &integration(event, method, condition), &json!({}), condition)?;
    if let Some(auth) = event.properties.filled("Auth") {
        auth::add(&auth, method, document, expansion)?;
    }
    if let Some(timeout) = event.properties.filled("TimeoutInMillis") {
        for definition in document.definitions(method.path, &method.name)? {
            if let Some(integration) = method::integration_of(definition) {
                integration.insert("timeoutInMillis".to_owned(), timeout.value().clone());
            }
        }
    }
    request::add(&event.properties, method, document)
}

fn integration(event: &Event<'_>, method: &Method<'_>, condition: Option<&str>) -> Value {
    let is_stream = event.properties.get("ResponseTransferMode").is_some_and(|mode| mode.value() == "RESPONSE_STREAM");
    let (version, invocations) =
        if is_stream { ("2021-11-15", "response-streaming-invocations") } else { ("2015-03-31", "invocations") };
    let function = event.invoked.arn_in_text();
    let uri = substitution(format!(
        "arn:aws:apigateway:${{AWS::Region}}:lambda:path/{version}/functions/{function}/{invocations}"
    ));
    let uri = match condition {
        Some(condition) => only_if(condition, uri),
        None => uri,
    };
    let mut integration = json!({"type": "aws_proxy", "httpMethod": "POST", "uri": uri});
    if is_stream {
        integration["responseTransferMode"] = "STREAM".into();
    }
    if let Some(credentials) = credentials(event.properties.filled("Auth").as_ref(), &method.api) {
        integration["credentials"] = credentials;
    }
    integration
}

/// The role that API Gateway calls the function with, where IAM authorizes the method.
fn credentials(auth: Option<&Source<'_>>, api: &Source<'_>) -> Option<Value> {
    let api = api.get("Auth");
    let uses_iam = match auth {
        Some(auth) => auth.get("Authorizer").is_some_and(|authorizer| authorizer.value() == "AWS_IAM"),
        None => api.as_ref()?.get("DefaultAuthorizer")?.value() == "AWS_IAM",
    };
    // A role that is there but empty means the same as `NONE`.
    let role = |auth: &Source<'_>| {
        let role = auth.value().get("InvokeRole")?;
        Some(if is_filled(role) { role.clone() } else { "NONE".into() })
    };
    let role = auth.and_then(role).or_else(|| api.as_ref().and_then(role));
    match role {
        _ if !uses_iam => None,
        Some(role) if role == "NONE" => None,
        Some(role) if role != "CALLER_CREDENTIALS" => Some(role),
        _ => Some("arn:aws:iam::*:user/*".into()),
    }
}

/// Adds the method of SAM's `own` document to the author's; what SAM says about it wins.
fn merge(own: &Document, method: &Method<'_>, document: &mut Document) -> Result<(), Problem> {
    let message = format!("has the method `{}` of `{}`, which is not a map", method.name, method.path);
    let problem = document.problem(&message, "write maps below `paths`");
    let generated = &own.body["paths"][method.path][method_key(&method.name)];
    let paths = document.section("paths")?;
    let item = paths.entry(method.path).or_insert_with(|| json!({}));
    let item = item.as_object_mut().ok_or_else(|| problem.clone())?;
    // The name stays as the event has it: AWS does not write `any` as API Gateway's extension here.
    let definition = item.entry(method.name.as_str()).or_insert_with(|| json!({}));
    if !is_filled(definition) {
        *definition = json!({});
    }
    let definition = definition.as_object_mut().ok_or(problem)?;
    definition.extend(generated.as_object().cloned().unwrap_or_else(Map::new));
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use crate::expansion::expand;

    #[test]
    fn a_method_of_a_body_has_the_place_of_its_event() {
        let event =
            |path| json!({"Type": "Api", "Properties": {"RestApiId": {"Ref": "Shop"}, "Path": path, "Method": "GET"}});
        let properties = json!({"Handler": "h", "Runtime": "python3.13", "CodeUri": "src"});
        let mut function = json!({"Type": "AWS::Serverless::Function", "Properties": properties});
        function["Properties"]["Events"] = json!({"List": event("/a.b"), "One": event("/a.b/{id}")});
        let cors = json!({"StageName": "live", "Cors": "'*'", "TracingEnabled": true});
        let api = json!({"Type": "AWS::Serverless::Api", "Properties": cors});
        let template = json!({"Resources": {"Orders": function, "Shop": api}});
        let expanded = expand(template.as_object().unwrap().clone(), &BTreeMap::new()).unwrap();
        let table = [
            ("Shop", "Body.paths./a.b.get", "`Events.List` of `Orders`"),
            ("Shop", "Body.paths./a.b/{id}.get", "`Events.One` of `Orders`"),
            ("Shop", "Body.paths./a.b.options", "`Cors` of `Shop`"),
            ("Shop", "Body.paths", "`Shop`"),
            ("ShopliveStage", "TracingEnabled", "`TracingEnabled` of `Shop`"),
            ("OrdersListPermissionlive", "SourceArn", "`Events.List` of `Orders`"),
        ];
        for (resource, path, expected) in table {
            assert_eq!(expanded.origins[resource].find(path).to_string(), expected, "{resource} {path}");
        }
    }
}
