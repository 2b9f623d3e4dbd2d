//! Connections that are found by their id, that move between groups, and that belong to several.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

use parlor::testing::{self, Backend};
use parlor::{Audience, Connection, JoinOutcome, MAX_GROUPS, Sockets};

async fn register(sockets: &Sockets, id: &str, group: &str) -> Connection {
    let connection = Connection::new(&testing::connect(id).build(), group, "ada").with_attributes(&"red").unwrap();
    sockets.directory().register(&connection).await.unwrap();
    found(sockets, id).await.pop().unwrap()
}

async fn found(sockets: &Sockets, id: &str) -> Vec<Connection> {
    sockets.directory().find(&id.parse().unwrap()).await.unwrap()
}

async fn groups(sockets: &Sockets, id: &str) -> Vec<String> {
    found(sockets, id).await.into_iter().map(|connection| connection.group).collect()
}

async fn members(sockets: &Sockets, group: &str) -> Vec<String> {
    let page = sockets.page(Audience::group(group)).await.unwrap();
    page.connections.iter().map(|connection| connection.peer.id.to_string()).collect()
}

fn joined(outcome: JoinOutcome) -> Connection {
    match outcome {
        JoinOutcome::Joined(connection) => connection,
        other => panic!("not joined: {other:?}"),
    }
}

#[tokio::test]
async fn a_connection_is_found_by_its_id_with_its_attributes() {
    let backend = Backend::start().await;
    let sockets = backend.sockets();
    let ada = register(&sockets, "Ada=", "lobby").await;

    assert_eq!((ada.group.as_str(), ada.member.as_str()), ("lobby", "ada"));
    assert_eq!(ada.attributes::<String>().unwrap(), "red");
    assert_eq!(ada.peer, backend.peer("Ada="));
    assert!(found(&sockets, "Nobody=").await.is_empty());
}

#[tokio::test]
async fn a_connection_moves_from_one_group_to_another() {
    let backend = Backend::start().await;
    let sockets = backend.sockets();
    let ada = register(&sockets, "Ada=", "lobby").await;

    let moved = joined(sockets.directory().move_to(ada.clone(), "match-7").await.unwrap());

    assert_eq!((moved.group.as_str(), moved.attributes::<String>().unwrap().as_str()), ("match-7", "red"));
    assert_eq!(groups(&sockets, "Ada=").await, ["match-7"]);
    assert!(members(&sockets, "lobby").await.is_empty());
    assert_eq!(members(&sockets, "match-7").await, ["Ada="]);
    // The lobby has been left already, by the move before.
    let again = sockets.directory().move_to(ada, "match-8").await.unwrap();
    assert_eq!(again, JoinOutcome::NotRegistered);
    assert!(members(&sockets, "match-8").await.is_empty());
}

#[tokio::test]
async fn a_move_to_the_same_group_changes_nothing() {
    let backend = Backend::start().await;
    let sockets = backend.sockets();
    let ada = register(&sockets, "Ada=", "lobby").await;

    joined(sockets.directory().move_to(ada, "lobby").await.unwrap());

    assert_eq!(groups(&sockets, "Ada=").await, ["lobby"]);
    assert_eq!(members(&sockets, "lobby").await, ["Ada="]);
}

#[tokio::test]
async fn a_connection_belongs_to_several_groups_until_it_leaves_them() {
    let backend = Backend::start().await;
    let sockets = backend.sockets();
    let ada = register(&sockets, "Ada=", "user:ada").await;
    joined(sockets.directory().join(&ada.peer.id, "topic:news").await.unwrap());
    joined(sockets.directory().join(&ada.peer.id, "topic:sport").await.unwrap());
    joined(sockets.directory().join(&ada.peer.id, "topic:sport").await.unwrap());
    assert_eq!(groups(&sockets, "Ada=").await, ["topic:news", "topic:sport", "user:ada"]);

    sockets.directory().leave(&ada.peer.id, "topic:news").await.unwrap();

    assert_eq!(groups(&sockets, "Ada=").await, ["topic:sport", "user:ada"]);
    assert!(members(&sockets, "topic:news").await.is_empty());
}

#[tokio::test]
async fn unregistering_removes_all_groups_and_returns_them() {
    let backend = Backend::start().await;
    let sockets = backend.sockets();
    let ada = register(&sockets, "Ada=", "user:ada").await;
    joined(sockets.directory().join(&ada.peer.id, "topic:news").await.unwrap());

    let left = sockets.directory().unregister(&ada.peer.id).await.unwrap();

    let left: Vec<_> = left.iter().map(|connection| connection.group.as_str()).collect();
    assert_eq!(left, ["topic:news", "user:ada"]);
    assert!(members(&sockets, "topic:news").await.is_empty() && members(&sockets, "user:ada").await.is_empty());
    assert!(sockets.directory().unregister(&ada.peer.id).await.unwrap().is_empty());
    // A message that was handled at the same time cannot bring it back.
    assert_eq!(sockets.directory().join(&ada.peer.id, "topic:late").await.unwrap(), JoinOutcome::NotRegistered);
    assert!(members(&sockets, "topic:late").await.is_empty());
    sockets.directory().leave(&ada.peer.id, "user:ada").await.unwrap();
}

