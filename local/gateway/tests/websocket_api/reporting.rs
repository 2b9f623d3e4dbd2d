//! What the gateway reports: ids, routes and outcomes.

use local_core::events::{ConnectionEvent, ConnectionEventKind};
use serde_json::json;

use crate::lambda::Answer;
use crate::world::World;

#[tokio::test]
async fn each_step_of_a_connection_is_an_event() {
    let world = World::start().await;
    let (mut client, id) = world.connect_with_id().await;
    world.lambda.script("default", Answer::json(json!({"statusCode": 200, "body": "discarded"})));

    client.send("a secret").await;
    let expected = [
        (ConnectionEventKind::Handshake, Some("$connect"), Some("connect"), 101),
        (ConnectionEventKind::Message, Some("$default"), Some("default"), 200),
        (ConnectionEventKind::Post, None, None, 200),
        (ConnectionEventKind::Close, Some("$disconnect"), Some("disconnect"), 1000),
    ];
    for (kind, route_key, function, status) in expected {
        if kind == ConnectionEventKind::Post {
            world.call("POST", &id, "another secret").await;
        }
        if kind == ConnectionEventKind::Close {
            world.call("DELETE", &id, "").await;
            assert_eq!(world.reported().await.kind, ConnectionEventKind::Delete);
        }
        let event = world.reported().await;
        let ConnectionEvent { route_key: route, function: target, .. } = &event;
        assert_eq!((event.kind, event.connection_id.as_str(), event.status), (kind, id.as_str(), Some(status)));
        assert_eq!((route.as_deref(), target.as_deref()), (route_key, function), "{event:?}");
        assert_eq!((event.api.as_str(), event.problem.as_deref()), ("Api", None));
        assert!(!format!("{event:?}").contains("secret"), "{event:?}");
    }
}

#[tokio::test]
async fn a_request_that_is_not_for_a_connection_is_an_event_without_its_query() {
    let world = World::start().await;

    world.knock("/prod?token=secret", &[]).await;

    let event = world.reported().await;
    let problem = event.problem.unwrap();
    assert_eq!(
        (event.kind, event.connection_id.as_str(), event.status),
        (ConnectionEventKind::Handshake, "none", Some(403))
    );
    assert!(problem.starts_with("GET /prod: ") && !problem.contains("secret"), "{problem}");
}
