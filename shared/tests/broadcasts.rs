//! One frame to a group, on every page.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::{Duration, UNIX_EPOCH};

use parlor::testing::{self, Backend};
use parlor::{Connection, FanoutWorker, SendOutcome, Sent, Sockets};

/// Two full pages and a part of a third.
const CROWD: usize = 230;

/// Registers a connection that was opened a minute ago, of a member with the same name.
async fn register(sockets: &Sockets, group: &str, id: &str) {
    let peer = testing::connect(id).build().peer;
    sockets.register(&Connection::from_parts(peer, a_minute_ago(), group, id)).await.unwrap();
}

async fn crowd(sockets: &Sockets, count: usize) {
    for number in 0..count {
        register(sockets, "lobby", &format!("member{number:03}=")).await;
    }
}

fn a_minute_ago() -> u64 {
    u64::try_from((UNIX_EPOCH.elapsed().unwrap() - Duration::from_secs(60)).as_millis()).unwrap()
}

async fn members(sockets: &Sockets, group: &str) -> usize {
    sockets.page(parlor::Audience::group(group)).await.unwrap().connections.len()
}

#[tokio::test]
async fn a_broadcast_reaches_every_page_but_not_the_connection_that_it_leaves_out() {
    let backend = Backend::start().await;
    let sockets = backend.sockets();
    crowd(&sockets, CROWD).await;
    // On the last page.
    let sender = backend.peer("member229=");

    let sent = sockets.group("lobby").except(&sender).send("hello").await.unwrap();

    assert_eq!(sent, Sent { delivered: CROWD - 1, ..Sent::default() });
    assert_eq!(backend.sent().len(), CROWD - 1);
    assert!(backend.sent_to("member229=").is_empty());
}

#[tokio::test]
async fn the_sender_is_the_last_to_receive_the_frame() {
    let backend = Backend::start().await;
    let sockets = backend.sockets();
    crowd(&sockets, CROWD).await;
    let sender = backend.peer("member000=");

    sockets.group("lobby").sender_last(&sender, "member000=").send("hello").await.unwrap();

    let sent = backend.sent();
    assert_eq!(sent.len(), CROWD);
    assert_eq!(sent.last(), Some(&("member000=".to_owned(), "hello".to_owned())));
}

#[tokio::test]
async fn connections_of_a_member_can_be_left_out_or_be_all_that_is_meant() {
    let backend = Backend::start().await;
    let sockets = backend.sockets();
    for (member, id) in [("ada", "AdaHere="), ("ada", "AdaThere="), ("adam", "Adam=")] {
        let peer = backend.peer(id);
        sockets.register(&Connection::from_parts(peer, a_minute_ago(), "lobby", member)).await.unwrap();
    }

    sockets.group("lobby").except_member("ada").send("to the others").await.unwrap();
    sockets.member("lobby", "ada").send("to ada").await.unwrap();
    let closed = sockets.member("lobby", "ada").disconnect().await.unwrap();

    assert_eq!(backend.sent_to("Adam="), ["to the others"]);
    assert_eq!(backend.sent_to("AdaHere="), ["to ada"]);
    assert_eq!(closed, 2);
    assert_eq!(backend.disconnected().len(), 2);
}

#[tokio::test]
async fn a_stale_connection_is_counted_and_pruned() {
    let backend = Backend::start().await;
    let sockets = backend.sockets();
    crowd(&sockets, 3).await;
    backend.close("member001=");

    let sent = sockets.group("lobby").send("hello").await.unwrap();

    assert_eq!(sent, Sent { delivered: 2, stale: 1, ..Sent::default() });
    assert_eq!(members(&sockets, "lobby").await, 2);
}