#[tokio::test]
async fn a_connection_belongs_to_so_many_groups_at_most() {
    let backend = Backend::start().await;
    let sockets = backend.sockets();
    let ada = register(&sockets, "Ada=", "group-00").await;
    for number in 1..MAX_GROUPS {
        joined(sockets.directory().join(&ada.peer.id, format!("group-{number:02}")).await.unwrap());
    }

    let outcome = sockets.directory().join(&ada.peer.id, "one too many").await.unwrap();

    assert_eq!(outcome, JoinOutcome::TooManyGroups);
    assert!(members(&sockets, "one too many").await.is_empty());
    assert_eq!(sockets.directory().set_attributes(&ada.peer.id, &"blue").await.unwrap().len(), MAX_GROUPS);
    assert_eq!(found(&sockets, "Ada=").await[98].attributes::<String>().unwrap(), "blue");
}

#[tokio::test]
async fn attributes_are_replaced_in_all_groups() {
    let backend = Backend::start().await;
    let sockets = backend.sockets();
    let ada = register(&sockets, "Ada=", "lobby").await;
    joined(sockets.directory().join(&ada.peer.id, "news").await.unwrap());

    let changed = sockets.directory().set_attributes(&ada.peer.id, &"blue").await.unwrap();

    assert_eq!(changed, found(&sockets, "Ada=").await);

    for group in ["lobby", "news"] {
        let page = sockets.page(Audience::group(group)).await.unwrap();
        assert_eq!(page.connections[0].attributes::<String>().unwrap(), "blue", "in {group}");
    }
    assert_eq!(found(&sockets, "Ada=").await[0].attributes::<String>().unwrap(), "blue");
    let unknown = "Nobody=".parse().unwrap();
    assert!(sockets.directory().set_attributes(&unknown, &"blue").await.unwrap().is_empty());
}

#[tokio::test]
async fn a_group_may_be_called_like_an_entry_of_the_directory() {
    let backend = Backend::start().await;
    let sockets = backend.sockets();
    register(&sockets, "Ada=", "lobby").await;

    register(&sockets, "Eve=", "connection:Ada=").await;

    assert_eq!(members(&sockets, "connection:Ada=").await, ["Eve="]);
    assert_eq!(groups(&sockets, "Ada=").await, ["lobby"]);
    let sent = sockets.group("connection:Ada=").send("hello").await.unwrap();
    assert_eq!(sent.delivered, 1);
}

#[tokio::test]
async fn a_connection_that_has_left_its_last_group_may_join_another() {
    let backend = Backend::start().await;
    let sockets = backend.sockets();
    let ada = register(&sockets, "Ada=", "topic:news").await;

    sockets.directory().leave(&ada.peer.id, "topic:news").await.unwrap();
    assert!(found(&sockets, "Ada=").await.is_empty());
    let sport = joined(sockets.directory().join(&ada.peer.id, "topic:sport").await.unwrap());

    assert_eq!((sport.member.as_str(), sport.attributes::<String>().unwrap().as_str()), ("ada", "red"));
    assert_eq!(members(&sockets, "topic:sport").await, ["Ada="]);
}

#[tokio::test]
async fn a_move_takes_the_attributes_of_the_moment_not_those_of_the_past() {
    let backend = Backend::start().await;
    let sockets = backend.sockets();
    let ada = register(&sockets, "Ada=", "lobby").await;
    sockets.directory().set_attributes(&ada.peer.id, &"blue").await.unwrap();

    let moved = joined(sockets.directory().move_to(ada, "duel").await.unwrap());

    assert_eq!(moved.attributes::<String>().unwrap(), "blue");
    let page = sockets.page(Audience::group("duel")).await.unwrap();
    assert_eq!(page.connections[0].attributes::<String>().unwrap(), "blue");
}

#[tokio::test]
async fn changes_of_one_connection_at_the_same_time_all_happen() {
    let backend = Backend::start().await;
    let sockets = backend.sockets();
    let ada = register(&sockets, "Ada=", "user:ada").await;
    let directory = sockets.directory();

    let (news, sport, weather, painted) = tokio::join!(
        directory.join(&ada.peer.id, "news"),
        directory.join(&ada.peer.id, "sport"),
        directory.join(&ada.peer.id, "weather"),
        directory.set_attributes(&ada.peer.id, &"blue"),
    );

    for outcome in [news, sport, weather] {
        joined(outcome.unwrap());
    }
    painted.unwrap();
    let found = found(&sockets, "Ada=").await;
    assert_eq!(found.len(), 4);
    for connection in found {
        let page = sockets.page(Audience::group(&connection.group)).await.unwrap();
        assert_eq!(page.connections, [connection], "the row is what the entry says");
    }
}

#[tokio::test]
async fn registering_twice_joins_the_second_group() {
    let backend = Backend::start().await;
    let sockets = backend.sockets();
    register(&sockets, "Ada=", "lobby").await;

    register(&sockets, "Ada=", "news").await;

    assert_eq!(groups(&sockets, "Ada=").await, ["lobby", "news"]);
    assert_eq!(sockets.directory().unregister(&"Ada=".parse().unwrap()).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_connection_whose_row_cannot_be_written_leaves_nothing_behind() {
    let backend = Backend::start().await;
    let sockets = backend.sockets();
    // A sort key has 1,024 bytes at most.
    let member = "m".repeat(1_100);
    let connection = Connection::new(&testing::connect("Ada=").build(), "lobby", member);

    assert!(sockets.directory().register(&connection).await.is_err());

    let table = backend.aws().dynamodb().scan().table_name("Connections").send().await.unwrap();
    assert_eq!(table.count(), 0);
}
