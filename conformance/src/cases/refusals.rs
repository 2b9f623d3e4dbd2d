//! Requests for a connection that come to nothing.

use serde_json::{Value, json};

use crate::case::{Area::Handshake as Area, Case};
use crate::handshake::Handshake;
use crate::instruction::Step;
use crate::shape;
use crate::shortfall::{Verdict, ensure, equal};
use crate::wire::Response;
use crate::world::World;

const WSCAT: &str = "experiments with wscat on AWS";
const E2E: &str = "end-to-end tests of serverless-offline that were run against AWS";

pub(super) const CASES: &[Case] = &[
    Case::observed(Area, "any other status that `$connect` returns reaches the client", WSCAT, |world| {
        Box::pin(passed_through(world))
    }),
    Case::observed(Area, "a `$connect` that reports an error: 502", E2E, |world| {
        Box::pin(refused_when(world, Step::Fail("told to".to_owned()), 502))
    }),
    Case::observed(Area, "a `$connect` whose process ends: 502", WSCAT, |world| {
        Box::pin(refused_when(world, Step::Crash, 502))
    }),
    Case::observed(Area, "a `$connect` that returns nothing: 502", E2E, |world| {
        Box::pin(refused_when(world, Step::Answer(Value::Null), 502))
    }),
    Case::assumed(Area, "a `$connect` that returns no status: 502", "it is no proxy response either", |world| {
        Box::pin(refused_when(world, Step::Answer(json!({ "body": "hello" })), 502))
    }),
    Case::documented(
        Area,
        "a function that API Gateway may not invoke: 500",
        "Lambda developer guide, API Gateway errors; issues of simple-websockets-chat-app",
        |world| Box::pin(not_permitted(world)),
    ),
    Case::observed(
        Area,
        "a stage that may not be used: 429",
        "serverlessunicorn #3 and terraform-aws-apigateway-v2 #8, whose limits were 0",
        |world| Box::pin(throttled(world)),
    ),
    Case::observed(Area, "another stage: 403 Forbidden", "reports in many forums", |world| {
        Box::pin(forbidden(world, "/nostage"))
    }),
    Case::observed(Area, "no stage: 403 Forbidden", "reports in many forums", |world| Box::pin(forbidden(world, "/"))),
    Case::assumed(Area, "a path below the stage: 403", "one report, at robanderson.dev", |world| {
        Box::pin(path_below(world))
    }),
    Case::observed(Area, "a disabled endpoint: 403 Forbidden", "aws/aws-sdk-net #1860", |world| {
        Box::pin(disabled(world))
    }),
    Case::documented(Area, "a missing API key: 403 Forbidden", "API Gateway developer guide, API keys", |world| {
        Box::pin(keyless(world))
    }),
    Case::observed(Area, "a plain GET of the stage or of a path below it: 426", E2E, |world| {
        Box::pin(plain_get(world))
    }),
    Case::documented(
        Area,
        "a URL above 4096 characters is refused",
        "API Gateway quotas for WebSocket APIs",
        |world| Box::pin(long_url(world)),
    ),
    Case::observed(Area, "an error says its type, its request and its message", "responses in many reports", |world| {
        Box::pin(error_shape(world))
    }),
];

async fn refused_when(world: World, step: Step, status: u16) -> Verdict {
    Handshake::with(world.main()?).connect(&[step]).refused(status).await?;
    Ok(())
}

async fn passed_through(world: World) -> Verdict {
    for status in [301, 400, 401, 403, 404, 429, 500, 501, 502, 503] {
        let steps = [Step::Answer(json!({ "statusCode": status }))];
        Handshake::with(world.main()?).connect(&steps).refused(status).await?;
    }
    Ok(())
}

async fn not_permitted(world: World) -> Verdict {
    let response = Handshake::with(world.api("UnpermittedApi")?).refused(500).await?;
    equal("`message`", message(&response).as_deref(), Some("Internal server error"))
}

async fn throttled(world: World) -> Verdict {
    Handshake::with(world.api("ThrottledApi")?).refused(429).await?;
    Ok(())
}

async fn forbidden(world: World, path: &str) -> Verdict {
    is_forbidden(&Handshake::with(world.main()?).path(path).refused(403).await?)
}

fn is_forbidden(response: &Response) -> Verdict {
    equal("body", response.body.as_str(), r#"{"message":"Forbidden"}"#)?;
    equal("header `x-amzn-ErrorType`", response.header("x-amzn-errortype"), Some("ForbiddenException"))
}

async fn path_below(world: World) -> Verdict {
    let api = world.main()?;
    Handshake::with(api).path(format!("{}/below", api.url.path)).refused(403).await?;
    Ok(())
}

async fn disabled(world: World) -> Verdict {
    is_forbidden(&Handshake::with(world.api("DisabledApi")?).refused(403).await?)
}

async fn keyless(world: World) -> Verdict {
    is_forbidden(&Handshake::with(world.api("KeyApi")?).refused(403).await?)
}

async fn plain_get(world: World) -> Verdict {
    let api = world.main()?;
    for path in ["", "/", "/below", "/far/below"] {
        let plain = Handshake::with(api).path(format!("{}{path}", api.url.path));
        let plain = ["Connection", "Upgrade", "Sec-WebSocket-Key", "Sec-WebSocket-Version"]
            .into_iter()
            .fold(plain, Handshake::without);
        plain.refused(426).await.map_err(|shortfall| shortfall.of(format!("path `{path}` below the stage")))?;
    }
    Ok(())
}

async fn long_url(world: World) -> Verdict {
    // Scheme and host may count or not.
    let mut client = Handshake::with(world.main()?).query("padding", &"a".repeat(3_900)).open().await?;
    client.id("").await?;
    let response = Handshake::with(world.main()?).query("padding", &"a".repeat(4_200)).send().await?.response;
    ensure((400..500).contains(&response.status), "a status from 400 to 499", response.status)
}

async fn error_shape(world: World) -> Verdict {
    let response = Handshake::with(world.main()?).path("/nostage").refused(403).await?;
    equal("header `Content-Type`", response.header("content-type"), Some("application/json"))?;
    equal("header `Content-Length`", response.header("content-length"), Some("23"))?;
    let request_id = response.header("x-amzn-requestid").unwrap_or_default();
    ensure(shape::is_uuid(request_id), "a UUID in `x-amzn-RequestId`", request_id)?;
    let extended = response.header("x-amz-apigw-id").unwrap_or_default();
    ensure(shape::is_id(extended), "an id in `x-amz-apigw-id`", extended)
}

fn message(response: &Response) -> Option<String> {
    let body: Value = serde_json::from_str(&response.body).ok()?;
    body["message"].as_str().map(str::to_owned)
}
