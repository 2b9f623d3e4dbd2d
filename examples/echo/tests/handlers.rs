//! The handlers, in process.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use echo::{on_connect, on_disconnect, on_message};
use parlor::testing::{self, Backend};

#[tokio::test]
async fn a_frame_comes_back_as_a_response_or_as_a_frame() {
    let backend = Backend::start().await;
    let two_way = testing::message("Ada=", r#"{"action":"echo"}"#).route_key("echo").build();
    let response = on_message(&backend.sockets(), two_way).await.unwrap();
    assert_eq!(response.body(), Some(r#"{"action":"echo"}"#));
    assert!(backend.sent_to("Ada=").is_empty());

    let response = on_message(&backend.sockets(), testing::message("Ada=", "hello").build()).await.unwrap();
    assert_eq!(response.body(), None);
    assert_eq!(backend.sent_to("Ada="), ["hello"]);
}

#[tokio::test]
async fn a_client_learns_its_address_and_is_closed() {
    let backend = Backend::start().await;
    let sockets = backend.sockets();
    on_message(&sockets, testing::message("Ada=", "who am i").build()).await.unwrap();
    assert_eq!(backend.sent_to("Ada="), ["203.0.113.1"]);
    on_message(&sockets, testing::message("Ada=", "bye").build()).await.unwrap();
    assert_eq!(backend.disconnected(), ["Ada="]);
}

#[tokio::test]
async fn a_broadcast_reaches_the_connections_that_are_registered() {
    let backend = Backend::start().await;
    let sockets = backend.sockets();
    for id in ["Ada=", "Ben=", "Eve="] {
        on_connect(&sockets, testing::connect(id).build()).await.unwrap();
    }
    on_disconnect(&sockets, testing::disconnect("Eve=").build()).await.unwrap();

    on_message(&sockets, testing::message("Ada=", "all together").build()).await.unwrap();

    let sent =
        [("Ben=", "all together"), ("Ada=", "all together")].map(|(id, frame)| (id.to_owned(), frame.to_owned()));
    assert_eq!(backend.sent(), sent, "the sender is the last");
}
