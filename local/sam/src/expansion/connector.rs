//! `AWS::Serverless::Connector`: what one resource may do with others. Connectors see what all else expands to.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::connector_end::{End, resource_id};
use super::connector_profiles::{self, GeneratedKind, Profile, Waiting};
use super::generated::Generated;
use super::resource::SamResource;
use super::schema::{self, Kind, Property, required};
use super::source::Source;
use super::state::Expansion;
use crate::problem::Problem;

const PROPERTIES: [Property; 3] =
    [required("Source", Kind::Map), required("Destination", Kind::Any), required("Permissions", Kind::Any)];

/// Generates what allows the permissions, for each destination.
pub(super) fn expand<'s>(resource: &SamResource<'s>, expansion: &mut Expansion<'s>) -> Result<(), Problem> {
    connect(resource, expansion)
}

/// The same for a connector that another resource of SAM's implies.
pub(super) fn connect(resource: &SamResource<'_>, expansion: &mut Expansion<'_>) -> Result<(), Problem> {
    schema::check(&resource.properties, &[&PROPERTIES], expansion)?;
    let mut source = resource.properties.require("Source")?;
    if resource.is_embedded() {
        source = Source::new(source.value(), resource.properties.place().clone());
    }
    let destination = resource.properties.require("Destination")?;
    let mut generated = Vec::new();
    for (index, one) in destination.items_or_self().iter().enumerate() {
        let connection = Connection {
            resource,
            source: End::read(&source, one, expansion)?,
            destination: End::read(one, &source, expansion)?,
            suffix: if destination.value().is_array() { format!("Destination{index}") } else { String::new() },
        };
        let profile = connection.profile()?;
        for policy in connection.generate(profile)? {
            connection.let_wait(profile, &policy.logical_id, expansion);
            generated.push(policy.logical_id.clone());
            expansion.add(policy)?;
        }
    }
    if generated.is_empty() {
        return Err(destination.problem("is empty", "name at least one destination"));
    }
    expansion.replace_dependency(resource.logical_id, generated);
    Ok(())
}

/// A connector's source and one of its destinations.
struct Connection<'a, 's> {
    resource: &'a SamResource<'s>,
    source: End<'s>,
    destination: End<'s>,
    /// The end of generated ids.
    suffix: String,
}

