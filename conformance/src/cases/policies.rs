//! How the policy that an authorizer returns is evaluated.

use serde_json::{Value, json};

use crate::case::{Area::Authorizers as Area, Case};
use crate::instruction::{METHOD_ARN, Step};
use crate::shortfall::Verdict;
use crate::world::World;

const INVOKE: &str = "execute-api:Invoke";
const IAM: &str = "IAM user guide, policy evaluation logic";

pub(super) const CASES: &[Case] = &[
    Case::observed(
        Area,
        "a policy that denies: 403",
        "end-to-end tests of serverless-offline that were run against AWS",
        |world| Box::pin(refused(world, vec![statement("Deny", INVOKE, METHOD_ARN)])),
    ),
    Case::observed(
        Area,
        "a policy that allows something else: 403",
        "aws-powertools/powertools-lambda-python #5800",
        |world| Box::pin(refused(world, vec![statement("Allow", INVOKE, "arn:aws:execute-api:*:*:*/conformance/*/*")])),
    ),
    Case::documented(Area, "a policy that allows another action: 403", IAM, |world| {
        Box::pin(refused(world, vec![statement("Allow", "execute-api:ManageConnections", "*")]))
    }),
    Case::documented(Area, "a policy without statements: 403", IAM, |world| Box::pin(refused(world, vec![]))),
    Case::documented(Area, "a denial wins, wherever it stands", IAM, |world| {
        let (allow, deny) = (statement("Allow", "*", "*"), statement("Deny", INVOKE, "*/$connect"));
        Box::pin(async move {
            refused(world.clone(), vec![allow.clone(), deny.clone()]).await?;
            refused(world, vec![deny, allow]).await
        })
    }),
    Case::documented(Area, "any statement may allow", IAM, |world| {
        let (other, this) =
            (statement("Allow", INVOKE, "arn:aws:execute-api:x"), statement("Allow", INVOKE, METHOD_ARN));
        Box::pin(accepted(world, vec![other, this]))
    }),
    Case::documented(Area, "wildcards in actions", IAM, |world| {
        Box::pin(async move {
            for action in ["*", "execute-api:*", "execute-api:Inv*", "execute-api:I?voke"] {
                accepted(world.clone(), vec![statement("Allow", action, METHOD_ARN)]).await?;
            }
            Ok(())
        })
    }),
    Case::documented(Area, "wildcards in resources", IAM, |world| {
        Box::pin(async move {
            for resource in ["*", "arn:*:execute-api:*/$connect", "arn:*:execute-api:*:*:*/conformance/$connec?"] {
                accepted(world.clone(), vec![statement("Allow", INVOKE, resource)]).await?;
            }
            Ok(())
        })
    }),
    Case::documented(Area, "lists of actions and resources", IAM, |world| {
        let lists = json!({ "Effect": "Allow", "Action": ["sqs:*", INVOKE], "Resource": ["arn:aws:x", METHOD_ARN] });
        Box::pin(accepted(world, vec![lists]))
    }),
];

fn statement(effect: &str, action: &str, resource: &str) -> Value {
    json!({ "Effect": effect, "Action": action, "Resource": resource })
}

fn answer(statements: &[Value]) -> Step {
    let policy = json!({ "Version": "2012-10-17", "Statement": statements });
    Step::Answer(json!({ "principalId": "somebody", "policyDocument": policy }))
}

async fn refused(world: World, statements: Vec<Value>) -> Verdict {
    world.identified()?.authorize(&[answer(&statements)]).refused(403).await?;
    Ok(())
}

async fn accepted(world: World, statements: Vec<Value>) -> Verdict {
    let opened = world.identified()?.authorize(&[answer(&statements)]).open().await;
    opened.map_err(|shortfall| shortfall.of(json!(statements)))?;
    Ok(())
}
