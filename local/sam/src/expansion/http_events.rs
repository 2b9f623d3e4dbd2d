//! `HttpApi` events of functions: routes of HTTP APIs.

use serde_json::{Value, json};

use super::events::Event;
use super::generated::Generated;
use super::http_api::document::{ANY_METHOD, DEFAULT_PATH, integrates};
use super::invoked::Invoked;
use super::place::Place;
use super::schema::{self, Kind, Property, optional};
use super::source::Source;
use super::{Expansion, implicit_http_api};
use crate::intrinsic::{reference, referenced, substitution_with};
use crate::problem::Problem;

const PROPERTIES: [Property; 8] = [
    optional("Path", Kind::Text),
    optional("Method", Kind::Text),
    optional("ApiId", Kind::Text),
    optional("Stage", Kind::Text),
    optional("Auth", Kind::Map),
    optional("TimeoutInMillis", Kind::Integer),
    optional("RouteSettings", Kind::Map),
    optional("PayloadFormatVersion", Kind::Text),
];

/// A route that an event adds to an HTTP API.
#[derive(Clone, Debug)]
pub(super) struct HttpRoute {
    /// `/a/{b}`, or [`DEFAULT_PATH`].
    pub(super) path: String,
    /// In lower case, or [`ANY_METHOD`].
    pub(super) method: String,
    /// What `RouteSettings` of a stage calls it.
    pub(super) key: String,
    pub(super) function: Invoked,
    /// The condition of the function.
    pub(super) condition: Option<String>,
    /// The event.
    pub(super) place: Place,
    properties: Value,
    properties_place: Place,
}

impl HttpRoute {
    fn read(event: &Event<'_>) -> Result<Self, Problem> {
        let (path, method) = if given(event, "Path") || given(event, "Method") {
            (event.properties.require("Path")?.text()?, event.properties.require("Method")?.text()?)
        } else {
            (DEFAULT_PATH, ANY_METHOD)
        };
        let key = if method == ANY_METHOD { path.to_owned() } else { format!("{} {path}", method.to_uppercase()) };
        let method = match method.to_lowercase() {
            any if any == "any" => ANY_METHOD.to_owned(),
            method => method,
        };
        Ok(Self {
            path: path.to_owned(),
            method,
            key,
            function: event.invoked.clone(),
            condition: event.resource.condition().map(str::to_owned),
            place: event.place.clone(),
            properties: event.properties.value().clone(),
            properties_place: event.properties.place().clone(),
        })
    }

    /// A property of the event.
    pub(super) fn get(&self, name: &str) -> Option<Source<'_>> {
        Source::new(&self.properties, self.properties_place.clone()).get(name)
    }

    /// Whether this takes all requests that have no route of their own.
    fn is_default(&self) -> bool {
        self.path == DEFAULT_PATH && self.method == ANY_METHOD
    }

    /// The method and the path of the requests that may invoke the function, as the end of an ARN.
    fn permitted(&self) -> String {
        let path = self.path.strip_suffix('/').filter(|rest| !rest.is_empty()).unwrap_or(&self.path);
        let path = if path == DEFAULT_PATH { String::new() } else { with_wildcards(path) };
        match self.method.as_str() {
            ANY_METHOD if path == "/$default" => path,
            ANY_METHOD => format!("/*{path}"),
            method => format!("/{}{path}", method.to_uppercase()),
        }
    }
}

/// Whether the event has a property that is not empty.
fn given(event: &Event<'_>, name: &str) -> bool {
    event.properties.get(name).is_some_and(|value| value.value() != "")
}

/// `path` with `*` in place of its parameters.
fn with_wildcards(path: &str) -> String {
    let is_name = |name: &str| {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        name == "proxy+" || !name.is_empty() && name.bytes().all(fits)
    };
    let mut pieces = path.split('{');
    let mut replaced = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        match piece.split_once('}').filter(|(name, _)| is_name(name)) {
            Some((_, after)) => replaced.extend(["*", after]),
            None => replaced.extend(["{", piece]),
        }
    }
    replaced
}

/// Permits the API to invoke the function, and keeps the route until the API is expanded.
pub(super) fn expand(event: &Event<'_>, expansion: &mut Expansion<'_>) -> Result<(), Problem> {
    schema::check(&event.properties, &[&PROPERTIES], expansion)?;
    let route = HttpRoute::read(event)?;
    let api_id = event.properties.get("ApiId");
    let api = match &api_id {
        None => implicit_http_api::LOGICAL_ID,
        Some(api_id) => {
            let name = api_id.value().as_str().or_else(|| referenced(api_id.value()));
            name.filter(|name| may_be_http_api(expansion.source_resource(name))).ok_or_else(|| {
                api_id.problem(
                    "is not an HTTP API of the template",
                    "write `!Ref` with the id of an `AWS::Serverless::HttpApi`",
                )
            })?
        }
    };
    if route.is_default() || !is_default_of(event, api, expansion) {
        let api_id = api_id.map_or_else(|| reference(api), |api_id| api_id.value().clone());
        expansion.add(permission(event, &route, &api_id))?;
    }
    expansion.http_routes.entry(api.to_owned()).or_default().push(route);
    Ok(())
}

/// Whether SAM accepts the resource as `ApiId`: an event of a resource that is not SAM's gets a permission only.
fn may_be_http_api(resource: Option<&Value>) -> bool {
    resource.is_some_and(|resource| resource["Type"] != "AWS::Serverless::Api")
}

/// Whether the function has a permission for all requests already, because it serves the API's default route. SAM does not
/// see this of an alias.
fn is_default_of(event: &Event<'_>, api: &str, expansion: &Expansion<'_>) -> bool {
    if event.invoked.alias.is_some() {
        return false;
    }
    let function = &event.invoked.logical_id;
    let item = expansion.source_resource(api).map(|api| &api["Properties"]["DefinitionBody"]["paths"][DEFAULT_PATH]);
    let routes = expansion.http_routes.get(api).into_iter().flatten();
    let mut added = routes.filter(|route| route.is_default()).map(|route| &route.function.logical_id);
    item.is_some_and(|item| integrates(item, ANY_METHOD, function)) || added.next() == Some(function)
}

fn permission(event: &Event<'_>, route: &HttpRoute, api_id: &Value) -> Generated {
    let arn = "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${__ApiId__}/${__Stage__}";
    let mut source_arn = substitution_with(format!("{arn}{}", route.permitted()), "__ApiId__", api_id.clone());
    source_arn["Fn::Sub"][1]["__Stage__"] = json!("*");
    Generated::new(format!("{}Permission", event.id), "AWS::Lambda::Permission", &event.resource, &event.place)
        .attributes(event.resource.shared_attributes())
        .set("Action", "lambda:InvokeFunction")
        .set("FunctionName", event.invoked.name())
        .set("Principal", "apigateway.amazonaws.com")
        .set("SourceArn", source_arn)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_of_a_path_become_wildcards() {
        let table = [
            ("/a", "/a"),
            ("/a/{b}/c/{proxy+}", "/a/*/c/*"),
            ("/{a b}/{c", "/{a b}/{c"),
            ("/{a{b}", "/{a*"),
            ("/{}", "/{}"),
        ];
        for (path, expected) in table {
            assert_eq!(with_wildcards(path), expected, "{path}");
        }
    }
}
