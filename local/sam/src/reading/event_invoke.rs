//! How asynchronous invocations are retried: `AWS::Lambda::EventInvokeConfig`.

use std::time::Duration;

use super::context::Context;
use super::invocables::Target;
use crate::model::EventInvoke;
use crate::problem::Problem;
use crate::resource_types::EVENT_INVOKE_CONFIG;

/// Retries of an asynchronous invocation where the template says nothing, and the most that it may ask for
/// (Lambda API, `PutFunctionEventInvokeConfig`).
const MOST_RETRIES: u64 = 2;
/// The youngest age in seconds at which events may be dropped (the same page).
const SHORTEST_EVENT_AGE: u64 = 60;
/// The age in seconds at which events are dropped where the template says nothing, and the oldest (the same page).
const LONGEST_EVENT_AGE: u64 = 21_600;

/// The configuration of the function that is invoked by `name`, whatever the alias or version.
pub(super) fn read(name: &str, context: &Context<'_>, warnings: &mut Vec<String>) -> Result<EventInvoke, Problem> {
    let mut event_invoke =
        EventInvoke { maximum_retry_attempts: 2, maximum_event_age: Duration::from_secs(LONGEST_EVENT_AGE) };
    for (logical_id, resource) in context.stack.of_types(&[EVENT_INVOKE_CONFIG]) {
        let config = context.stack.properties(logical_id, resource)?;
        // A function that cannot be told is not one of this stack.
        let Ok(function) = config.require("FunctionName").and_then(|function| function.text()) else { continue };
        let function = context.surroundings.invocables.find(&function);
        if !matches!(function, Ok(Target::Here(function)) if function.name == name) {
            continue;
        }
        if let Some(retries) = config.integer_at("MaximumRetryAttempts", 0..=MOST_RETRIES)? {
            event_invoke.maximum_retry_attempts = u32::try_from(retries).unwrap_or(2);
        }
        if let Some(age) = config.integer_at("MaximumEventAgeInSeconds", SHORTEST_EVENT_AGE..=LONGEST_EVENT_AGE)? {
            event_invoke.maximum_event_age = Duration::from_secs(age);
        }
        // SAM writes an empty one where there is no destination.
        if let Some(destinations) = config.get("DestinationConfig")?
            && !destinations.keys()?.is_empty()
        {
            warnings.push(format!("{} is not emulated", destinations.place()));
        }
    }
    Ok(event_invoke)
}
