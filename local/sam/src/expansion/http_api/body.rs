//! What an HTTP API is defined by: an OpenAPI document in the template or in a file.

use serde_json::{Map, Value, json};

use super::authorizers::Authorizers;
use super::document::Document;
use super::{cors, routes, security};
use crate::expansion::generated::Generated;
use crate::expansion::http_route::HttpRoute;
use crate::expansion::resource::SamResource;
use crate::expansion::s3::Upload;
use crate::expansion::source::Source;
use crate::expansion::state::Expansion;
use crate::intrinsic::reference;
use crate::problem::Problem;

/// Where an API is defined.
#[derive(Clone, Debug)]
pub(super) enum Body<'s> {
    /// In the template.
    Document(Document),
    /// In the template, but not readable as OpenAPI 3: it may be an intrinsic.
    Unknown(Source<'s>),
    /// In a file, which SAM does not read.
    File(Source<'s>),
}

impl<'s> Body<'s> {
    /// Reads `DefinitionBody` or `DefinitionUri`.
    pub(super) fn read(resource: &SamResource<'s>) -> Result<Self, Problem> {
        let given = |name| resource.get(name).filter(Source::is_set);
        match (given("DefinitionBody"), given("DefinitionUri")) {
            (Some(_), Some(uri)) => {
                Err(uri.problem("is there as well as `DefinitionBody`", "write only one of the two"))
            }
            (Some(body), None) => match Document::parse(body.value(), body.place()) {
                Some(document) => Ok(Self::Document(document)),
                None => Ok(Self::Unknown(body)),
            },
            (None, Some(uri)) => Ok(Self::File(uri)),
            (None, None) => Ok(Self::Document(Document::managed(resource.properties.place().clone()))),
        }
    }

    /// Whether SAM puts tags into the document.
    pub(super) fn takes_tags(&self) -> bool {
        matches!(self, Self::Document(_))
    }

    /// The document, which `property` changes.
    ///
    /// # Errors
    /// There is not a document that can be changed.
    fn change(&mut self, property: &Source<'_>) -> Result<&mut Document, Problem> {
        match self {
            Self::Document(document) => Ok(document),
            Self::Unknown(body) => Err(unreadable(body)),
            Self::File(_) => {
                let hint = "write the API in `DefinitionBody`, or set this in its file";
                Err(property.problem("has no effect on an API with `DefinitionUri`", hint))
            }
        }
    }

    /// Adds the routes of events, and what the API's own properties say.
    pub(super) fn complete(
        &mut self,
        resource: &SamResource<'_>,
        routes: &[HttpRoute],
        authorizers: &Authorizers<'_>,
        expansion: &mut Expansion<'_>,
    ) -> Result<(), Problem> {
        match (&mut *self, routes.first()) {
            (Self::Document(document), _) => {
                for route in routes {
                    routes::add(document, route, authorizers)?;
                }
            }
            (Self::Unknown(body), Some(_)) => return Err(unreadable(body)),
            (Self::Unknown(_) | Self::File(_), _) => {}
        }
        self.apply(resource, authorizers, expansion)?;
        if let Self::Document(document) = self {
            if document.is_managed {
                routes::make_paths_conditional(document, routes, resource.logical_id, &mut expansion.conditions);
            }
            if resource.get("FailOnWarnings").is_some_and(|fail| fail.is_set()) {
                document.rename_default_path();
            }
        }
        Ok(())
    }

    fn apply(
        &mut self,
        resource: &SamResource<'_>,
        authorizers: &Authorizers<'_>,
        expansion: &Expansion<'_>,
    ) -> Result<(), Problem> {
        let given = |name| resource.get(name).filter(Source::is_set);
        if let Some(written) = resource.get("CorsConfiguration") {
            let resolved = expansion.resolve(written.value());
            let cors = Source::new(&resolved, written.place().clone());
            if cors.is_set() {
                cors::add(self.change(&cors)?, &cors)?;
            }
        }
        if let Some(auth) = given("Auth") {
            let document = self.change(&auth)?;
            authorizers.add_to(document)?;
            security::set_default(document, authorizers)?;
        }
        if let Some(tags) = given("Tags") {
            self.change(&tags)?;
        }
        if let Self::Document(document) = self {
            add_tags(document, resource)?;
        }
        if let Some(disable) = resource.get("DisableExecuteApiEndpoint") {
            disable_endpoint(self.change(&disable)?, &disable)?;
        }
        for (property, key, replaced) in
            [("Name", "title", reference("AWS::StackName")), ("Description", "description", Value::Null)]
        {
            if let Some(text) = given(property) {
                set_info(self.change(&text)?, &text, key, &replaced)?;
            }
        }
        Ok(())
    }

    /// Sets the property of the API that says where it is defined.
    pub(super) fn define(self, api: Generated) -> Result<Generated, Problem> {
        match self {
            Self::Document(document) => Ok(document.define(api)),
            Self::Unknown(body) => Ok(api.set_from("Body", Some(body))),
            Self::File(uri) => Ok(api
                .written_at("BodyS3Location", uri.place())
                .set("BodyS3Location", Upload::read(&uri)?.definition())),
        }
    }
}

fn unreadable(body: &Source<'_>) -> Problem {
    body.problem("is not an OpenAPI 3 document", "write `openapi: 3.0.1` and `paths`")
}

/// Tags of the API, which a document has as a list.
fn add_tags(document: &mut Document, resource: &SamResource<'_>) -> Result<(), Problem> {
    const VALUE: &str = "x-amazon-apigateway-tag-value";
    if let Some(tags) = resource.get("Tags") {
        document.write_place(&["tags"], tags.place());
    }
    let problem = document.must_be(&["tags"], "a list of maps");
    let existing = document.part_mut("tags");
    if existing.is_null() {
        *existing = json!([]);
    }
    let existing = existing.as_array_mut().filter(|tags| tags.iter().all(Value::is_object)).ok_or(problem)?;
    for (name, value) in super::tags(resource) {
        match existing.iter_mut().find(|tag| tag["name"] == name.as_str()) {
            Some(tag) => tag[VALUE] = value,
            None => existing.push(json!({"name": name, VALUE: value})),
        }
    }
    Ok(())
}

/// Sets in all servers whether the API has no endpoint but custom domains.
fn disable_endpoint(document: &mut Document, disable: &Source<'_>) -> Result<(), Problem> {
    const CONFIGURATION: &str = "x-amazon-apigateway-endpoint-configuration";
    document.write_place(&["servers"], disable.place());
    let problem = document.must_be(&["servers"], "a list of maps");
    let servers = document.part_mut("servers");
    if servers.is_null() {
        *servers = json!([{}]);
    }
    for server in servers.as_array_mut().ok_or_else(|| problem.clone())? {
        let server = server.as_object_mut().ok_or_else(|| problem.clone())?;
        let configuration = server.entry(CONFIGURATION).or_insert(Value::Null);
        if !configuration.is_object() {
            *configuration = json!({});
        }
        configuration["disableExecuteApiEndpoint"] = disable.value().clone();
    }
    Ok(())
}

/// Sets an entry of `info`, which must be `replaced` before.
fn set_info(document: &mut Document, text: &Source<'_>, key: &str, replaced: &Value) -> Result<(), Problem> {
    let info: &mut Map<String, Value> = document.map_mut("info")?;
    if info.get(key).unwrap_or(&Value::Null) != replaced {
        let hint = format!("remove it, or `info.{key}` of `DefinitionBody`");
        return Err(text.problem(&format!("and `info.{key}` of `DefinitionBody` exclude each other"), &hint));
    }
    info.insert(key.to_owned(), text.value().clone());
    document.write_place(&["info", key], text.place());
    Ok(())
}
