//! `DeadLetterQueue`: where Lambda puts events that the function fails to process.

use serde_json::json;

use crate::expansion::resource::SamResource;
use crate::expansion::role::Role;
use crate::problem::Problem;

/// The action that each type of queue needs.
const ACTIONS: [(&str, &str); 2] = [("SQS", "sqs:SendMessage"), ("SNS", "sns:Publish")];

/// Checks the queue.
///
/// # Errors
/// Its type or its ARN is missing, or the type is unknown.
pub(super) fn check(resource: &SamResource<'_>) -> Result<(), Problem> {
    let Some(queue) = resource.filled("DeadLetterQueue") else { return Ok(()) };
    let (Some(kind), Some(_)) = (queue.filled("Type"), queue.filled("TargetArn")) else {
        return Err(queue.problem("does not have both `Type` and `TargetArn`", "give it both"));
    };
    let name = kind.text()?;
    match ACTIONS.iter().any(|(kind, _)| *kind == name) {
        true => Ok(()),
        false => {
            Err(kind.problem(&format!("is `{name}`, which cannot be a dead-letter queue"), "write `SQS` or `SNS`"))
        }
    }
}

/// Lets the function send to the queue.
pub(super) fn add_policy(resource: &SamResource<'_>, role: &mut Role) {
    let Some(queue) = resource.filled("DeadLetterQueue") else { return };
    let kind = &queue.value()["Type"];
    let Some((_, action)) = ACTIONS.iter().find(|(name, _)| kind == name) else { return };
    let statement = json!({"Effect": "Allow", "Action": action, "Resource": queue.value()["TargetArn"]});
    let document = json!({"Version": "2012-10-17", "Statement": [statement]});
    role.policies.push(json!({"PolicyName": "DeadLetterQueuePolicy", "PolicyDocument": document}));
}
