//! `@connections`: what callers and clients get when all is well.

use jiff::Timestamp;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::case::{Area::Management as Area, Case};
use crate::client::describe;
use crate::handshake::{Handshake, USER_AGENT};
use crate::instruction::Step;
use crate::shape::{self, TRACE_ID};
use crate::shortfall::{Shortfall, Verdict, ensure, equal};
use crate::wire::Response;
use crate::world::World;

const RECORDED: &str = "responses of AWS that brefphp/bref recorded";
const GUIDE: &str = "API Gateway developer guide, `@connections` commands";

pub(super) const CASES: &[Case] = &[
    Case::observed(Area, "POST: 200, its headers, and no body", RECORDED, |world| Box::pin(post(world))),
    Case::observed(Area, "what is posted arrives as one text", "wscat and many clients", |world| {
        Box::pin(arrives(world))
    }),
    Case::observed(Area, "GET: 200, and its JSON to the space", RECORDED, |world| Box::pin(get(world))),
    Case::documented(
        Area,
        "GET of a client without a user agent says null",
        "API Gateway developer guide, chat tutorial",
        |world| Box::pin(no_user_agent(world)),
    ),
    Case::assumed(Area, "`lastActiveAt` follows messages in both directions", "its name says so", |world| {
        Box::pin(activity(world))
    }),
    Case::observed(Area, "DELETE: 204, without a content type, and the client is closed", RECORDED, |world| {
        Box::pin(delete(world))
    }),
    Case::documented(Area, "a function may look at a connection and close it, and then it is gone", GUIDE, |world| {
        Box::pin(by_function(world))
    }),
    Case::observed(Area, "an id may be encoded or not", "the wire of boto3 and of other clients", |world| {
        Box::pin(encoded_ids(world))
    }),
    Case::observed(Area, "`@connections` may be encoded", "awscurl and mhart/aws4 #133", |world| {
        Box::pin(encoded_segment(world))
    }),
    Case::documented(Area, "a post of 128 KB arrives whole", "API Gateway quotas for WebSocket APIs", |world| {
        Box::pin(largest_post(world))
    }),
    Case::assumed(
        Area,
        "posts that follow one another arrive in their order",
        "nobody has seen them overtake",
        |world| Box::pin(order(world)),
    ),
];

/// The headers that every answer has.
pub(super) fn has_common_headers(response: &Response) -> Verdict {
    let header = |name: &str| response.header(name).unwrap_or_default().to_owned();
    let request_id = header("x-amzn-requestid");
    ensure(shape::is_uuid(&request_id), "a UUID in `x-amzn-RequestId`", request_id)?;
    let extended = header("x-amz-apigw-id");
    ensure(shape::is_id(&extended), "an id in `x-amz-apigw-id`", extended)
}

async fn post(world: World) -> Verdict {
    let mut client = world.client().await?;
    let id = client.id("").await?;
    let response = world.post(&id, "hello").await?;
    equal("body", response.body.as_str(), "")?;
    equal("header `Content-Type`", response.header("content-type"), Some("application/json"))?;
    equal("header `Content-Length`", response.header("content-length"), Some("0"))?;
    has_common_headers(&response)?;
    let trace = response.header("x-amzn-trace-id").unwrap_or_default();
    let root = trace.split(';').next().unwrap_or_default();
    shape::matches(&json!(root), &json!(TRACE_ID)).map_err(|shortfall| shortfall.of("header `x-amzn-trace-id`"))
}

async fn arrives(world: World) -> Verdict {
    let mut client = world.client().await?;
    let id = client.id("").await?;
    for body in ["hello", "{\"a\" : 1}", "grüße \u{1F44B}\nagain"] {
        world.post(&id, body).await?;
        match client.next().await? {
            Message::Text(text) => equal("text", text.as_str(), body)?,
            other => return Err(Shortfall::new("a text frame", describe(&other))),
        }
    }
    Ok(())
}

async fn get(world: World) -> Verdict {
    let mut client = world.client().await?;
    client.say("hello").await?;
    let event = client.event().await?;
    let response = world.call(world.main()?, "GET", event.context("connectionId"))?.send().await?;
    equal("status", response.status, 200)?;
    equal("header `Content-Type`", response.header("content-type"), Some("application/json"))?;
    has_common_headers(&response)?;
    let json: Value = serde_json::from_str(&response.body).unwrap_or_default();
    let text = |pointer: &str| json.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let address = event.at("/requestContext/identity/sourceIp").as_str().unwrap_or_default();
    let (connected_at, last_active_at) = (text("/connectedAt"), text("/lastActiveAt"));
    let expected = format!(
        "{{\n  \"identity\" : {{\n    \"sourceIp\" : \"{address}\",\n    \"userAgent\" : \"{USER_AGENT}\"\n  }},\n  \
         \"connectedAt\" : \"{connected_at}\",\n  \"lastActiveAt\" : \"{last_active_at}\"\n}}"
    );
    equal("body", response.body.as_str(), expected.as_str())?;
    for (name, time) in [("connectedAt", connected_at), ("lastActiveAt", last_active_at)] {
        let is_time = time.len() == "2020-11-15T12:23:14.726Z".len() && time.parse::<Timestamp>().is_ok();
        ensure(is_time, format!("`{name}` as 2020-11-15T12:23:14.726Z"), time)?;
    }
    let connected: Option<Timestamp> = connected_at.parse().ok();
    let told = event.at("/requestContext/connectedAt").as_i64();
    equal("`connectedAt` as the event says it", connected.map(Timestamp::as_millisecond), told)
}

