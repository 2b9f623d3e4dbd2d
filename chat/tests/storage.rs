//! Tokens, counters and rooms, against the embedded database.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test fails by panicking")]

use chat::{
    ChatToken, Counters, CreateChatToken, CreateRoom, DeleteRoom, Owner, Refusal, Rooms, Time, Tokens, UpdateRoom,
};
use parlor::testing::{self, Backend};
use parlor::{Connection, RegisterOutcome};
use serde_json::{Value, json};

const ROOM: &str = "arn:aws:ivschat:us-east-1:123456789012:room/AbCdEf123456";

fn bytes(value: &Value) -> Vec<u8> {
    value.to_string().into_bytes()
}

async fn tokens(backend: &Backend) -> Tokens {
    backend.create_table("Tokens", "tokenHash", None).await;
    Tokens::new(backend.aws().dynamodb().clone(), "Tokens")
}

async fn counters_and_rooms(backend: &Backend) -> (Counters, Rooms) {
    backend.create_table("Rooms", "roomId", Some("item")).await;
    let client = backend.aws().dynamodb();
    (Counters::new(client.clone(), "Rooms"), Rooms::new(client.clone(), "Rooms"))
}

#[tokio::test]
async fn a_token_opens_its_session_and_registers_one_connection() {
    let backend = Backend::start().await;
    let (tokens, sockets) = (tokens(&backend).await, backend.sockets());
    let request = json!({ "roomIdentifier": ROOM, "userId": "ada", "capabilities": ["SEND_MESSAGE"] });
    let issued = tokens.issue(CreateChatToken::parse(&bytes(&request)).unwrap()).await.unwrap();
    let token = ChatToken::offered([issued.token.as_str()].into_iter()).unwrap();

    let session = tokens.session(&token).await.unwrap().expect("a fresh token");
    let claims = session.claims().unwrap();
    assert_eq!((claims.room_id.as_str(), claims.user_id.as_str()), ("AbCdEf123456", "ada"));

    for expected in [RegisterOutcome::Registered, RegisterOutcome::Rejected] {
        let connection = Connection::new(&testing::connect("Ada=").build(), &claims.room_id, &claims.user_id);
        let outcome = sockets.register_if(&connection, tokens.spending(&token).unwrap()).await.unwrap();
        assert_eq!(outcome, expected);
    }
    assert!(tokens.session(&token).await.unwrap().is_none(), "the token was redeemed");
    let unknown = ChatToken::offered(["unknown"].into_iter()).unwrap();
    assert!(tokens.session(&unknown).await.unwrap().is_none());
}

#[tokio::test]
async fn requests_of_a_connection_are_counted_by_the_second() {
    let backend = Backend::start().await;
    let (counters, _rooms) = counters_and_rooms(&backend).await;
    let (ada, ben) = ("Ada=".parse().unwrap(), "Ben=".parse().unwrap());
    let at = Time::from_milliseconds(1_700_000_000_000);
    for _ in 0..10 {
        counters.count("room", &ada, false, at).await.unwrap().admit_request().unwrap();
    }

    let eleventh = counters.count("room", &ada, false, at).await.unwrap();

    assert_eq!(eleventh.admit_request(), Err(Refusal::TooManyRequests));
    assert_eq!(counters.count("room", &ben, false, at).await.unwrap().admit_request(), Ok(()));
    let next_second = Time::from_milliseconds(1_700_000_001_000);
    assert_eq!(counters.count("room", &ada, false, next_second).await.unwrap().admit_request(), Ok(()));
}

#[tokio::test]
async fn a_room_is_created_found_updated_and_deleted() {
    let backend = Backend::start().await;
    let (_counters, rooms) = counters_and_rooms(&backend).await;
    let owner = Owner { account_id: "123456789012".to_owned(), region: "us-east-1".to_owned() };
    let request = CreateRoom::parse(&bytes(&json!({ "name": "lobby", "maximumMessageLength": 100 }))).unwrap();

    let room = rooms.create(request, &owner).await.unwrap().unwrap();
    assert_eq!(rooms.find(&room.id).await.unwrap().as_ref(), Some(&room));
    let update = json!({ "identifier": room.arn.as_str(), "name": "hall" });
    let updated = rooms.update(UpdateRoom::parse(&bytes(&update)).unwrap()).await.unwrap().expect("the room exists");
    assert_eq!((updated.name.as_str(), updated.maximum_message_length), ("hall", 100));
    let delete = DeleteRoom::parse(&bytes(&json!({ "identifier": room.arn.as_str() }))).unwrap();
    assert!(rooms.delete(&delete.room).await.unwrap());

    assert_eq!(rooms.find(&room.id).await.unwrap(), None);
    assert!(!rooms.delete(&delete.room).await.unwrap());
}
