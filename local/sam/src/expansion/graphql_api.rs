//! `AWS::Serverless::GraphQLApi`: an `AppSync` API with its schema, data sources and resolvers.

mod auth;
mod code;
mod data_sources;
mod part;

use serde_json::{Value, json};

use self::part::GraphQlApi;
use super::generated::Generated;
use super::resource::SamResource;
use super::schema::{self, Kind, Property, optional, required};
use super::source::Source;
use super::state::Expansion;
use super::tags;
use crate::intrinsic::{attribute, reference, substitution};
use crate::problem::Problem;

const PROPERTIES: [Property; 18] = [
    optional("Name", Kind::Any),
    optional("Tags", Kind::Map),
    optional("XrayEnabled", Kind::Any),
    required("Auth", Kind::Map),
    optional("SchemaInline", Kind::Text),
    optional("SchemaUri", Kind::Text),
    optional("Logging", Kind::Any),
    optional("DataSources", Kind::Map),
    optional("Functions", Kind::Map),
    optional("Resolvers", Kind::Map),
    optional("ApiKeys", Kind::Map),
    optional("DomainName", Kind::Map),
    optional("Cache", Kind::Map),
    optional("Visibility", Kind::Any),
    optional("OwnerContact", Kind::Any),
    optional("IntrospectionConfig", Kind::Any),
    optional("QueryDepthLimit", Kind::Any),
    optional("ResolverCountLimit", Kind::Any),
];
/// Properties of the API that the generated one has too.
const COPIED: [&str; 6] =
    ["XrayEnabled", "Visibility", "OwnerContact", "IntrospectionConfig", "QueryDepthLimit", "ResolverCountLimit"];
const API_KEY: [Property; 3] =
    [optional("ApiKeyId", Kind::Any), optional("Description", Kind::Any), optional("ExpiresOn", Kind::Any)];
const CACHE: [Property; 5] = [
    required("ApiCachingBehavior", Kind::Any),
    required("Ttl", Kind::Any),
    required("Type", Kind::Any),
    optional("AtRestEncryptionEnabled", Kind::Any),
    optional("TransitEncryptionEnabled", Kind::Any),
];
const DOMAIN_NAME: [Property; 3] =
    [required("CertificateArn", Kind::Any), required("DomainName", Kind::Any), optional("Description", Kind::Any)];
const LOGGING: [Property; 3] = [
    optional("CloudWatchLogsRoleArn", Kind::Any),
    optional("ExcludeVerboseContent", Kind::Any),
    optional("FieldLogLevel", Kind::Any),
];

/// Generates the resources of the API.
pub(super) fn expand<'s>(resource: &SamResource<'s>, expansion: &mut Expansion<'s>) -> Result<(), Problem> {
    schema::check(&resource.properties, &[&PROPERTIES], expansion)?;
    let api = GraphQlApi { resource };
    api.expand_api(expansion)?;
    expansion.add(api.schema()?)?;
    api.expand_keys(expansion)?;
    api.expand_cache(expansion)?;
    api.expand_domain_name(expansion)?;
    let data_sources = data_sources::expand(&api, expansion)?;
    code::expand(&api, data_sources, expansion)
}

impl GraphQlApi<'_, '_> {
    fn expand_api(&self, expansion: &mut Expansion<'_>) -> Result<(), Problem> {
        let resource = self.resource;
        let name = resource.get("Name").map_or_else(|| resource.logical_id.into(), |name| name.value().clone());
        let mut tags = tags::map(&[], resource.get("Tags").as_ref())?;
        tags.insert("graphqlapi:createdBy".to_owned(), "SAM".into());
        let tags: Vec<_> = tags.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect();
        let place = resource.properties.place();
        let api = self
            .start("", "AWS::AppSync::GraphQLApi", place)
            .set("Name", name)
            .set("Tags", tags)
            .copy(&resource.properties, &COPIED);
        let api = auth::set(api, self, expansion)?;
        let api = api.set_some("LogConfig", self.log_configuration(expansion)?);
        expansion.add(api)
    }