async fn no_user_agent(world: World) -> Verdict {
    let mut client = Handshake::with(world.main()?).without("User-Agent").open().await?;
    let id = client.id("").await?;
    let response = world.call(world.main()?, "GET", &id)?.send().await?;
    ensure(response.body.contains("\"userAgent\" : null"), "`\"userAgent\" : null`", response.body)
}

async fn activity(world: World) -> Verdict {
    let mut client = world.client().await?;
    let id = client.id("").await?;
    let mut last = last_active_at(&world, &id).await?;
    for way in ["in", "out"] {
        // Each way takes more than the millisecond that two times must differ by.
        client.tell("custom", &[Step::Sleep(20), Step::Report]).await?;
        client.event().await?;
        if way == "out" {
            world.post(&id, "hello").await?;
            client.text().await?;
        }
        let now = last_active_at(&world, &id).await?;
        ensure(now > last, format!("a time after {last} (a message {way})"), now)?;
        last = now;
    }
    Ok(())
}

async fn last_active_at(world: &World, id: &str) -> Verdict<Timestamp> {
    let body = world.call(world.main()?, "GET", id)?.send().await?.body;
    let json: Value = serde_json::from_str(&body).unwrap_or_default();
    let time = json["lastActiveAt"].as_str().and_then(|time| time.parse().ok());
    time.ok_or_else(|| Shortfall::new("a time in `lastActiveAt`", body))
}

async fn delete(world: World) -> Verdict {
    let mut client = world.client().await?;
    let id = client.id("").await?;
    let response = world.call(world.main()?, "DELETE", &id)?.send().await?;
    equal("status", response.status, 204)?;
    equal("body", response.body.as_str(), "")?;
    equal("header `Content-Type`", response.header("content-type"), None)?;
    has_common_headers(&response)?;
    equal("close code", client.closed().await?.0, 1000)
}

async fn by_function(world: World) -> Verdict {
    let mut client = world.client().await?;
    let mut other = world.client().await?;
    let id = other.id("").await?;
    let call = |method: &str| Step::Call { method: method.to_owned(), connection: Some(id.clone()) };
    let methods = ["GET", "POST", "DELETE", "GET", "POST", "DELETE"];
    client.tell("custom", &methods.map(call)).await?;
    for status in [200, 200, 204, 410, 410, 410] {
        equal("status", client.outcome().await?.status, status)?;
    }
    other.text().await?;
    equal("close code", other.closed().await?.0, 1000)
}

async fn encoded_ids(world: World) -> Verdict {
    let api = world.main()?;
    let mut client = world.client().await?;
    let id = client.id("").await?;
    for spelling in [id.clone(), id.replace('=', "%3D"), id.replace('=', "%3d")] {
        let target = format!("{}/@connections/{spelling}", api.management.path);
        let response = world.call(api, "POST", &id)?.target(target).body("hello").send().await?;
        equal("status", response.status, 200).map_err(|shortfall| shortfall.of(&spelling))?;
        client.text().await?;
    }
    Ok(())
}

async fn encoded_segment(world: World) -> Verdict {
    let api = world.main()?;
    let mut client = world.client().await?;
    let id = client.id("").await?;
    let target = format!("{}/%40connections/{}", api.management.path, id.replace('=', "%3D"));
    let response = world.call(api, "POST", &id)?.target(target).body("hello").send().await?;
    equal("status", response.status, 200)?;
    equal("text", client.text().await?.as_str(), "hello")
}

async fn largest_post(world: World) -> Verdict {
    let mut client = world.client().await?;
    let id = client.id("").await?;
    let body = "a".repeat(128 * 1024);
    world.post(&id, body.as_str()).await?;
    let text = client.text().await?;
    ensure(text == body, format!("a text of {} bytes", body.len()), format!("one of {} bytes", text.len()))
}

async fn order(world: World) -> Verdict {
    let mut client = world.client().await?;
    let id = client.id("").await?;
    for number in 0..20 {
        world.post(&id, number.to_string()).await?;
    }
    for number in 0..20 {
        equal("text", client.text().await?, number.to_string())?;
    }
    Ok(())
}
