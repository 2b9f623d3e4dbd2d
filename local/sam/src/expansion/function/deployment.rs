//! `DeploymentPreference`: CodeDeploy moves the alias to a new version step by step.

use serde_json::{Map, Value, json};

use crate::expansion::deployed::Deployment;
use crate::expansion::generated::Generated;
use crate::expansion::resource::SamResource;
use crate::expansion::role::{self, Role};
use crate::expansion::source::Source;
use crate::expansion::state::Expansion;
use crate::expansion::{any_condition, managed_policies, tags};
use crate::intrinsic::{self, attribute, reference, substitution_with};
use crate::problem::Problem;

const APPLICATION: &str = "ServerlessDeploymentApplication";
const SERVICE_ROLE: &str = "CodeDeployServiceRole";
const SHARED_CONDITION: &str = "ServerlessCodeDeployCondition";

/// Configurations of CodeDeploy itself.
const PREDEFINED: [&str; 9] = [
    "Canary10Percent5Minutes",
    "Canary10Percent10Minutes",
    "Canary10Percent15Minutes",
    "Canary10Percent30Minutes",
    "Linear10PercentEvery1Minute",
    "Linear10PercentEvery2Minutes",
    "Linear10PercentEvery3Minutes",
    "Linear10PercentEvery10Minutes",
    "AllAtOnce",
];

/// Notes the preference of a function, and returns the update policy of its alias.
///
/// # Errors
/// The preference is malformed, or the function does not have an alias.
pub(super) fn prefer<'s>(
    resource: &SamResource<'s>,
    has_alias: bool,
    expansion: &mut Expansion<'s>,
) -> Result<Option<Value>, Problem> {
    let Some(preference) = resource.filled("DeploymentPreference") else { return Ok(None) };
    let passes_condition = passes_condition(&preference, expansion)?;
    if !is_enabled(&preference, expansion)? {
        return Ok(None);
    }
    let configuration = resolve(&preference.require("Type")?, expansion)?;
    let mut update = Map::from_iter([
        ("ApplicationName".to_owned(), reference(APPLICATION)),
        ("DeploymentGroupName".to_owned(), reference(&group_id(resource))),
    ]);
    if let Some(hooks) = preference.get("Hooks") {
        hooks.map()?;
        for (name, hook) in [("PreTraffic", "BeforeAllowTrafficHook"), ("PostTraffic", "AfterAllowTrafficHook")] {
            update.extend(hooks.get(name).map(|function| (hook.to_owned(), function.value().clone())));
        }
    }
    if !has_alias {
        let hint = "give the function `AutoPublishAlias`, or disable the preference";
        return Err(preference.problem("needs `AutoPublishAlias`", hint));
    }
    expansion.deployments.push(Deployment {
        resource: resource.clone(),
        configuration,
        condition: resource.condition().filter(|_| passes_condition),
        tags: resource.filled("Tags").filter(|_| resource.filled("PropagateTags").is_some()),
        preference,
    });
    Ok(Some(json!({"CodeDeployLambdaAliasUpdate": update})))
}

/// Whether `Enabled` does not say otherwise.
fn is_enabled(preference: &Source<'_>, expansion: &Expansion<'_>) -> Result<bool, Problem> {
    if preference.value().get("Enabled").is_none() {
        return Ok(true);
    }
    let Some(enabled) = preference.get("Enabled") else { return Ok(false) };
    let resolved = json!({"Enabled": resolve(&enabled, expansion)?});
    let resolved = Source::new(&resolved, preference.place().clone());
    Ok(resolved.filled("Enabled").is_some_and(|enabled| !["false", "False"].iter().any(|text| enabled.value() == text)))
}

/// Whether the function's condition is also that of the group.
fn passes_condition(preference: &Source<'_>, expansion: &Expansion<'_>) -> Result<bool, Problem> {
    let Some(passes) = preference.get("PassthroughCondition") else { return Ok(false) };
    match resolve(&passes, expansion)? {
        Value::Bool(passes) => Ok(passes),
        Value::String(text) if ["true", "True"].contains(&text.as_str()) => Ok(true),
        Value::String(text) if ["false", "False"].contains(&text.as_str()) => Ok(false),
        _ => Err(passes.must_be("`true` or `false`")),
    }
}

/// The value with parameters and mappings in place.
fn resolve(source: &Source<'_>, expansion: &Expansion<'_>) -> Result<Value, Problem> {
    expansion.resolve_mappings(source.value()).map_err(|problem| problem.at(&source.place().to_string()))
}

fn group_id(resource: &SamResource<'_>) -> String {
    format!("{}DeploymentGroup", resource.logical_id)
}

