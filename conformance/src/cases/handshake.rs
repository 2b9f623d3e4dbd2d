//! Handshakes that succeed, and what the client and the function see of them.

use serde_json::json;
use tokio::time::Instant;

use super::expected::another_connection_is_next;
use crate::case::{Area::Handshake as Area, Case};
use crate::handshake::Handshake;
use crate::instruction::Step;
use crate::shortfall::{Verdict, ensure, equal};
use crate::world::World;

const CONNECT_ROUTE: &str = "API Gateway developer guide, `$connect` and `$disconnect` routes";

pub(super) const CASES: &[Case] = &[
    Case::documented(Area, "an API without a `$connect` route accepts everybody", CONNECT_ROUTE, |world| {
        Box::pin(no_connect_route(world))
    }),
    Case::observed(
        Area,
        "every status from 200 to 299 accepts the handshake",
        "experiments with wscat on AWS, and end-to-end tests of serverless-offline",
        |world| Box::pin(success(world)),
    ),
    Case::observed(
        Area,
        "the 101 has its four headers and no extension that was not offered",
        "the headers of a real 101 in python-websockets/websockets #1065",
        |world| Box::pin(switching_protocols(world)),
    ),
    Case::observed(
        Area,
        "an offer of compression is taken or left",
        "the headers of a real 101 in python-websockets/websockets #1065, which takes it",
        |world| Box::pin(compression(world)),
    ),
    Case::observed(
        Area,
        "other headers and the body that `$connect` returns go nowhere",
        "aws/chalice pull request 1768",
        |world| Box::pin(dropped_response(world)),
    ),
    Case::documented(
        Area,
        "a slash after the stage is accepted",
        "API Gateway developer guide, connecting with wscat",
        |world| Box::pin(trailing_slash(world)),
    ),
    Case::documented(Area, "the 101 waits for `$connect`", CONNECT_ROUTE, |world| Box::pin(pending(world))),
    Case::documented(
        Area,
        "`$connect` cannot post to its own connection: 410",
        "AWS knowledge center, `GoneException` of `@connections`",
        |world| Box::pin(own_post(world)),
    ),
    Case::documented(
        Area,
        "nobody can post to a connection whose handshake is not done: 410",
        "AWS knowledge center, `GoneException` of `@connections`",
        |world| Box::pin(foreign_post(world)),
    ),
    Case::assumed(
        Area,
        "a refused connection is gone, and has no `$disconnect`",
        "`$disconnect` follows a connection, and there was none",
        |world| Box::pin(refused_is_gone(world)),
    ),
];

async fn no_connect_route(world: World) -> Verdict {
    let mut client = Handshake::with(world.api("BareApi")?).open().await?;
    client.id("hello").await?;
    Ok(())
}

async fn success(world: World) -> Verdict {
    for status in [200, 201, 204, 250, 299] {
        let handshake = Handshake::with(world.main()?).connect(&[Step::Answer(json!({ "statusCode": status }))]);
        let mut client =
            handshake.open().await.map_err(|shortfall| shortfall.of(format!("`$connect` says {status}")))?;
        client.id("").await?;
    }
    Ok(())
}

async fn switching_protocols(world: World) -> Verdict {
    let (_client, response) = Handshake::with(world.main()?).accepted().await?;
    for (name, value) in [("Connection", "upgrade"), ("Upgrade", "websocket")] {
        let found = response.header(name).map(str::to_ascii_lowercase);
        equal(&format!("header `{name}`"), found.as_deref(), Some(value))?;
    }
    ensure(response.header("Date").is_some(), "header `Date`", "none")?;
    for name in ["Sec-WebSocket-Extensions", "Sec-WebSocket-Protocol"] {
        equal(&format!("header `{name}`"), response.header(name), None)?;
    }
    Ok(())
}

async fn compression(world: World) -> Verdict {
    let offering = Handshake::with(world.main()?).header("Sec-WebSocket-Extensions", "permessage-deflate");
    let (_client, response) = offering.accepted().await?;
    let taken = response.header("sec-websocket-extensions");
    let is_one_of_both = taken.is_none_or(|extension| extension.starts_with("permessage-deflate"));
    ensure(is_one_of_both, "`permessage-deflate` or nothing", format!("{taken:?}"))
}

async fn dropped_response(world: World) -> Verdict {
    let answer = json!({ "statusCode": 200, "headers": { "X-Own": "header", "Set-Cookie": "a=b" }, "body": "welcome" });
    let (mut client, response) = Handshake::with(world.main()?).connect(&[Step::Answer(answer)]).accepted().await?;
    for name in ["X-Own", "Set-Cookie"] {
        equal(&format!("header `{name}`"), response.header(name), None)?;
    }
    // A body that were sent would come first.
    client.id("").await.map_err(|shortfall| shortfall.of("no frame before the first answer"))?;
    Ok(())
}

async fn trailing_slash(world: World) -> Verdict {
    let api = world.main()?;
    let mut client = Handshake::with(api).path(format!("{}/", api.url.path)).open().await?;
    client.id("").await?;
    Ok(())
}

async fn pending(world: World) -> Verdict {
    const MILLISECONDS: u64 = 700;
    let handshake = Handshake::with(world.main()?).connect(&[Step::Sleep(MILLISECONDS)]);
    let started = Instant::now();
    let _client = handshake.open().await?;
    let elapsed = started.elapsed().as_millis();
    ensure(elapsed >= MILLISECONDS.into(), format!("101 after {MILLISECONDS} ms"), format!("after {elapsed} ms"))
}

async fn own_post(world: World) -> Verdict {
    let mut observer = world.observer().await?;
    let steps = [Step::Call { method: "POST".to_owned(), connection: None }];
    let _client = Handshake::with(world.main()?).observed_by(&observer.id).connect(&steps).open().await?;
    observer.event("CONNECT").await?;
    let outcome = observer.client.outcome().await?;
    equal("status and error", (outcome.status, outcome.error_type.as_deref()), (410, Some("GoneException")))
}

async fn foreign_post(world: World) -> Verdict {
    let mut observer = world.observer().await?;
    let handshake = Handshake::with(world.main()?).observed_by(&observer.id).connect(&[Step::Sleep(3_000)]);
    let posted_meanwhile = async {
        let id = observer.event("CONNECT").await?.context("connectionId").to_owned();
        let response = world.call(world.main()?, "POST", &id)?.body("too early").send().await?;
        equal("status", response.status, 410)?;
        Ok(id)
    };
    let (client, posted) = tokio::join!(handshake.open(), posted_meanwhile);
    let id = posted?;
    // The connection comes about all the same.
    let own = client?.id("").await?;
    equal("`connectionId`", own, id)
}

async fn refused_is_gone(world: World) -> Verdict {
    let mut observer = world.guarded_observer().await?;
    let steps = [Step::Answer(json!({ "statusCode": 403 }))];
    world.identified()?.observed_by(&observer.id).connect(&steps).refused(403).await?;
    observer.authorizer_event().await?;
    let id = observer.event("CONNECT").await?.context("connectionId").to_owned();
    let response = world.call(world.guarded()?, "GET", &id)?.send().await?;
    equal("status", response.status, 410)?;
    let next = another_connection_is_next(&world, &mut observer).await;
    next.map_err(|shortfall| shortfall.of("`$disconnect` does not run"))
}
