//! What the parts of a GraphQL API have in common.

use serde_json::{Value, json};

use crate::expansion::connector;
use crate::expansion::generated::Generated;
use crate::expansion::place::Place;
use crate::expansion::resource::SamResource;
use crate::expansion::state::Expansion;
use crate::intrinsic::attribute;
use crate::problem::Problem;

/// The API that is expanded.
pub(super) struct GraphQlApi<'a, 's> {
    pub(super) resource: &'a SamResource<'s>,
}

impl GraphQlApi<'_, '_> {
    /// The id of the API and `suffix`.
    pub(super) fn id(&self, suffix: &str) -> String {
        format!("{}{suffix}", self.resource.logical_id)
    }

    /// A resource, generated from what is at `place`, with the attributes of the API.
    pub(super) fn start(&self, suffix: &str, kind: &'static str, place: &Place) -> Generated {
        Generated::new(self.id(suffix), kind, self.resource, place).attributes(self.resource.main_attributes())
    }

    /// The same for a part of the API.
    pub(super) fn part(&self, suffix: &str, kind: &'static str, place: &Place) -> Generated {
        self.start(suffix, kind, place).set("ApiId", attribute(self.resource.logical_id, "ApiId"))
    }

    /// A role that `AppSync` takes on.
    pub(super) fn role(&self, suffix: &str, place: &Place) -> Generated {
        let statement = json!({
            "Action": ["sts:AssumeRole"],
            "Effect": "Allow",
            "Principal": {"Service": ["appsync.amazonaws.com"]},
        });
        let document = json!({"Version": "2012-10-17", "Statement": [statement]});
        self.start(suffix, "AWS::IAM::Role", place).set("AssumeRolePolicyDocument", document)
    }

    /// Generates what a connector with these properties generates.
    pub(super) fn connect(
        &self,
        suffix: &str,
        place: &Place,
        properties: &Value,
        expansion: &mut Expansion<'_>,
    ) -> Result<(), Problem> {
        let body = json!({"Type": self.resource.kind, "Properties": properties});
        let logical_id = self.id(suffix);
        connector::connect(&SamResource::new(&logical_id, &body)?.written_at(place), expansion)
    }
}
