//! What a client hears of what a function returns.

use serde_json::{Value, json};

use crate::case::{Area::Replies as Area, Case};
use crate::handshake::Handshake;
use crate::instruction::Step;
use crate::shape;
use crate::shortfall::{Verdict, ensure, equal};
use crate::world::World;

const GUIDE: &str = "API Gateway developer guide, route responses of WebSocket APIs";
const WSCAT: &str = "experiments with wscat on AWS";

pub(super) const CASES: &[Case] = &[
    Case::observed(Area, "a route without a response is silent, whatever the status", WSCAT, |world| {
        Box::pin(one_way(world, "custom"))
    }),
    Case::documented(Area, "a selection expression without a route response is silent", GUIDE, |world| {
        Box::pin(one_way(world, "halfway"))
    }),
    Case::documented(Area, "a route with a response sends the body as a text", GUIDE, |world| Box::pin(two_way(world))),
    Case::observed(
        Area,
        "a route with a response sends the body whatever the status",
        "an issue of a serverless plugin for route responses",
        |world| Box::pin(two_way_failing(world)),
    ),
    Case::assumed(
        Area,
        "a route with a response sends nothing where there is no body",
        "there is nothing to send",
        |world| Box::pin(bodiless(world)),
    ),
    Case::documented(
        Area,
        "a slow message does not hold up the next, and answers come as they are ready",
        "API Gateway developer guide: responses are asynchronous",
        |world| Box::pin(concurrent(world)),
    ),
    Case::documented(
        Area,
        "a mock integration answers by its template",
        "API Gateway developer guide, integration types",
        |world| Box::pin(mock(world)),
    ),
];

fn answer(status: u16, body: &str) -> Step {
    Step::Answer(json!({ "statusCode": status, "body": body }))
}

/// A frame that came all the same would come before what is said after the function has reported.
async fn one_way(world: World, route: &str) -> Verdict {
    let mut client = world.client().await?;
    for status in [200, 204, 301, 400, 404, 500, 501] {
        client.tell(route, &[Step::Report, answer(status, "hello")]).await?;
        client.event().await?;
        client.id("").await.map_err(|shortfall| shortfall.of(format!("silence after the status {status}")))?;
    }
    Ok(())
}

async fn two_way(world: World) -> Verdict {
    let mut client = world.client().await?;
    for body in ["hello", "{\"a\" : 1}", "grüße \u{1F44B}\nagain", " "] {
        client.tell("twoway", &[answer(200, body)]).await?;
        equal("text", client.text().await?.as_str(), body)?;
    }
    Ok(())
}

async fn two_way_failing(world: World) -> Verdict {
    let mut client = world.client().await?;
    for status in [400, 403, 500] {
        client.tell("twoway", &[answer(status, "sorry")]).await?;
        equal("text", client.text().await?.as_str(), "sorry")?;
    }
    Ok(())
}

async fn bodiless(world: World) -> Verdict {
    let mut client = world.client().await?;
    let answers: [Value; 3] = [
        json!({ "statusCode": 200 }),
        json!({ "statusCode": 200, "body": "" }),
        json!({ "statusCode": 200, "body": null }),
    ];
    for told in answers {
        client.tell("twoway", &[Step::Report, Step::Answer(told.clone())]).await?;
        client.event().await?;
        client.id("").await.map_err(|shortfall| shortfall.of(format!("silence after {told}")))?;
    }
    Ok(())
}

async fn concurrent(world: World) -> Verdict {
    let mut client = world.client().await?;
    client.tell("twoway", &[Step::Sleep(2_000), answer(200, "slow")]).await?;
    client.tell("twoway", &[answer(200, "quick")]).await?;
    let heard = [client.text().await?, client.text().await?];
    equal("answers in the order", heard, ["quick".to_owned(), "slow".to_owned()])
}

async fn mock(world: World) -> Verdict {
    let mut client = Handshake::with(world.api("MockApi")?).open().await?;
    client.say(&json!({ "action": "ping" }).to_string()).await?;
    let text = client.text().await?;
    let pong: Value = serde_json::from_str(&text).unwrap_or_default();
    let id = pong["pong"].as_str().unwrap_or_default();
    ensure(shape::is_id(id), r#"{"pong":"<connection id>"}"#, text)
}
