//! Tokens, counters and rooms, against the embedded database.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test fails by panicking")]

use aws_sdk_dynamodb::types::AttributeValue;
use chat::{
    ChatToken, Counted, Counters, CreateChatToken, CreateRoom, DeleteRoom, Owner, Rooms, Time, Tokens, UpdateRoom,
};
use parlor::testing::{self, Backend};
use parlor::{Connection, ConnectionId, RegisterOutcome};
use serde_json::{Value, json};

const ROOM: &str = "arn:aws:ivschat:us-east-1:123456789012:room/AbCdEf123456";

fn bytes(value: &Value) -> Vec<u8> {
    value.to_string().into_bytes()
}

async fn tokens(backend: &Backend) -> Tokens {
    backend.create_table("Tokens", "tokenHash", None).await;
    Tokens::new(backend.aws().dynamodb().clone(), "Tokens")
}

async fn counters(backend: &Backend) -> Counters {
    backend.create_table("Counters", "counter", None).await;
    Counters::new(backend.aws().dynamodb().clone(), "Counters")
}

async fn rooms(backend: &Backend) -> Rooms {
    backend.create_table("Rooms", "roomId", Some("item")).await;
    Rooms::new(backend.aws().dynamodb().clone(), "Rooms")
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
    let unknown = "A".repeat(43);
    let unknown = ChatToken::offered([unknown.as_str()].into_iter()).unwrap();
    assert!(tokens.session(&unknown).await.unwrap().is_none());
    assert!(token.has_claims(claims) && !unknown.has_claims(claims));
}

const SECOND: Time = Time::from_milliseconds(1_700_000_000_000);

fn seconds_later(seconds: u64) -> Time {
    Time::from_milliseconds(SECOND.milliseconds() + seconds * 1_000)
}

async fn count(counters: &Counters, connection: &ConnectionId, messages: usize, at: Time) -> Vec<Counted> {
    let mut counted = Vec::new();
    for _ in 0..messages {
        counted.push(counters.count("room", connection, true, at).await.unwrap());
    }
    counted
}

#[tokio::test]
async fn messages_past_the_limit_of_a_connection_do_not_count_against_its_room() {
    let backend = Backend::start().await;
    let counters = counters(&backend).await;
    let (ada, ben) = ("Ada=".parse().unwrap(), "Ben=".parse().unwrap());

    let adas = count(&counters, &ada, 25, SECOND).await;

    let within = (1..=10).map(|room_messages| Counted::Within { room_messages });
    let expected: Vec<_> = within.chain([Counted::InExcess; 15]).collect();
    assert_eq!(adas, expected);
    assert_eq!(count(&counters, &ben, 1, SECOND).await, [Counted::Within { room_messages: 11 }]);
    assert_eq!(count(&counters, &ada, 1, seconds_later(1)).await, [Counted::Within { room_messages: 1 }]);
}

#[tokio::test]
async fn a_rejected_message_is_given_back_to_its_room() {
    let backend = Backend::start().await;
    let counters = counters(&backend).await;
    let (ada, ben) = ("Ada=".parse().unwrap(), "Ben=".parse().unwrap());

    count(&counters, &ada, 3, SECOND).await;
    counters.give_back("room", SECOND).await;

    assert_eq!(count(&counters, &ben, 1, SECOND).await, [Counted::Within { room_messages: 3 }]);
}

#[tokio::test]
async fn a_flood_is_announced_once_whatever_it_is_made_of() {
    for is_message in [true, false] {
        let backend = Backend::start().await;
        let counters = counters(&backend).await;
        let ada = "Ada=".parse().unwrap();
        let mut counted = Vec::new();
        for _ in 0..60 {
            counted.push(counters.count("room", &ada, is_message, SECOND).await.unwrap());
        }

        assert_eq!(counted[10..30], [Counted::InExcess; 20], "{counted:?}");
        assert_eq!(counted[30], Counted::Flood);
        assert_eq!(counted[31..], [Counted::AfterFlood; 29]);
        let elsewhere = Counters::new(backend.aws().dynamodb().clone(), "Counters");
        assert_eq!(
            count(&elsewhere, &ada, 3, SECOND).await,
            [Counted::AfterFlood; 3],
            "another instance knows it, too"
        );
    }
}

#[tokio::test]
async fn a_connection_in_excess_for_ten_seconds_in_a_row_is_closed() {
    let backend = Backend::start().await;
    let counters = counters(&backend).await;
    let (ada, ben) = ("Ada=".parse().unwrap(), "Ben=".parse().unwrap());

    for second in 0..9 {
        assert!(!count(&counters, &ada, 15, seconds_later(second)).await.contains(&Counted::Flood), "{second}");
        // Ben pauses in the middle.
        count(&counters, &ben, if second == 4 { 10 } else { 15 }, seconds_later(second)).await;
    }

    let tenth = count(&counters, &ada, 15, seconds_later(9)).await;
    assert_eq!(
        tenth[10..],
        [Counted::Flood, Counted::AfterFlood, Counted::AfterFlood, Counted::AfterFlood, Counted::AfterFlood]
    );
    assert_eq!(count(&counters, &ben, 15, seconds_later(9)).await[10..], [Counted::InExcess; 5]);
}

#[tokio::test]
async fn five_hundred_connections_fit_into_the_counters_of_one_second() {
    /// What DynamoDB writes to one item in a second.
    const WRITE_UNITS: usize = 1_000;
    let backend = Backend::start().await;
    let counters = counters(&backend).await;
    for number in 0..490 {
        let connection = format!("SOqGjdZ{number:04}AMCEe=").parse().unwrap();
        count(&counters, &connection, 1, SECOND).await;
    }

    let scanned = backend.aws().dynamodb().scan().table_name("Counters").send().await.unwrap();
    let [item] = <[_; 1]>::try_from(scanned.items.unwrap()).unwrap();
    // A name has its bytes, a number one for two digits and one more (DynamoDB Developer Guide, "Item sizes and formats").
    let bytes = |(name, value): (&String, &AttributeValue)| {
        name.len() + value.as_s().map_or_else(|_| 1 + value.as_n().unwrap().len().div_ceil(2), String::len)
    };
    let all: usize = item.iter().map(bytes).sum();
    let connections = item.len() - 3;
    let of_one = item.keys().map(String::len).filter(|length| *length == 4).count();
    assert!(connections >= 485 && of_one == connections, "{connections} connections");
    let others = all - connections * 6;
    let units: usize = (1..=490).map(|written| (others + written * 6).div_ceil(1_024)).sum();
    assert!(units <= WRITE_UNITS, "{units} write units");
}

#[tokio::test]
async fn a_room_is_created_found_updated_and_deleted() {
    let backend = Backend::start().await;
    let rooms = rooms(&backend).await;
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
