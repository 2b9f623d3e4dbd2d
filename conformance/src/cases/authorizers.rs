//! The Lambda authorizer: when it is asked, what it is told, and what its answer does.

use serde_json::{Value, json};

use super::expected::{Watched, context};
use crate::case::{Area::Authorizers as Area, Case};
use crate::handshake::{Handshake, USER_AGENT};
use crate::instruction::{METHOD_ARN, PADDING, Step};
use crate::shape::{self, TEXT};
use crate::shortfall::{Verdict, ensure, equal};
use crate::world::{IDENTITY_HEADER, IDENTITY_QUERY, World};

const GUIDE: &str = "API Gateway developer guide, Lambda authorizers of WebSocket APIs";
const TESTS: &str = "tests of serverless-offline, and the same rule for REST APIs in the developer guide";

pub(super) const CASES: &[Case] = &[
    Case::documented(Area, "an identity source that is missing: 401, and nobody is asked", GUIDE, |world| {
        Box::pin(missing_identity(world))
    }),
    Case::documented(Area, "an identity source that is empty: 401, and nobody is asked", GUIDE, |world| {
        Box::pin(empty_identity(world))
    }),
    Case::assumed(Area, "an identity header is found in any case", "header names have no case", |world| {
        Box::pin(lower_case_identity(world))
    }),
    Case::observed(
        Area,
        "the authorizer's event has exactly its fields",
        "the sample in the developer guide, and a dump in localstack #7191",
        |world| Box::pin(fields(world)),
    ),
    Case::observed(
        Area,
        "the authorizer sees `Connection`, `Upgrade` and `content-length`",
        "a dump in localstack #7191",
        |world| Box::pin(headers(world)),
    ),
    Case::documented(Area, "an authorizer that says `Unauthorized`: 401", TESTS, |world| {
        Box::pin(refused_when(world, Step::Fail("Unauthorized".to_owned()), 401))
    }),
    Case::documented(Area, "an authorizer that fails otherwise: 500", TESTS, |world| {
        Box::pin(refused_when(world, Step::Fail("unauthorized".to_owned()), 500))
    }),
    Case::documented(Area, "an authorizer whose process ends: 500", TESTS, |world| {
        Box::pin(refused_when(world, Step::Crash, 500))
    }),
    Case::documented(Area, "an authorizer that answers nonsense: 500", TESTS, |world| Box::pin(malformed(world))),
    Case::documented(
        Area,
        "a context of lists or objects: 500",
        "API Gateway developer guide, output of a Lambda authorizer",
        |world| Box::pin(nested_context(world)),
    ),
    Case::documented(
        Area,
        "an authorizer that answers more than 8 KB: 500",
        "API Gateway account level quotas; the status is that of every answer that cannot be used",
        |world| Box::pin(too_large(world)),
    ),
    Case::observed(
        Area,
        "the context is repeated in every event of the connection",
        "serverless-offline #1379, boto/boto3 #3789",
        |world| Box::pin(repeated_context(world)),
    ),
    Case::observed(
        Area,
        "the authorizer is asked once for each connection",
        "localstack #10059, and the developer guide",
        |world| Box::pin(asked_once(world)),
    ),
    Case::documented(Area, "what the authorizer allows, `$connect` may still refuse", GUIDE, |world| {
        Box::pin(refused_later(world))
    }),
];

/// An answer that allows everything, with this context.
fn allowing(context: Value) -> Step {
    let statement = json!({ "Action": "execute-api:Invoke", "Effect": "Allow", "Resource": METHOD_ARN });
    let policy = json!({ "Version": "2012-10-17", "Statement": [statement] });
    Step::Answer(json!({ "principalId": "somebody", "policyDocument": policy, "context": context }))
}

async fn refused_when(world: World, step: Step, status: u16) -> Verdict {
    world.identified()?.authorize(&[step]).refused(status).await?;
    Ok(())
}

async fn missing_identity(world: World) -> Verdict {
    let mut observer = world.guarded_observer().await?;
    let handshake = Handshake::with(world.guarded()?).observed_by(&observer.id);
    handshake.clone().refused(401).await?;
    handshake.clone().header(IDENTITY_HEADER, "somebody").refused(401).await?;
    handshake.query(IDENTITY_QUERY, "somebody").refused(401).await?;
    observer.has_heard_nothing().await.map_err(|shortfall| shortfall.of("the authorizer is not asked"))
}

async fn empty_identity(world: World) -> Verdict {
    let mut observer = world.guarded_observer().await?;
    let handshake = Handshake::with(world.guarded()?).observed_by(&observer.id);
    handshake.clone().header(IDENTITY_HEADER, "somebody").query(IDENTITY_QUERY, "").refused(401).await?;
    handshake.header(IDENTITY_HEADER, "").query(IDENTITY_QUERY, "somebody").refused(401).await?;
    observer.has_heard_nothing().await.map_err(|shortfall| shortfall.of("the authorizer is not asked"))
}

async fn lower_case_identity(world: World) -> Verdict {
    let handshake = Handshake::with(world.guarded()?).query(IDENTITY_QUERY, "somebody");
    handshake.header(&IDENTITY_HEADER.to_ascii_lowercase(), "somebody").open().await?;
    Ok(())
}

