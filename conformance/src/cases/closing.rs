//! How connections end, and what they answer until then.

use serde_json::json;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

use super::expected::Watched;
use crate::case::{Area::Closing as Area, Case};
use crate::client::describe;
use crate::instruction::{METHOD_ARN, Step};
use crate::shortfall::{Shortfall, Verdict, ensure, equal};
use crate::world::World;

const OVERVIEW: &str = "API Gateway developer guide, overview of WebSocket APIs";

pub(super) const CASES: &[Case] = &[
    Case::documented(Area, "a client's close is answered, and `$disconnect` runs once", OVERVIEW, |world| {
        Box::pin(client_close(world))
    }),
    Case::documented(Area, "a close with a code is answered with that code", "RFC 6455, section 5.5.1", |world| {
        Box::pin(client_code(world))
    }),
    Case::documented(
        Area,
        "a deleted connection is closed with 1000, and `$disconnect` runs once",
        OVERVIEW,
        |world| Box::pin(deleted(world)),
    ),
    Case::documented(
        Area,
        "a binary frame closes with 1003, and reaches no function",
        "API Gateway developer guide, binary media types of WebSocket APIs",
        |world| Box::pin(binary(world)),
    ),
    Case::assumed(Area, "a text that is not UTF-8 closes with 1007", "RFC 6455, section 8.1", |world| {
        Box::pin(invalid_text(world))
    }),
    Case::documented(Area, "the connection is gone when `$disconnect` runs", OVERVIEW, |world| {
        Box::pin(gone_in_disconnect(world))
    }),
    Case::observed(
        Area,
        "a ping is answered with its own payload, and reaches no function",
        "dvmatyun/web_socket #13, and `/ping` of wscat",
        |world| Box::pin(ping(world)),
    ),
];

async fn client_close(world: World) -> Verdict {
    let mut watched = Watched::open(&world).await?;
    watched.client.close(None).await?;
    watched.disconnected(&world).await?;
    Ok(())
}

async fn client_code(world: World) -> Verdict {
    let mut client = world.client().await?;
    client.id("").await?;
    let closed = client.close(Some(CloseFrame { code: 3456.into(), reason: "enough".into() })).await?;
    equal("code", closed.0, 3456)
}

async fn deleted(world: World) -> Verdict {
    let mut watched = Watched::open(&world).await?;
    let response = world.call(world.guarded()?, "DELETE", &watched.id)?.send().await?;
    equal("status", response.status, 204)?;
    equal("code", watched.client.closed().await?.0, 1000)?;
    watched.disconnected(&world).await?;
    Ok(())
}

async fn binary(world: World) -> Verdict {
    let mut watched = Watched::open(&world).await?;
    watched.client.send(Message::binary(b"hello".to_vec())).await?;
    equal("code", watched.client.closed().await?.0, 1003)?;
    equal("code that `$disconnect` is told", watched.disconnected(&world).await?.0, 1003)
}

async fn invalid_text(world: World) -> Verdict {
    let mut watched = Watched::open(&world).await?;
    let frame = Frame::message(vec![b'a', 0xff, 0xfe], OpCode::Data(Data::Text), true);
    watched.client.send(Message::Frame(frame)).await?;
    equal("code", watched.client.closed().await?.0, 1007)?;
    equal("code that `$disconnect` is told", watched.disconnected(&world).await?.0, 1007)
}

async fn gone_in_disconnect(world: World) -> Verdict {
    let mut observer = world.guarded_observer().await?;
    let steps = crate::instruction::text(&[Step::Call { method: "POST".to_owned(), connection: None }]);
    let answer = json!({
        "principalId": "somebody",
        "policyDocument": {
            "Version": "2012-10-17",
            "Statement": [{ "Action": "execute-api:Invoke", "Effect": "Allow", "Resource": METHOD_ARN }],
        },
        "context": { "observer": observer.id, "disconnect": steps },
    });
    let mut client = world.identified()?.authorize(&[Step::Answer(answer)]).open().await?;
    // The context alone names the observer, and `$connect` has it, too.
    observer.event("CONNECT").await?;
    client.close(None).await?;
    observer.event("DISCONNECT").await?;
    equal("status of a post to it", observer.client.outcome().await?.status, 410)
}

async fn ping(world: World) -> Verdict {
    let mut client = world.client().await?;
    let own = client.id("").await?;
    client.send(Message::Ping(b"are you there?".to_vec().into())).await?;
    match client.next().await? {
        Message::Pong(payload) => {
            ensure(payload.as_ref() == b"are you there?", "the ping's payload", format!("{payload:?}"))?
        }
        other => return Err(Shortfall::new("a pong", describe(&other))),
    }
    equal("the first report afterwards is of", client.id("").await?, own)
}
