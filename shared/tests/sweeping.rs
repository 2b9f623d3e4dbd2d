//! The sweep: each connection once, whatever it belongs to.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::{Duration, UNIX_EPOCH};

use parlor::testing::{self, Backend};
use parlor::{Audience, Connection, Deadline, Sockets, SweepFrames, SweepReport};

const FRAMES: SweepFrames<'static> = SweepFrames { keep_alive: "still here", renew: "connect again" };

fn minutes_ago(minutes: u64) -> u64 {
    u64::try_from((UNIX_EPOCH.elapsed().unwrap() - Duration::from_secs(minutes * 60)).as_millis()).unwrap()
}

fn connection(id: &str, minutes: u64) -> Connection {
    Connection::from_parts(testing::connect(id).build().peer, minutes_ago(minutes), "lobby", "ada")
}

async fn sweep(sockets: &Sockets) -> SweepReport {
    sockets.sweep(FRAMES, Deadline::after(Duration::from_secs(60))).await.unwrap()
}

async fn rows(sockets: &Sockets) -> usize {
    sockets.page(Audience::group("lobby")).await.unwrap().connections.len()
}

#[tokio::test]
async fn connections_are_kept_renewed_closed_or_pruned() {
    let backend = Backend::start().await;
    let sockets = backend.sockets();
    for connection in [
        connection("Quiet=", 1),
        connection("Old=", 115),
        connection("Over=", 30).until(minutes_ago(1) / 1_000),
        connection("Gone=", 30),
        connection("Joining=", 0),
    ] {
        sockets.register(&connection).await.unwrap();
    }
    backend.close("Gone=");
    backend.close("Joining=");

    let report = sweep(&sockets).await;

    assert_eq!(report, SweepReport { kept: 1, renewed: 1, closed: 1, stale: 2, failed: 0 });
    assert_eq!(backend.sent_to("Quiet="), ["still here"]);
    assert_eq!(backend.sent_to("Old="), ["connect again"]);
    assert_eq!(
        (backend.sent_to("Over="), backend.disconnected()),
        (vec!["connect again".to_owned()], vec!["Over=".to_owned()])
    );
    assert_eq!(rows(&sockets).await, 3, "the quiet one, the old one, and the one that may be joining");
}

#[tokio::test]
async fn a_connection_of_several_groups_is_visited_once() {
    let backend = Backend::start().await;
    let sockets = backend.sockets();
    let ada = connection("Ada=", 1);
    sockets.directory().register(&ada).await.unwrap();
    for topic in ["news", "sport", "weather"] {
        sockets.directory().join(&ada.peer.id, topic).await.unwrap();
    }
    let mut ben = connection("Ben=", 1);
    sockets.register(&ben).await.unwrap();
    ben.group = "elsewhere".to_owned();
    sockets.register(&ben).await.unwrap();

    let report = sweep(&sockets).await;

    assert_eq!(report.kept, 2);
    assert_eq!((backend.sent_to("Ada=").len(), backend.sent_to("Ben=").len()), (1, 1));
}

#[tokio::test]
async fn a_stale_connection_of_the_directory_is_removed_from_all_groups() {
    let backend = Backend::start().await;
    let sockets = backend.sockets();
    let ada = connection("Ada=", 10);
    sockets.directory().register(&ada).await.unwrap();
    sockets.directory().join(&ada.peer.id, "news").await.unwrap();
    backend.close("Ada=");

    let report = sweep(&sockets).await;

    assert_eq!(report.stale, 1);
    assert_eq!(rows(&sockets).await, 0);
    assert!(sockets.directory().find(&ada.peer.id).await.unwrap().is_empty());
    let news = sockets.page(Audience::group("news")).await.unwrap();
    assert!(news.connections.is_empty());
}

#[tokio::test]
async fn a_sweep_without_time_has_no_report() {
    let backend = Backend::start().await;
    let outcome = backend.sockets().sweep(FRAMES, Deadline::after(Duration::ZERO)).await;
    assert!(matches!(outcome, Err(parlor::Error::OutOfTime)));
}
