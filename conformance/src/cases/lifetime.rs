//! How long connections live. These cases take as long as the limits that the command line names.

use std::time::Duration;

use tokio::time::{Instant, sleep};
use tokio_tungstenite::tungstenite::Message;

use super::expected::Watched;
use crate::case::{Area::Closing as Area, Case};
use crate::client::{closed, describe};
use crate::instruction::Step;
use crate::shortfall::{Shortfall, Verdict, ensure, equal};
use crate::world::World;

const QUOTAS: &str = "API Gateway quotas for WebSocket APIs";
/// How late a connection may be closed.
const LATE: Duration = Duration::from_secs(60);
/// Messages until one must have been too many: about what ten seconds of the default account throttle allow.
const MOST_MESSAGES: usize = 100_000;

pub(super) const CASES: &[Case] = &[
    Case::documented(
        Area,
        "an idle connection is closed with 1001, and `$disconnect` is told `Going away`",
        "API Gateway quotas for WebSocket APIs, and a recorded event",
        |world| Box::pin(idle(world)),
    )
    .slow(),
    Case::observed(
        Area,
        "posts keep a connection from being idle",
        "the keep-alive of hotsock, which works from the server's side",
        |world| Box::pin(kept_alive(world)),
    )
    .slow(),
    Case::documented(Area, "an old connection is closed with 1001, however busy it is", QUOTAS, |world| {
        Box::pin(old(world))
    })
    .slow(),
    Case::documented(
        Area,
        "a client that sends far too many messages is closed with 1008",
        "API Gateway developer guide, status codes of WebSocket APIs",
        |world| Box::pin(flood(world)),
    )
    .slow()
    .alone(),
];

async fn idle(world: World) -> Verdict {
    let limit = world.target().limits.idle_timeout;
    let Watched { mut observer, mut client, .. } = Watched::open(&world).await?;
    let opened = Instant::now();
    // The observer must not become idle itself.
    let kept_awake = async {
        for _ in 0..2 {
            sleep(limit / 3).await;
            observer.has_heard_nothing().await?;
        }
        Ok(())
    };
    let (end, kept_awake) = tokio::join!(client.closed_within(limit + LATE), kept_awake);
    kept_awake?;
    equal("code", end?.0, 1001)?;
    let elapsed = opened.elapsed();
    ensure(elapsed > limit / 2, format!("an end after about {limit:?}"), format!("after {elapsed:?}"))?;
    let event = observer.event("DISCONNECT").await?;
    equal("code that `$disconnect` is told", event.at("/requestContext/disconnectStatusCode").as_u64(), Some(1001))?;
    equal("reason", event.context("disconnectReason"), "Going away")
}

async fn kept_alive(world: World) -> Verdict {
    let limits = world.target().limits;
    if limits.max_lifetime < limits.idle_timeout.saturating_mul(3) / 2 {
        return Err(Shortfall::Skipped("the longest life is hardly longer than the idle timeout".to_owned()));
    }
    let mut client = world.client().await?;
    let id = client.id("").await?;
    let opened = Instant::now();
    while opened.elapsed() < limits.idle_timeout.saturating_mul(5) / 4 {
        sleep(limits.idle_timeout / 4).await;
        let posted = world.post(&id, "still there?").await;
        posted.map_err(|shortfall| shortfall.of(format!("after {:?}", opened.elapsed())))?;
        client.text().await?;
    }
    Ok(())
}

async fn old(world: World) -> Verdict {
    let limits = world.target().limits;
    let mut client = world.client().await?;
    let opened = Instant::now();
    while opened.elapsed() < limits.max_lifetime + LATE {
        client.tell("custom", &[Step::Report]).await?;
        while let Some(heard) = client.heard_within(limits.idle_timeout / 4).await? {
            let Message::Close(frame) = heard else { continue };
            equal("code", closed(frame).0, 1001)?;
            let elapsed = opened.elapsed();
            let expected = format!("an end after about {:?}", limits.max_lifetime);
            return ensure(elapsed > limits.max_lifetime / 2, expected, format!("after {elapsed:?}"));
        }
    }
    Err(Shortfall::new(format!("an end after {:?}", limits.max_lifetime), "none"))
}

async fn flood(world: World) -> Verdict {
    let mut client = world.client().await?;
    client.id("").await?;
    for _ in 0..MOST_MESSAGES {
        // Who is closed cannot send: the close frame is there to be read.
        if client.tell("custom", &[Step::Sleep(500)]).await.is_err() {
            break;
        }
    }
    // Frames that say what was not done come first.
    loop {
        match client.next().await? {
            Message::Text(_) => {}
            Message::Close(frame) => return equal("code", closed(frame).0, 1008),
            other => return Err(Shortfall::new("a close frame", describe(&other))),
        }
    }
}