impl Connection<'_, '_> {
    fn profile(&self) -> Result<&'static Profile, Problem> {
        let (source, destination) = (&self.source.kind, &self.destination.kind);
        connector_profiles::profile(source, destination).ok_or_else(|| {
            let message = format!("connects `{source}` to `{destination}`, which SAM does not support");
            self.resource.problem(&message, "write the policy or the permission as a resource")
        })
    }

    /// The resources that allow the permissions.
    fn generate(&self, profile: &Profile) -> Result<Vec<Generated>, Problem> {
        let allowed = self.allowed(profile)?;
        let owner = if profile.rules.source_policy { &self.source } else { &self.destination };
        let (name, kind, property, value, attribute) = match profile.generated {
            GeneratedKind::LambdaPermission => return self.lambda_permissions(&allowed, owner),
            GeneratedKind::ManagedPolicy => ("Policy", "AWS::IAM::ManagedPolicy", "Roles", owner.role()?, "RoleName"),
            GeneratedKind::QueuePolicy => {
                ("QueuePolicy", "AWS::SQS::QueuePolicy", "Queues", owner.attribute("QueueUrl")?, "QueueUrl")
            }
            GeneratedKind::TopicPolicy => {
                ("TopicPolicy", "AWS::SNS::TopicPolicy", "Topics", owner.attribute("Arn")?, "Arn")
            }
        };
        let statements = allowed.values().filter_map(|category| category["Statement"].as_array()).flatten();
        let document = json!({"Version": "2012-10-17", "Statement": statements.collect::<Vec<_>>()});
        let policy = self.start(name, kind).set("PolicyDocument", document).set(property, vec![value]);
        Ok(vec![policy.written_at(&format!("{property}[0]"), &owner.place_of(attribute))])
    }

    /// A Lambda permission for each permission of the connector.
    fn lambda_permissions(&self, allowed: &Map<String, Value>, owner: &End<'_>) -> Result<Vec<Generated>, Problem> {
        let function = owner.attribute("Arn")?;
        let permissions = allowed.iter().map(|(permission, properties)| {
            let name = format!("{permission}LambdaPermission");
            let generated = self.start(&name, "AWS::Lambda::Permission").set("FunctionName", function.clone());
            let properties = properties.as_object().into_iter().flatten();
            let generated = properties.fold(generated, |one, (name, value)| one.set(name, value.clone()));
            generated.written_at("FunctionName", &owner.place_of("Arn"))
        });
        Ok(permissions.collect())
    }

    /// A generated resource with the attributes of the connector.
    fn start(&self, name: &str, kind: &'static str) -> Generated {
        let resource = self.resource;
        let logical_id = format!("{}{name}{}", resource.logical_id, self.suffix);
        let connection = json!({
            "Source": {"Type": self.source.source_kind},
            "Destination": {"Type": self.destination.source_kind},
        });
        let metadata = resource.attribute("Metadata").and_then(Value::as_object);
        let mut metadata = metadata.cloned().unwrap_or_default();
        metadata.insert("aws:sam:connectors".to_owned(), json!({resource.logical_id: connection}));
        Generated::new(logical_id, kind, resource, resource.properties.place())
            .attributes(resource.main_attributes())
            .attribute("Metadata", metadata)
    }

    /// What the permissions of the connector allow, in the order of the table.
    fn allowed(&self, profile: &Profile) -> Result<Map<String, Value>, Problem> {
        let rules = &profile.rules;
        let permissions = self.permissions(profile)?;
        let values: BTreeMap<_, _> =
            self.source.values("Source").chain(self.destination.values("Destination")).collect();
        let mut allowed = Map::new();
        for (permission, category) in &rules.access_categories {
            let category = connector_profiles::fill(category, &values).map_err(|placeholder| {
                match placeholder.strip_prefix("Source.") {
                    Some(attribute) => self.source.missing(attribute),
                    None => self.destination.missing(placeholder.trim_start_matches("Destination.")),
                }
            })?;
            if permissions.contains(&permission.as_str()) {
                allowed.insert(permission.clone(), category);
            }
        }
        Ok(allowed)
    }

    /// The permissions that the author wrote.
    fn permissions(&self, profile: &Profile) -> Result<Vec<&str>, Problem> {
        let source = self.resource.properties.require("Permissions")?;
        let mut permissions = source.items()?.iter().map(Source::text).collect::<Result<Vec<_>, _>>()?;
        permissions.sort_unstable();
        permissions.dedup();
        let Profile { rules, .. } = profile;
        let is_valid = !permissions.is_empty()
            && permissions.iter().all(|permission| rules.access_categories.contains_key(*permission));
        let combinations = &rules.valid_access_categories;
        if is_valid && (combinations.is_empty() || combinations.iter().any(|valid| same(valid, &permissions))) {
            return Ok(permissions);
        }
        let valid: Vec<String> = match combinations.as_slice() {
            [] => rules.access_categories.keys().map(|permission| format!("`{permission}`")).collect(),
            combinations => combinations.iter().map(|valid| format!("`[{}]`", valid.join(", "))).collect(),
        };
        let connected = format!("`{}` to `{}`", self.source.kind, self.destination.kind);
        let message = format!("is not what SAM supports from {connected}");
        let separator = if combinations.is_empty() { ", " } else { " or " };
        Err(source.problem(&message, &format!("write {}", valid.join(separator))))
    }

    /// Lets the resource that needs the generated one wait for it.
    fn let_wait(&self, profile: &Profile, generated: &str, expansion: &mut Expansion<'_>) {
        let (Some(waiting), Some(source)) = (profile.rules.depended_by, self.source.logical_id) else { return };
        let waiting = match waiting {
            Waiting::Source => Some(source.to_owned()),
            Waiting::EventSourceMapping => {
                self.destination.logical_id.and_then(|function| only_mapping(source, function, expansion))
            }
        };
        if let Some(waiting) = waiting {
            expansion.add_dependency(&waiting, generated);
        }
    }
}

/// Whether `valid` has these permissions, which are sorted.
fn same(valid: &[String], permissions: &[&str]) -> bool {
    let mut valid: Vec<&str> = valid.iter().map(String::as_str).collect();
    valid.sort_unstable();
    valid == permissions
}

/// The mapping of `source` to `function`, if it is the only one.
fn only_mapping(source: &str, function: &str, expansion: &Expansion<'_>) -> Option<String> {
    let mut mappings = expansion.resources().filter(|(_, body)| {
        let properties = &body["Properties"];
        body["Type"] == "AWS::Lambda::EventSourceMapping"
            && resource_id(&properties["FunctionName"]) == Some(function)
            && resource_id(&properties["EventSourceArn"]) == Some(source)
    });
    let (logical_id, _) = mappings.next()?;
    mappings.next().is_none().then(|| logical_id.clone())
}
