//! The frames that the service itself sends, to the space.

use serde_json::{Value, json};

use crate::case::{Area::Replies as Area, Case};
use crate::client::Client;
use crate::handshake::Handshake;
use crate::instruction::Step;
use crate::shape;
use crate::shortfall::{Verdict, ensure, equal};
use crate::world::World;

const CAPTURES: &str = "frames in many reports, and experiments with wscat on AWS";
const INTERNAL_SERVER_ERROR: &str = "Internal server error";

pub(super) const CASES: &[Case] = &[
    Case::observed(Area, "a message that no route takes: Forbidden", CAPTURES, |world| Box::pin(forbidden(world))),
    Case::observed(Area, "a function that reports an error: Internal server error", CAPTURES, |world| {
        Box::pin(broken(world, Step::Fail("told to".to_owned())))
    }),
    Case::observed(Area, "a function whose process ends: Internal server error", CAPTURES, |world| {
        Box::pin(broken(world, Step::Crash))
    }),
    Case::observed(Area, "a function that outlives its timeout: Internal server error", CAPTURES, |world| {
        Box::pin(broken(world, Step::Sleep(7_000)))
    }),
    Case::observed(Area, "a function that returns nothing: Internal server error", CAPTURES, |world| {
        Box::pin(broken(world, Step::Answer(Value::Null)))
    }),
    Case::observed(Area, "a function that returns a text: Internal server error", CAPTURES, |world| {
        Box::pin(broken(world, Step::Answer(json!("hello"))))
    }),
    Case::assumed(
        Area,
        "a function that returns no status: Internal server error",
        "it is no proxy response",
        |world| Box::pin(broken(world, Step::Answer(json!({ "body": "hello" })))),
    ),
    Case::observed(Area, "a route with a response has the same errors", CAPTURES, |world| Box::pin(two_way(world))),
    Case::observed(
        Area,
        "an integration that takes too long: Endpoint request timed out",
        "Kludex/mangum #128",
        |world| Box::pin(timed_out(world)),
    ),
];

/// The next frame is exactly this error's, of the message that was just reported if it is known.
async fn hears(client: &mut Client, message: &str, connection_id: &str, request_id: Option<&str>) -> Verdict {
    let text = client.text().await?;
    let frame: Value = serde_json::from_str(&text).unwrap_or_default();
    let found = frame["requestId"].as_str().unwrap_or_default();
    ensure(shape::is_id(found), "a frame with a `requestId`", &text)?;
    let request_id = request_id.unwrap_or(found);
    let expected =
        format!(r#"{{"message": "{message}", "connectionId":"{connection_id}", "requestId":"{request_id}"}}"#);
    equal("frame", text, expected)
}

async fn forbidden(world: World) -> Verdict {
    let mut client = Handshake::with(world.api("BareApi")?).open().await?;
    let id = client.id("hello").await?;
    for message in [r#"{"action":"unknown"}"#, "not json", "{}"] {
        client.say(message).await?;
        hears(&mut client, "Forbidden", &id, None).await?;
    }
    stays_open(&mut client, "hello").await
}

async fn broken(world: World, step: Step) -> Verdict {
    let mut client = world.client().await?;
    client.tell("custom", &[Step::Report, step]).await?;
    let event = client.event().await?;
    let (id, request_id) = (event.context("connectionId"), event.context("requestId"));
    hears(&mut client, INTERNAL_SERVER_ERROR, id, Some(request_id)).await?;
    stays_open(&mut client, "").await
}

async fn two_way(world: World) -> Verdict {
    let mut client = world.client().await?;
    let id = client.id("").await?;
    for step in [Step::Fail("told to".to_owned()), Step::Answer(Value::Null)] {
        client.tell("twoway", &[step]).await?;
        hears(&mut client, INTERNAL_SERVER_ERROR, &id, None).await?;
    }
    stays_open(&mut client, "").await
}

async fn timed_out(world: World) -> Verdict {
    let mut client = world.client().await?;
    client.tell("hurried", &[Step::Report, Step::Sleep(4_500)]).await?;
    let event = client.event().await?;
    let (id, request_id) = (event.context("connectionId"), event.context("requestId"));
    hears(&mut client, "Endpoint request timed out", id, Some(request_id)).await?;
    stays_open(&mut client, "").await
}

async fn stays_open(client: &mut Client, action: &str) -> Verdict {
    client.id(action).await.map_err(|shortfall| shortfall.of("the connection stays open"))?;
    Ok(())
}
