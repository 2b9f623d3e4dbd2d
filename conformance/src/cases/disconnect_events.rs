//! The event of `$disconnect`, field for field, and what it says about each ending.

use serde_json::json;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use super::expected::{Watched, context, with};
use crate::case::{Area::Events, Case};
use crate::shape::{self, ANY, TEXT};
use crate::shortfall::{Verdict, ensure, equal};
use crate::world::World;

const CAPTURES: &str = "recorded events of several deployed APIs, 2022 to 2024";

pub(super) const CASES: &[Case] = &[
    Case::observed(Events, "a disconnect event has exactly its fields", CAPTURES, |world| Box::pin(fields(world))),
    Case::observed(
        Events,
        "the headers of a disconnect event are its own, and all but the host are empty",
        "recorded events, aws/chalice #2060 among them",
        |world| Box::pin(headers(world)),
    ),
    Case::observed(Events, "the headers of a disconnect event are sorted without regard to case", CAPTURES, |world| {
        Box::pin(sorted_headers(world))
    }),
    Case::observed(Events, "a close without a code is told as 1005", CAPTURES, |world| Box::pin(without_code(world))),
    Case::assumed(
        Events,
        "a close with a code is told with that code and its reason",
        "the descriptions of the two fields, and a recorded event with 1001 and no reason, as browsers leave a page",
        |world| Box::pin(with_code(world)),
    ),
    Case::observed(
        Events,
        "a connection that was deleted is told as 1000, `Connection Closed Normally`",
        "aws/chalice #2060, boto/boto3 #3789",
        |world| Box::pin(deleted(world)),
    ),
    Case::documented(
        Events,
        "a TCP connection that breaks is told as 1006",
        "API Gateway developer guide, status codes of WebSocket APIs; it may take minutes",
        |world| Box::pin(dropped(world)),
    )
    .slow(),
];

async fn fields(world: World) -> Verdict {
    let mut watched = Watched::open(&world).await?;
    watched.client.close(None).await?;
    let event = watched.observer.event("DISCONNECT").await?;
    let more = json!({
        "disconnectStatusCode": ANY,
        "disconnectReason": TEXT,
        "authorizer": { "principalId": "somebody", "observer": watched.observer.id, "integrationLatency?": ANY },
        "connectionId": watched.id,
    });
    shape::matches(
        &event.json,
        &json!({
            "headers": ANY,
            "multiValueHeaders": ANY,
            "requestContext": with(context(world.guarded()?, "$disconnect", "DISCONNECT"), more),
            "isBase64Encoded": false,
        }),
    )
}

async fn headers(world: World) -> Verdict {
    let mut watched = Watched::open(&world).await?;
    watched.client.close(None).await?;
    let event = watched.observer.event("DISCONNECT").await?;
    let host = &world.guarded()?.url.authority;
    let single = json!({ "Host": host, "x-api-key": "", "X-Forwarded-For": "", "x-restapi": "" });
    let multiple = json!({ "Host": [host], "x-api-key": [""], "X-Forwarded-For": [""], "x-restapi": [""] });
    shape::matches(&event.json["headers"], &single).map_err(|shortfall| shortfall.of("`headers`"))?;
    shape::matches(&event.json["multiValueHeaders"], &multiple).map_err(|shortfall| shortfall.of("`multiValueHeaders`"))
}

async fn sorted_headers(world: World) -> Verdict {
    let mut watched = Watched::open(&world).await?;
    watched.client.close(None).await?;
    let event = watched.observer.event("DISCONNECT").await?;
    let names = ["Host", "x-api-key", "X-Forwarded-For", "x-restapi"];
    let places: Vec<_> = names.iter().map(|name| event.text.find(&format!("\"{name}\""))).collect();
    ensure(places.is_sorted(), format!("headers in the order {names:?}"), format!("their places are {places:?}"))
}

async fn without_code(world: World) -> Verdict {
    let mut watched = Watched::open(&world).await?;
    watched.client.close(None).await?;
    let reason = "Client-side close frame status not set".to_owned();
    equal("code and reason", watched.disconnected(&world).await?, (1005, reason))
}

async fn with_code(world: World) -> Verdict {
    let mut watched = Watched::open(&world).await?;
    let frame = CloseFrame { code: 4321.into(), reason: "had enough".into() };
    watched.client.close(Some(frame)).await?;
    equal("code and reason", watched.disconnected(&world).await?, (4321, "had enough".to_owned()))
}

async fn deleted(world: World) -> Verdict {
    let watched = Watched::open(&world).await?;
    world.call(world.guarded()?, "DELETE", &watched.id)?.send().await?;
    equal("code and reason", watched.disconnected(&world).await?, (1000, "Connection Closed Normally".to_owned()))
}

async fn dropped(world: World) -> Verdict {
    let Watched { mut observer, client, .. } = Watched::open(&world).await?;
    drop(client);
    let event = observer.event_within("DISCONNECT", world.target().limits.idle_timeout).await?;
    let code = event.at("/requestContext/disconnectStatusCode").as_u64();
    ensure(code == Some(1006), "code 1006", format!("{code:?}"))
}