/// Generates what CodeDeploy needs for the functions so far.
///
/// # Errors
/// `Alarms` of one is malformed.
pub(in crate::expansion) fn finish(expansion: &mut Expansion<'_>) -> Result<(), Problem> {
    let deployments = std::mem::take(&mut expansion.deployments);
    let Some(first) = deployments.first() else { return Ok(()) };
    let tags = shared_tags(&deployments)?;
    let condition = shared_condition(&deployments, expansion);
    let shared = |resource: Generated| {
        let resource = resource.set_some("Tags", tags.clone());
        match &condition {
            Some(condition) => resource.attribute("Condition", condition.as_str()),
            None => resource,
        }
    };
    let (resource, place) = (&first.resource, first.preference.place());
    let application = Generated::new(APPLICATION, "AWS::CodeDeploy::Application", resource, place);
    expansion.add(shared(application.set("ComputePlatform", "Lambda")))?;
    if deployments.iter().any(|deployment| deployment.preference.filled("Role").is_none()) {
        let mut role = Role::default();
        role.add_managed_policy(managed_policies::arn("service-role/AWSCodeDeployRoleForLambda"));
        let trust = role::assumed_by("codedeploy.amazonaws.com");
        expansion.add(shared(role.generate(SERVICE_ROLE.to_owned(), trust, resource, place)))?;
    }
    deployments.iter().try_for_each(|deployment| expansion.add(group(deployment)?))
}

/// The propagated tags of all functions.
fn shared_tags(deployments: &[Deployment<'_>]) -> Result<Option<Value>, Problem> {
    let mut all = Map::new();
    for tags in deployments.iter().filter_map(|deployment| deployment.tags.as_ref()) {
        all.extend(tags::map(&[], Some(tags))?);
    }
    let tags: Vec<Value> = all.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect();
    Ok((!tags.is_empty()).then(|| tags.into()))
}

/// The condition of what all functions share, if each of them has one.
fn shared_condition(deployments: &[Deployment<'_>], expansion: &mut Expansion<'_>) -> Option<String> {
    let mut conditions: Vec<&str> = Vec::new();
    for deployment in deployments {
        let condition = deployment.condition?;
        if !conditions.contains(&condition) {
            conditions.push(condition);
        }
    }
    if let [condition] = conditions.as_slice() {
        return Some((*condition).to_owned());
    }
    for (name, condition) in any_condition::any(SHARED_CONDITION, &conditions) {
        expansion.add_condition(name, condition);
    }
    Some(SHARED_CONDITION.to_owned())
}

/// The group of the function's deployments.
fn group(deployment: &Deployment<'_>) -> Result<Generated, Problem> {
    let Deployment { resource, preference, .. } = deployment;
    let mut group =
        Generated::new(group_id(resource), "AWS::CodeDeploy::DeploymentGroup", resource, preference.place())
            .set("ApplicationName", reference(APPLICATION))
            .set(
                "AutoRollbackConfiguration",
                json!({
                    "Enabled": true,
                    "Events": ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST"],
                }),
            )
            .set("DeploymentConfigName", configuration_name(&deployment.configuration, ""))
            .written_at("DeploymentConfigName", &preference.place().below("Type"))
            .set("DeploymentStyle", json!({"DeploymentType": "BLUE_GREEN", "DeploymentOption": "WITH_TRAFFIC_CONTROL"}))
            .set("ServiceRoleArn", attribute(SERVICE_ROLE, "Arn"))
            .set_from("ServiceRoleArn", preference.filled("Role"))
            .set_from("TriggerConfigurations", preference.filled("TriggerConfigurations"))
            .set_some("Tags", tags::list(&[], deployment.tags.as_ref())?);
    if let Some(alarms) = preference.filled("Alarms").filter(|alarms| !alarms.is_no_value()) {
        group = group.set("AlarmConfiguration", alarm_configuration(&alarms)?);
    }
    if let Some(condition) = deployment.condition {
        group = group.attribute("Condition", condition);
    }
    Ok(group)
}

/// `Alarms` as CloudFormation writes them, or an `Fn::If` of two such lists.
fn alarm_configuration(alarms: &Source<'_>) -> Result<Value, Problem> {
    let configuration = |alarms: &Source<'_>| {
        let items = alarms.items()?;
        if items.first().is_none_or(Source::is_no_value) {
            return Ok(json!({}));
        }
        let named: Vec<Value> = items.iter().map(|alarm| json!({"Name": alarm.value()})).collect();
        Ok(json!({"Enabled": true, "Alarms": named}))
    };
    match alarms.choice()? {
        None => configuration(alarms),
        Some([condition, then, otherwise]) => {
            Ok(json!({"Fn::If": [condition.value(), configuration(&then)?, configuration(&otherwise)?]}))
        }
    }
}

/// `Type` as CodeDeploy calls it, where `parent` is the intrinsic around it.
fn configuration_name(kind: &Value, parent: &str) -> Value {
    const NAME: &str = "CodeDeployDefault.Lambda${ConfigName}";
    match kind {
        Value::String(name) if PREDEFINED.contains(&name.as_str()) => match parent {
            // The argument of an `Fn::Sub` cannot be another one.
            "Fn::Sub" => json!([NAME, {"ConfigName": name}]),
            _ => substitution_with(NAME, "ConfigName", kind.clone()),
        },
        Value::Array(items) => items.iter().map(|item| configuration_name(item, "")).collect(),
        Value::Object(object) if intrinsic::is_call(object) => {
            object.iter().map(|(name, argument)| (name.clone(), configuration_name(argument, name))).collect()
        }
        _ => kind.clone(),
    }
}
