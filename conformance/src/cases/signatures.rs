//! `@connections`: whom it believes.

use serde_json::Value;

use crate::case::{Area::Management as Area, Case};
use crate::management::Call;
use crate::shortfall::{Shortfall, Verdict, ensure, equal};
use crate::target::Credentials;
use crate::wire::Response;
use crate::world::World;

const GATEWAY: &str = "API Gateway developer guide, gateway responses";

pub(super) const CASES: &[Case] = &[
    Case::documented(Area, "a call without a signature: 403 Missing Authentication Token", GATEWAY, |world| {
        Box::pin(unsigned(world))
    }),
    Case::observed(
        Area,
        "a call signed with another secret: 403, with the request that should have been signed",
        "mhart/aws4 #133",
        |world| Box::pin(wrong_secret(world)),
    ),
    Case::observed(
        Area,
        "a call signed for another region: 403, which names it",
        "aws/aws-lambda-dotnet #605",
        |world| Box::pin(wrong_region(world)),
    ),
    Case::observed(
        Area,
        "a call signed for another service: 403, which names the right one",
        "messages of AWS about credential scopes",
        |world| Box::pin(wrong_service(world)),
    ),
    Case::observed(
        Area,
        "a caller without permission: 403, which names action and resource",
        "reports in many forums",
        |world| Box::pin(not_permitted(world)),
    ),
];

/// A call about a connection that is there, so that nothing else is wrong with it.
async fn refused(world: &World, change: impl FnOnce(Call) -> Call) -> Verdict<Response> {
    let mut client = world.client().await?;
    let id = client.id("").await?;
    let call = world.call(world.main()?, "POST", &id)?.body("hello");
    let response = change(call).send().await?;
    equal("status", response.status, 403)?;
    client.id("").await.map_err(|shortfall| shortfall.of("nothing is delivered"))?;
    Ok(response)
}

fn message(response: &Response) -> String {
    let body: Value = serde_json::from_str(&response.body).unwrap_or_default();
    let found = body["message"].as_str().or_else(|| body["Message"].as_str());
    found.map_or_else(|| response.body.clone(), str::to_owned)
}

/// What an unsigned request is answered with.
pub(super) fn misses_its_token(response: &Response) -> Verdict {
    let error_type = response.header("x-amzn-errortype");
    equal("header `x-amzn-ErrorType`", error_type, Some("MissingAuthenticationTokenException"))?;
    equal("body", response.body.as_str(), r#"{"message":"Missing Authentication Token"}"#)
}

async fn unsigned(world: World) -> Verdict {
    misses_its_token(&refused(&world, |call| call.signed_by(None)).await?)
}

async fn wrong_secret(world: World) -> Verdict {
    let wrong = Credentials { secret_access_key: "another secret".to_owned(), ..world.credentials()? };
    let message = message(&refused(&world, |call| call.signed_by(Some(wrong))).await?);
    let beginning = "The request signature we calculated does not match the signature you provided.";
    ensure(message.starts_with(beginning), beginning, &message)?;
    ensure(message.contains("%40connections"), "a canonical request with `%40connections`", &message)
}

async fn wrong_region(world: World) -> Verdict {
    let region = if world.target().region == "eu-west-1" { "us-east-1" } else { "eu-west-1" };
    let message = message(&refused(&world, |call| call.region(region)).await?);
    let expected = format!("Credential should be scoped to a valid region, not '{region}'");
    ensure(message.starts_with(&expected), expected, message)
}

async fn wrong_service(world: World) -> Verdict {
    let message = message(&refused(&world, |call| call.service("lambda")).await?);
    let expected = "Credential should be scoped to correct service: 'execute-api'";
    ensure(message.contains(expected), expected, message)
}

async fn not_permitted(world: World) -> Verdict {
    let missing = || Shortfall::Skipped("no credential without permission was given".to_owned());
    let unprivileged = world.target().unprivileged.clone().ok_or_else(missing)?;
    let response = refused(&world, |call| call.signed_by(Some(unprivileged))).await?;
    equal("header `x-amzn-ErrorType`", response.header("x-amzn-errortype"), Some("AccessDeniedException"))?;
    let message = message(&response);
    let action = "is not authorized to perform: execute-api:ManageConnections on resource: arn:aws";
    ensure(message.contains(action), action, &message)?;
    let resource = "/POST/@connections/{connectionId}";
    ensure(message.contains(resource), resource, &message)
}