#[tokio::test]
async fn a_connection_whose_handshake_may_be_going_on_is_not_pruned() {
    let backend = Backend::start().await;
    let sockets = backend.sockets();
    let connect = testing::connect("Young=").build();
    sockets.register(&Connection::new(&connect, "lobby", "ada")).await.unwrap();
    backend.close("Young=");

    let sent = sockets.group("lobby").send("hello").await.unwrap();

    assert_eq!((sent.stale, members(&sockets, "lobby").await), (1, 1));
}

#[tokio::test]
async fn a_member_who_renews_a_connection_receives_the_frame_on_the_new_one() {
    let backend = Backend::start().await;
    let sockets = backend.sockets();
    register(&sockets, "lobby", "Ben=").await;
    let old = Connection::from_parts(backend.peer("Old="), a_minute_ago(), "lobby", "ada");
    sockets.register(&old).await.unwrap();
    let first = sockets.page(parlor::Audience::group("lobby")).await.unwrap();
    // The page has the old one. The new one opens before the old one closes.
    sockets.register(&Connection::new(&testing::connect("New=").build(), "lobby", "ada")).await.unwrap();
    backend.close("Old=");

    sockets.group("lobby").first_page(first).send("hello").await.unwrap();

    assert_eq!(backend.sent_to("New="), ["hello"]);
}

#[tokio::test]
async fn a_fan_out_function_delivers_what_overflows() {
    let backend = Backend::start().await;
    let (sockets, queue) = (backend.sockets(), backend.fanout_queue());
    crowd(&sockets, CROWD).await;
    let sender = backend.peer("member200=");

    let sent = sockets.group("lobby").except(&sender).overflow_to(&queue).send("hello").await.unwrap();

    assert_eq!((sent.delivered, sent.queued), (100, true), "the first page");
    let worker = FanoutWorker::new(backend.sockets(), queue, "Test");
    for event in backend.take_fanout_events() {
        worker.carry_out(event).await.unwrap();
    }
    assert_eq!(backend.sent().len(), CROWD - 1);
    assert!(backend.sent_to("member200=").is_empty());
    assert!(backend.take_fanout_events().is_empty());
}

#[tokio::test]
async fn a_greeting_arrives_after_the_handshake() {
    let backend = Backend::start().await;
    let queue = backend.fanout_queue();
    let connection = Connection::new(&testing::connect("Ada=").build(), "lobby", "ada");

    queue.greet(&connection, "welcome").await.unwrap();

    assert!(backend.sent_to("Ada=").is_empty(), "the handshake waits for this function");
    let worker = FanoutWorker::new(backend.sockets(), queue, "Test");
    for event in backend.take_fanout_events() {
        worker.carry_out(event).await.unwrap();
    }
    assert_eq!(backend.sent_to("Ada="), ["welcome"]);
}

#[tokio::test]
async fn a_frame_that_is_too_large_is_an_outcome() {
    let backend = Backend::start().await;
    let outcome = backend.sockets().send(&backend.peer("Ada="), &"x".repeat(128 * 1024 + 1)).await.unwrap();
    assert_eq!(outcome, SendOutcome::TooLarge);
}

#[tokio::test]
async fn a_broadcast_that_is_too_large_is_an_error() {
    let backend = Backend::start().await;
    let outcome = backend.sockets().group("lobby").send(&"x".repeat(128 * 1024 + 1)).await;
    assert!(matches!(outcome, Err(parlor::Error::TooLarge)));
}

#[tokio::test]
async fn a_function_that_starts_opens_a_connection_to_a_stage_with_tls() {
    let backend = Backend::start().await;
    let stage = |url: &str| backend.sockets().with_stage(url.parse().unwrap());

    stage("http://127.0.0.1:3001/dev").warm_up().await;
    backend.sockets().warm_up().await;
    assert!(backend.sent_to("AAAAAAAAAAAAAAA=").is_empty(), "there is no TLS to wait for");

    stage("https://abcdef1234.execute-api.us-east-1.amazonaws.com/dev").warm_up().await;
    assert_eq!(backend.sent_to("AAAAAAAAAAAAAAA="), [""]);
}
