//! The event of a message, field for field.

use serde_json::json;

use super::expected::{context, with};
use crate::case::{Area::Events, Case};
use crate::handshake::Handshake;
use crate::instruction::Step;
use crate::shape::{self, ID};
use crate::shortfall::{Verdict, ensure, equal};
use crate::world::World;

const CAPTURES: &str = "recorded events of several deployed APIs, 2022 to 2024";

pub(super) const CASES: &[Case] = &[
    Case::observed(Events, "a message event has exactly its fields, no headers among them", CAPTURES, |world| {
        Box::pin(fields(world))
    }),
    Case::observed(Events, "a custom route is reported by its key", CAPTURES, |world| Box::pin(custom(world))),
    Case::observed(
        Events,
        "a message that falls to `$default` is reported with that key",
        "an event dump in aws-samples/serverless-patterns",
        |world| Box::pin(fallen_to_default(world)),
    ),
    Case::observed(Events, "a body arrives as it was sent, and never as base64", CAPTURES, |world| {
        Box::pin(bodies(world))
    }),
    Case::observed(
        Events,
        "`connectedAt` and `connectionId` stay the same, every other id is new",
        CAPTURES,
        |world| Box::pin(constants(world)),
    ),
    Case::assumed(
        Events,
        "stage variables are in every event",
        "the field stands in the proxy event of every API type; no capture is from a stage with variables",
        |world| Box::pin(stage_variables(world)),
    ),
];

async fn fields(world: World) -> Verdict {
    let api = world.main()?;
    let mut client = world.client().await?;
    client.say("hello").await?;
    let event = client.event().await?;
    shape::matches(
        &event.json,
        &json!({
            "requestContext": with(context(api, "$default", "MESSAGE"), json!({ "messageId": ID })),
            "body": "hello",
            "isBase64Encoded": false,
        }),
    )
}

async fn custom(world: World) -> Verdict {
    let mut client = world.client().await?;
    client.tell("custom", &[Step::Report]).await?;
    equal("`routeKey`", client.event().await?.context("routeKey"), "custom")
}

async fn fallen_to_default(world: World) -> Verdict {
    let mut client = world.client().await?;
    client.tell("nobody knows this", &[Step::Report]).await?;
    equal("`routeKey`", client.event().await?.context("routeKey"), "$default")
}

async fn bodies(world: World) -> Verdict {
    let mut client = world.client().await?;
    for body in ["plain", "{\"a\" :  [1, 2.50],\n\"b\":\"\\u00e9\"}", "grüße \u{1F44B}", "null", "[]", " "] {
        client.say(body).await?;
        let event = client.event().await?;
        equal("`body`", event.json["body"].as_str(), Some(body))?;
        equal("`isBase64Encoded`", event.json["isBase64Encoded"].as_bool(), Some(false))?;
    }
    Ok(())
}

async fn constants(world: World) -> Verdict {
    let mut observer = world.observer().await?;
    let mut client = Handshake::with(world.main()?).observed_by(&observer.id).open().await?;
    let connect = observer.event("CONNECT").await?;
    client.say("one").await?;
    let first = client.event().await?;
    client.say("two").await?;
    let second = client.event().await?;
    for event in [&first, &second] {
        equal("`connectionId`", event.context("connectionId"), connect.context("connectionId"))?;
        let connected_at = "/requestContext/connectedAt";
        equal("`connectedAt`", event.at(connected_at), connect.at(connected_at))?;
    }
    let ids = [
        first.context("requestId"),
        second.context("requestId"),
        first.context("messageId"),
        second.context("messageId"),
        connect.context("requestId"),
        connect.context("connectionId"),
    ];
    let distinct: std::collections::BTreeSet<_> = ids.iter().collect();
    ensure(distinct.len() == ids.len(), "ids that are all different", format!("{ids:?}"))
}

async fn stage_variables(world: World) -> Verdict {
    let variables = json!({ "color": "green", "size": "large" });
    let handshake = Handshake::with(world.api("VariablesApi")?);
    let mut observer = world.observing(&handshake).await?;
    let mut client = handshake.observed_by(&observer.id).open().await?;
    let authorizer = observer.authorizer_event().await?;
    shape::matches(&authorizer.json["stageVariables"], &variables).map_err(|shortfall| shortfall.of("authorizer"))?;
    let connect = observer.event("CONNECT").await?;
    shape::matches(&connect.json["stageVariables"], &variables).map_err(|shortfall| shortfall.of("connect"))?;
    client.say("hello").await?;
    let message = client.event().await?;
    shape::matches(&message.json["stageVariables"], &variables).map_err(|shortfall| shortfall.of("message"))?;
    client.close(None).await?;
    let disconnect = observer.event("DISCONNECT").await?;
    shape::matches(&disconnect.json["stageVariables"], &variables).map_err(|shortfall| shortfall.of("disconnect"))
}
