//! The source or the destination of a connector.

use std::collections::BTreeMap;

use serde_json::Value;

use super::connector_profiles::{self, ResourceType, RolePlace};
use super::place::Place;
use super::source::Source;
use super::state::Expansion;
use crate::intrinsic;
use crate::problem::Problem;

/// What a connector may know of a resource, by the name in AWS's table and by that in the template.
const ATTRIBUTES: [(&str, &str); 5] =
    [("Arn", "Arn"), ("Url", "QueueUrl"), ("Id", "ResourceId"), ("Name", "Name"), ("Qualifier", "Qualifier")];

/// Types of CloudFormation's that stand for types of SAM's.
const GENERATED: [(&str, &str); 5] = [
    ("AWS::Serverless::Function", "AWS::Lambda::Function"),
    ("AWS::Serverless::StateMachine", "AWS::StepFunctions::StateMachine"),
    ("AWS::Serverless::Api", "AWS::ApiGateway::RestApi"),
    ("AWS::Serverless::HttpApi", "AWS::ApiGatewayV2::Api"),
    ("AWS::Serverless::SimpleTable", "AWS::DynamoDB::Table"),
];

/// One of the two resources that a connector connects.
#[derive(Debug)]
pub(super) struct End<'s> {
    description: Source<'s>,
    /// The id of a resource of the template.
    pub(super) logical_id: Option<&'s str>,
    /// Its type as CloudFormation knows it.
    pub(super) kind: String,
    /// Its type as the author wrote it.
    pub(super) source_kind: String,
    attributes: BTreeMap<&'static str, Value>,
    role: Option<Value>,
}

impl<'s> End<'s> {
    /// Reads `description`, which is an id or some attributes, and `other`, the other end's.
    ///
    /// # Errors
    /// It is neither, or the template does not have the resource.
    pub(super) fn read(
        description: &Source<'s>,
        other: &Source<'_>,
        expansion: &Expansion<'_>,
    ) -> Result<Self, Problem> {
        let described = description.map()?.keys().any(|key| !["Id", "Qualifier"].contains(&key.as_str()));
        match (description.get("Id"), described) {
            (Some(id), false) => Self::of_resource(description, id.text()?, other, expansion),
            (None, true) => Self::of_attributes(description),
            _ => {
                let message = "does not say which resource it is";
                Err(description.problem(message, "write `Id`, or `Type` with attributes such as `Arn`"))
            }
        }
    }

    fn of_resource(
        description: &Source<'s>,
        logical_id: &'s str,
        other: &Source<'_>,
        expansion: &Expansion<'_>,
    ) -> Result<Self, Problem> {
        let unknown = || {
            let message = format!("needs `{logical_id}`, which is not a resource of the template");
            description.problem(&message, "name a resource of the template")
        };
        let resource = expansion.resource(logical_id).ok_or_else(unknown)?;
        let kind = resource["Type"].as_str().ok_or_else(unknown)?;
        let source_kind = expansion.source_resource(logical_id).and_then(|source| source["Type"].as_str());
        let resource_type = connector_profiles::resource_type(kind);
        let mut attributes = resource_type.map(|known| attributes(known, logical_id)).unwrap_or_default();
        attributes.extend(description.get("Qualifier").map(|qualifier| ("Qualifier", qualifier.value().clone())));
        let role = resource_type.and_then(ResourceType::role).and_then(|place| role(place, resource, other));
        Ok(Self {
            description: description.clone(),
            logical_id: Some(logical_id),
            kind: kind.to_owned(),
            source_kind: source_kind.unwrap_or(kind).to_owned(),
            attributes,
            role,
        })
    }

    fn of_attributes(description: &Source<'s>) -> Result<Self, Problem> {
        let kind = description.require("Type")?.text()?;
        let kind = GENERATED.iter().find(|(sam, _)| *sam == kind).map_or(kind, |(_, generated)| generated);
        let attributes =
            ATTRIBUTES.iter().filter_map(|(_, name)| Some((*name, description.get(name)?.value().clone())));
        Ok(Self {
            description: description.clone(),
            logical_id: None,
            kind: kind.to_owned(),
            source_kind: kind.to_owned(),
            attributes: attributes.collect(),
            role: description.get("RoleName").map(|role| role.value().clone()),
        })
    }

    /// What placeholders that begin with `name`, such as `%{Source.Arn}`, stand for.
    pub(super) fn values(&self, name: &str) -> impl Iterator<Item = (String, Value)> {
        self.attributes.iter().map(move |(attribute, value)| (format!("{name}.{attribute}"), value.clone()))
    }

    /// An attribute such as `Arn`.
    ///
    /// # Errors
    /// The connector does not know it.
    pub(super) fn attribute(&self, name: &str) -> Result<Value, Problem> {
        self.attributes.get(name).cloned().ok_or_else(|| self.missing(name))
    }

    /// The name of its role.
    ///
    /// # Errors
    /// The connector does not know it.
    pub(super) fn role(&self) -> Result<Value, Problem> {
        match (&self.role, self.logical_id) {
            (Some(role), _) => Ok(role.clone()),
            (None, None) => Err(self.missing("RoleName")),
            (None, Some(logical_id)) => {
                let message = format!("needs the role of `{logical_id}`, which is not a resource of the template");
                let hint = "use a role of the template, or write `Type` and `RoleName` instead of `Id`";
                Err(self.description.problem(&message, hint))
            }
        }
    }

    /// The problem that the author has to write an attribute.
    pub(super) fn missing(&self, name: &str) -> Problem {
        self.description.problem(&format!("has no `{name}`"), &format!("give it `{name}`"))
    }

    /// Where the author wrote an attribute, or the id that implies it.
    pub(super) fn place_of(&self, name: &str) -> Place {
        match self.logical_id {
            Some(_) => self.description.place().clone(),
            None => self.description.place().below(name),
        }
    }
}

/// The attributes of a resource of the template.
fn attributes(known: &ResourceType, logical_id: &str) -> BTreeMap<&'static str, Value> {
    let values = BTreeMap::from([("logicalId".to_owned(), Value::from(logical_id))]);
    let attributes = ATTRIBUTES.iter().filter_map(|(output, name)| {
        let value = connector_profiles::fill(known.outputs.get(*output)?, &values).ok()?;
        Some((*name, value))
    });
    attributes.collect()
}

/// The role that `resource` names at `place`, if it is a resource of the template.
fn role(place: &RolePlace, resource: &Value, other: &Source<'_>) -> Option<Value> {
    let properties = &resource["Properties"];
    let role = match place {
        RolePlace::Property(name) => properties.get(name)?,
        RolePlace::Target { .. } => {
            let (id, arn) = (other.get("Id"), other.get("Arn"));
            let is_other = |target: &&Value| {
                let target = &target["Arn"];
                let target_id = resource_id(target);
                target_id.is_some() && target_id == id.as_ref().and_then(|id| id.value().as_str())
                    || arn.as_ref().is_some_and(|arn| arn.value() == target)
            };
            properties["Targets"].as_array()?.iter().find(is_other)?.get("RoleArn")?
        }
    };
    resource_id(role).map(intrinsic::reference)
}

/// The resource that a `Ref` or an `Fn::GetAtt` names.
pub(super) fn resource_id(value: &Value) -> Option<&str> {
    intrinsic::referenced(value).or_else(|| intrinsic::attribute_of(value).map(|(logical_id, _)| logical_id))
}
