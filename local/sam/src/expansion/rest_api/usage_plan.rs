//! `UsagePlan` of an API: a plan with one API key, for the API alone or for all APIs that share it.

use serde_json::{Map, Value, json};

use super::Api;
use crate::expansion::generated::Generated;
use crate::expansion::schema::{self, Kind, Property, optional};
use crate::expansion::shared_plan::{CONDITION, SharedPlan};
use crate::expansion::source::Source;
use crate::expansion::state::Expansion;
use crate::intrinsic::reference;
use crate::problem::Problem;

const PROPERTIES: [Property; 6] = [
    optional("CreateUsagePlan", Kind::Any),
    optional("Description", Kind::Any),
    optional("Quota", Kind::Any),
    optional("Tags", Kind::Any),
    optional("Throttle", Kind::Any),
    optional("UsagePlanName", Kind::Any),
];

/// Properties that the generated plan takes over.
const COPIED: [&str; 5] = ["UsagePlanName", "Description", "Quota", "Tags", "Throttle"];

/// Generates the plan, its key, and what connects them.
///
/// # Errors
/// The property is not valid.
pub(super) fn add(api: &Api<'_, '_>, plan: &Source<'_>, expansion: &mut Expansion<'_>) -> Result<(), Problem> {
    schema::check(plan, &[&PROPERTIES], expansion)?;
    let kind = plan.require("CreateUsagePlan")?;
    let logical_id = api.resource.logical_id;
    let stage = json!({"ApiId": reference(logical_id), "Stage": reference(&api.stage_id)});
    let stage_key = json!({"RestApiId": reference(logical_id), "StageName": reference(&api.stage_id)});
    match kind.value().as_str() {
        Some("NONE") => Ok(()),
        Some("PER_API") => {
            let mut own = SharedPlan::default();
            own.push(logical_id, stage, stage_key);
            generate(api, plan, logical_id, &own, &api.resource.shared_attributes(), expansion)
        }
        Some("SHARED") => {
            let mut shared = std::mem::take(&mut expansion.shared_plan);
            shared.push(logical_id, stage, stage_key);
            shared.take_over(api.resource);
            if let Some(condition) = shared.condition() {
                expansion.add_condition(CONDITION, condition);
            } else {
                expansion.conditions.shift_remove(CONDITION);
            }
            let result = generate(api, plan, "Serverless", &shared, &shared.attributes(), expansion);
            expansion.shared_plan = shared;
            result
        }
        _ => Err(kind.problem("is not a kind of usage plan", "write `PER_API`, `SHARED` or `NONE`")),
    }
}

/// Generates the resources, whose ids begin with `prefix`.
fn generate(
    api: &Api<'_, '_>,
    source: &Source<'_>,
    prefix: &str,
    plan: &SharedPlan,
    attributes: &Map<String, Value>,
    expansion: &mut Expansion<'_>,
) -> Result<(), Problem> {
    let new = |suffix: &str, kind| {
        let generated = Generated::new(format!("{prefix}{suffix}"), kind, api.resource, source.place());
        generated.attributes(attributes.clone())
    };
    let plan_id = format!("{prefix}UsagePlan");
    let key_id = format!("{prefix}ApiKey");
    let mut usage_plan = new("UsagePlan", "AWS::ApiGateway::UsagePlan")
        .attribute("DependsOn", plan.apis.clone())
        .set("ApiStages", plan.stages.clone());
    for name in COPIED {
        usage_plan = usage_plan.set_from(name, source.filled(name));
    }
    let key = new("ApiKey", "AWS::ApiGateway::ApiKey")
        .attribute("DependsOn", vec![plan_id.clone()])
        .set("Enabled", true)
        .set("StageKeys", plan.stage_keys.clone());
    let plan_key = new("UsagePlanKey", "AWS::ApiGateway::UsagePlanKey")
        .attribute("DependsOn", vec![key_id.clone()])
        .set("KeyId", reference(&key_id))
        .set("KeyType", "API_KEY")
        .set("UsagePlanId", reference(&plan_id));
    api.add(usage_plan, expansion)?;
    api.add(key, expansion)?;
    api.add(plan_key, expansion)
}