    /// `LogConfig` of the API, with the generated role if the author names none; `None` without logs.
    fn log_configuration(&self, expansion: &mut Expansion<'_>) -> Result<Option<Value>, Problem> {
        let logging = self.resource.get("Logging");
        if logging.as_ref().is_some_and(|logging| logging.value() == false) {
            return Ok(None);
        }
        let written = logging.as_ref().filter(|logging| !logging.is_true());
        if let Some(written) = written {
            written.map()?;
            schema::check(written, &[&LOGGING], expansion)?;
        }
        let mut configuration = json!({"FieldLogLevel": "ALL"});
        for (name, value) in written.map(Source::entries).transpose()?.into_iter().flatten() {
            configuration[name] = value.value().clone();
        }
        if configuration.get("CloudWatchLogsRoleArn").is_none() {
            let managed = "arn:${AWS::Partition}:iam::aws:policy/service-role/AWSAppSyncPushToCloudWatchLogs";
            let place = logging.as_ref().map_or(self.resource.properties.place(), Source::place);
            let role = self.role("CloudWatchRole", place).set("ManagedPolicyArns", vec![substitution(managed)]);
            configuration["CloudWatchLogsRoleArn"] = attribute(&role.logical_id, "Arn");
            expansion.add(role)?;
        }
        Ok(Some(configuration))
    }

    fn schema(&self) -> Result<Generated, Problem> {
        let resource = self.resource;
        let (name, source) = match (resource.get("SchemaInline"), resource.get("SchemaUri")) {
            (Some(text), None) => ("Definition", text),
            (None, Some(uri)) => ("DefinitionS3Location", uri),
            (None, None) => {
                return Err(resource.problem("has no schema", "give it `SchemaInline` or `SchemaUri`"));
            }
            (Some(_), Some(_)) => {
                return Err(resource.problem("has both `SchemaInline` and `SchemaUri`", "remove one of them"));
            }
        };
        let schema = self.part("Schema", "AWS::AppSync::GraphQLSchema", source.place());
        Ok(schema.set_from(name, Some(source)))
    }

    fn expand_keys(&self, expansion: &mut Expansion<'_>) -> Result<(), Problem> {
        let keys = self.resource.get("ApiKeys").map(|keys| keys.entries()).transpose()?;
        for (name, key) in keys.into_iter().flatten() {
            schema::check(&key, &[&API_KEY], expansion)?;
            let generated = self.part(name, "AWS::AppSync::ApiKey", key.place());
            let generated = generated.copy(&key, &["ApiKeyId", "Description"]);
            expansion.add(generated.set_from("Expires", key.get("ExpiresOn")))?;
        }
        Ok(())
    }

    fn expand_cache(&self, expansion: &mut Expansion<'_>) -> Result<(), Problem> {
        let Some(cache) = self.resource.get("Cache") else { return Ok(()) };
        schema::check(&cache, &[&CACHE], expansion)?;
        let generated = self.part("ApiCache", "AWS::AppSync::ApiCache", cache.place());
        expansion.add(generated.copy(&cache, &CACHE.map(|property| property.name)))
    }

    fn expand_domain_name(&self, expansion: &mut Expansion<'_>) -> Result<(), Problem> {
        let Some(domain) = self.resource.get("DomainName") else { return Ok(()) };
        schema::check(&domain, &[&DOMAIN_NAME], expansion)?;
        let name = self.start("DomainName", "AWS::AppSync::DomainName", domain.place());
        let association =
            self.part("DomainNameApiAssociation", "AWS::AppSync::DomainNameApiAssociation", domain.place());
        let association = association.set("DomainName", reference(&name.logical_id));
        expansion.add(name.copy(&domain, &DOMAIN_NAME.map(|property| property.name)))?;
        expansion.add(association)
    }
}