async fn fields(world: World) -> Verdict {
    let mut observer = world.guarded_observer().await?;
    let api = world.guarded()?;
    let handshake = world.identified()?.observed_by(&observer.id);
    let _client = handshake.open().await?;
    let event = observer.authorizer_event().await?;
    let headers = [
        ("Host", api.url.authority.as_str()),
        ("Connection", TEXT),
        ("Upgrade", TEXT),
        ("content-length", "0"),
        ("Sec-WebSocket-Key", handshake.key()),
        ("Sec-WebSocket-Version", "13"),
        ("User-Agent", USER_AGENT),
        (IDENTITY_HEADER, "somebody"),
        ("X-Amzn-Trace-Id", TEXT),
        ("X-Forwarded-For", TEXT),
        ("X-Forwarded-Port", TEXT),
        ("X-Forwarded-Proto", TEXT),
    ];
    let single: serde_json::Map<_, _> =
        headers.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    let multiple: serde_json::Map<_, _> =
        headers.iter().map(|(name, value)| ((*name).to_owned(), json!([value]))).collect();
    shape::matches(
        &event.json,
        &json!({
            "type": "REQUEST",
            "methodArn": TEXT,
            "headers": single,
            "multiValueHeaders": multiple,
            "queryStringParameters": { "identity": "somebody", "observer": observer.id },
            "multiValueQueryStringParameters": { "identity": ["somebody"], "observer": [observer.id] },
            "stageVariables": {},
            "requestContext": context(api, "$connect", "CONNECT"),
        }),
    )?;
    let arn = event.json["methodArn"].as_str().unwrap_or_default();
    let end = format!(":{}/{}/$connect", event.context("apiId"), api.url.stage());
    let is_arn = arn.starts_with("arn:aws") && arn.contains(":execute-api:") && arn.ends_with(&end);
    ensure(is_arn, format!("`methodArn` is arn:aws:execute-api:REGION:ACCOUNT{end}"), arn)
}

async fn headers(world: World) -> Verdict {
    let mut observer = world.guarded_observer().await?;
    let _client = world.identified()?.observed_by(&observer.id).open().await?;
    let event = observer.authorizer_event().await?;
    for (name, value) in [("Connection", "upgrade"), ("Upgrade", "websocket"), ("content-length", "0")] {
        let found = event.json["headers"][name].as_str().map(str::to_ascii_lowercase);
        equal(&format!("`headers.{name}`"), found.as_deref(), Some(value))?;
    }
    Ok(())
}

async fn malformed(world: World) -> Verdict {
    let no_policy = json!({ "principalId": "somebody" });
    let no_principal = json!({ "policyDocument": { "Version": "2012-10-17", "Statement": [] } });
    for answer in [Value::Null, json!("yes"), json!({}), json!({ "isAuthorized": true }), no_policy, no_principal] {
        let refused = world.identified()?.authorize(&[Step::Answer(answer.clone())]);
        refused.refused(500).await.map_err(|shortfall| shortfall.of(format!("the answer {answer}")))?;
    }
    Ok(())
}

async fn nested_context(world: World) -> Verdict {
    for value in [json!(["a"]), json!({ "a": "b" })] {
        world.identified()?.authorize(&[allowing(json!({ "key": value }))]).refused(500).await?;
    }
    Ok(())
}

async fn too_large(world: World) -> Verdict {
    world.identified()?.authorize(&[allowing(json!({ "key": PADDING }))]).refused(500).await?;
    Ok(())
}

async fn repeated_context(world: World) -> Verdict {
    let mut observer = world.guarded_observer().await?;
    let told = json!({ "observer": observer.id, "text": "grüße", "number": 7, "truth": true });
    let handshake = world.identified()?.observed_by(&observer.id).authorize(&[allowing(told)]);
    let mut client = handshake.open().await?;
    observer.authorizer_event().await?;
    let connect = observer.event("CONNECT").await?;
    client.say("hello").await?;
    let message = client.event().await?;
    client.close(None).await?;
    let disconnect = observer.event("DISCONNECT").await?;
    for event in [connect, message, disconnect] {
        let got = event.at("/requestContext/authorizer");
        // Whether numbers and booleans stay what they are is not known.
        let text = |name: &str| got[name].as_str().map_or_else(|| got[name].to_string(), str::to_owned);
        let got = ["principalId", "text", "number", "truth", "observer"].map(text);
        equal(event.context("eventType"), got, ["somebody", "grüße", "7", "true", &observer.id].map(str::to_owned))?;
    }
    Ok(())
}

async fn asked_once(world: World) -> Verdict {
    let mut watched = Watched::open(&world).await?;
    watched.client.say("one").await?;
    watched.client.event().await?;
    watched.client.say("two").await?;
    watched.client.event().await?;
    watched.observer.has_heard_nothing().await?;
    watched.client.close(None).await?;
    watched.disconnected(&world).await?;
    Ok(())
}

async fn refused_later(world: World) -> Verdict {
    world.identified()?.connect(&[Step::Answer(json!({ "statusCode": 418 }))]).refused(418).await?;
    Ok(())
}
