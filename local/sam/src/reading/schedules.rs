//! Schedules: rules of EventBridge and schedules of EventBridge Scheduler.

use serde_json::Value;

use super::context::Context;
use crate::evaluation::Node;
use crate::model::Schedule;
use crate::problem::Problem;
use crate::resource_types::{RULE, SCHEDULE};
use local_core::invocation::FunctionReference;

/// What a schedule or its target may ask for, and nothing here does.
const NOT_EMULATED: [&str; 5] = ["EndDate", "InputPath", "InputTransformer", "ScheduleExpressionTimezone", "StartDate"];

/// The enabled schedules, those of rules first.
pub(super) fn read(context: &Context<'_>, warnings: &mut Vec<String>) -> Result<Vec<Schedule>, Problem> {
    let mut schedules = Vec::new();
    for (logical_id, resource) in context.stack.of_types(&[RULE]) {
        let rule = context.stack.properties(logical_id, resource)?;
        schedules.extend(of_rule(&context.stack.name(logical_id), &rule, context, warnings)?);
    }
    for (logical_id, resource) in context.stack.of_types(&[SCHEDULE]) {
        let schedule = context.stack.properties(logical_id, resource)?;
        schedules.extend(of_scheduler(&context.stack.name(logical_id), &schedule, context, warnings)?);
    }
    Ok(schedules)
}

fn of_rule(
    name: &str,
    rule: &Node<'_>,
    context: &Context<'_>,
    warnings: &mut Vec<String>,
) -> Result<Vec<Schedule>, Problem> {
    let mut schedules = Vec::new();
    let Some(expression) = rule.text_at("ScheduleExpression")? else {
        warnings.push(format!("{} is left out: of EventBridge's rules only schedules are emulated", rule.place()));
        return Ok(schedules);
    };
    if !is_enabled(rule)? {
        return Ok(schedules);
    }
    let targets = rule.get("Targets")?.map_or(Ok(Vec::new()), |targets| targets.items())?;
    for target in targets {
        if let Some(function) = target_function(&target, context, warnings)? {
            warn_about(&target, warnings);
            let (name, expression) = (name.to_owned(), expression.clone());
            schedules.push(Schedule { name, function, expression, input: input(&target)?, is_scheduler: false });
        }
    }
    Ok(schedules)
}

fn of_scheduler(
    name: &str,
    schedule: &Node<'_>,
    context: &Context<'_>,
    warnings: &mut Vec<String>,
) -> Result<Option<Schedule>, Problem> {
    if !is_enabled(schedule)? {
        return Ok(None);
    }
    warn_about(schedule, warnings);
    let target = schedule.require("Target")?;
    let Some(function) = target_function(&target, context, warnings)? else {
        return Ok(None);
    };
    let expression = schedule.require("ScheduleExpression")?.text()?;
    Ok(Some(Schedule { name: name.to_owned(), function, expression, input: input(&target)?, is_scheduler: true }))
}

/// The function that a target is; one that is something else, a queue perhaps, gets a warning.
fn target_function(
    target: &Node<'_>,
    context: &Context<'_>,
    warnings: &mut Vec<String>,
) -> Result<Option<FunctionReference>, Problem> {
    match target.require("Arn").and_then(|arn| arn.text().map(|text| (arn, text))) {
        Ok((arn, text)) if text.contains(":lambda:") => context.function(&arn, warnings),
        Ok((arn, _)) => {
            warnings.push(format!("{} is left out: it is not a function", arn.place()));
            Ok(None)
        }
        Err(problem) => {
            warnings.push(format!("{}; the target is left out", problem.message()));
            Ok(None)
        }
    }
}

fn is_enabled(properties: &Node<'_>) -> Result<bool, Problem> {
    if let Some(enabled) = properties.get("Enabled")? {
        return enabled.boolean();
    }
    Ok(properties.text_at("State")?.is_none_or(|state| state != "DISABLED"))
}

/// `Input`: a text that is JSON.
fn input(properties: &Node<'_>) -> Result<Option<Value>, Problem> {
    let Some(input) = properties.get("Input")? else {
        return Ok(None);
    };
    let Ok(text) = input.text() else {
        return input.json().map(Some);
    };
    let value = serde_json::from_str(&text);
    value.map(Some).map_err(|error| input.problem(&format!("is not JSON: {error}"), "write it as JSON in a text"))
}

fn warn_about(properties: &Node<'_>, warnings: &mut Vec<String>) {
    for property in NOT_EMULATED {
        let value = properties.text_at(property);
        if !matches!(value.as_ref().map(Option::as_deref), Ok(None | Some("UTC"))) {
            warnings.push(format!("`{property}` in {} is not emulated", properties.place()));
        }
    }
}
