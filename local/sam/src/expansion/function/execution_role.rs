//! The role that a function runs with: the author's, a generated one, or by a condition either of them.

use serde_json::Value;

use super::lambda;
use crate::expansion::generated::Generated;
use crate::expansion::place::Place;
use crate::expansion::resource::SamResource;
use crate::expansion::role::{self, Role};
use crate::expansion::source::Source;
use crate::expansion::state::Expansion;
use crate::expansion::{managed_policies, tags};
use crate::intrinsic::{attribute, choice};
use crate::problem::Problem;

/// Which role a function has.
#[derive(Clone, Debug)]
pub(super) struct ExecutionRole {
    /// Its ARN.
    arn: Value,
    /// Where the author wrote `Role`.
    written: Option<Place>,
    is_generated: bool,
    /// The condition of the generated role, where it is not that of the function.
    condition: Option<String>,
}

/// The id of the generated role.
pub(super) fn id(resource: &SamResource<'_>) -> String {
    format!("{}Role", resource.logical_id)
}

/// Decides which role the function has.
///
/// # Errors
/// `Role` is a malformed `Fn::If`.
pub(super) fn choose(resource: &SamResource<'_>, expansion: &mut Expansion<'_>) -> Result<ExecutionRole, Problem> {
    let generated = attribute(&id(resource), "Arn");
    let Some(written) = resource.get("Role") else {
        return Ok(ExecutionRole { arn: generated, written: None, is_generated: true, condition: None });
    };
    let place = Some(written.place().clone());
    let given = |arn: &Value| {
        Ok(ExecutionRole { arn: arn.clone(), written: place.clone(), is_generated: false, condition: None })
    };
    let resolved = expansion.resolve(written.value());
    let source = Source::new(&resolved, written.place().clone());
    let Some([condition, then, otherwise]) = source.choice()? else { return given(written.value()) };
    let condition = condition.text()?;
    let (arn, condition) = match (then.is_no_value(), otherwise.is_no_value()) {
        (true, true) => (generated, None),
        (true, false) => (choice(condition, generated, otherwise.value().clone()), Some(condition.to_owned())),
        (false, true) => {
            let negated = format!("NOT{condition}");
            expansion.add_condition(&negated, serde_json::json!({"Fn::Not": [{"Condition": condition}]}));
            (choice(condition, then.value().clone(), generated), Some(negated))
        }
        (false, false) => return given(&resolved),
    };
    Ok(ExecutionRole { arn, written: place, is_generated: true, condition })
}

impl ExecutionRole {
    /// `function` with this role.
    pub(super) fn set_on(&self, function: Generated) -> Generated {
        let function = function.set("Role", self.arn.clone());
        match &self.written {
            Some(place) => function.written_at("Role", place),
            None => function,
        }
    }

    /// Adds the generated role, which allows what is in `role`.
    pub(super) fn generate(
        self,
        role: Role,
        resource: &SamResource<'_>,
        expansion: &mut Expansion<'_>,
    ) -> Result<(), Problem> {
        if !self.is_generated {
            return Ok(());
        }
        let trust = role::assumed_by("lambda.amazonaws.com");
        let mut generated = role
            .generate(id(resource), trust, resource, resource.properties.place())
            .attributes(resource.shared_attributes())
            .copy(&resource.properties, &["AssumeRolePolicyDocument", "PermissionsBoundary"])
            .set_from("Path", resource.get("RolePath"))
            .set_some("Tags", tags::list(&lambda::TAGS, resource.filled("Tags").as_ref())?);
        if let Some(condition) = self.condition {
            generated = generated.attribute("Condition", condition);
        }
        expansion.add(generated)
    }
}

/// What the function needs to log, to trace and to be in a network.
pub(super) fn add_basic_policies(resource: &SamResource<'_>, role: &mut Role, expansion: &Expansion<'_>) {
    let mut add = |path| role.add_managed_policy(managed_policies::arn(path));
    add(match resource.filled("DurableConfig") {
        None => "service-role/AWSLambdaBasicExecutionRole",
        Some(_) => "service-role/AWSLambdaBasicDurableExecutionRolePolicy",
    });
    if lambda::tracing(resource, expansion).is_some() {
        add("AWSXrayWriteOnlyAccess");
    }
    if resource.filled("VpcConfig").is_some() {
        add("service-role/AWSLambdaVPCAccessExecutionRole");
    }
}
