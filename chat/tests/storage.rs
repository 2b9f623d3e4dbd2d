//! Tokens, counters and rooms, against the embedded database.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test fails by panicking")]

use aws_sdk_dynamodb::types::AttributeValue;
use chat::{
    ChatToken, Counters, CreateChatToken, CreateRoom, DeleteRoom, Owner, Refusal, RoomRate, Rooms, Time, Tokens,
    UpdateRoom,
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

const IN_EXCESS: Result<(), Refusal> = Err(Refusal::TooManyRequests);
const FLOOD: Result<(), Refusal> = Err(Refusal::Flood);
const AFTER_FLOOD: Result<(), Refusal> = Err(Refusal::AfterFlood);
const FULL: Result<(), Refusal> = Err(Refusal::RoomTooBusy);

/// Counts messages of a connection in a room that accepts `rate` in a second.
async fn say(
    counters: &Counters,
    connection: &ConnectionId,
    messages: usize,
    rate: u32,
    at: Time,
) -> Vec<Result<(), Refusal>> {
    let mut counted = Vec::new();
    for _ in 0..messages {
        counted.push(counters.request("room", connection, at).message(RoomRate(rate)).await);
    }
    counted
}

#[tokio::test]
async fn messages_past_the_limit_of_a_connection_do_not_count_against_its_room() {
    let backend = Backend::start().await;
    let counters = counters(&backend).await;
    let (ada, ben) = ("Ada=".parse().unwrap(), "Ben=".parse().unwrap());

    let adas = say(&counters, &ada, 25, 11, SECOND).await;

    assert!(adas[..10].iter().all(Result::is_ok), "{adas:?}");
    assert_eq!(adas[10..], [IN_EXCESS; 15]);
    assert_eq!(say(&counters, &ben, 2, 11, SECOND).await, [Ok(()), FULL], "one place was left");
    assert_eq!(say(&counters, &ada, 1, 11, seconds_later(1)).await, [Ok(())]);
}

#[tokio::test]
async fn a_rejected_request_never_counts_against_the_room() {
    let backend = Backend::start().await;
    let counters = counters(&backend).await;
    let (ada, ben) = ("Ada=".parse().unwrap(), "Ben=".parse().unwrap());

    for _ in 0..5 {
        counters.request("room", &ada, SECOND).request().await.unwrap();
    }
    let mut under_review = counters.request("room", &ada, SECOND);
    under_review.review(RoomRate(2)).await.unwrap();

    assert_eq!(say(&counters, &ben, 1, 2, SECOND).await, [Ok(())]);
    under_review.message(RoomRate(2)).await.unwrap();
    let mut late = counters.request("room", &ada, SECOND);
    assert_eq!(late.review(RoomRate(2)).await, FULL, "a reviewer is not asked in vain");
    assert_eq!(say(&counters, &ada, 4, 9, SECOND).await, [Ok(()), Ok(()), Ok(()), IN_EXCESS], "all seven are ada's");
}

#[tokio::test]
async fn messages_that_are_denied_do_not_use_up_the_reviewer() {
    let backend = Backend::start().await;
    let counters = counters(&backend).await;
    let members: Vec<ConnectionId> = (0..3).map(|number| format!("Mal{number}=").parse().unwrap()).collect();

    let mut asked = Vec::new();
    for _ in 0..7 {
        for member in &members {
            asked.push(counters.request("room", member, SECOND).review(RoomRate(2)).await);
        }
    }

    assert!(asked[..20].iter().all(Result::is_ok), "{asked:?}");
    assert_eq!(asked[20..], [FULL]);
}

#[tokio::test]
async fn a_flood_is_announced_once_whatever_it_is_made_of() {
    for is_message in [true, false] {
        let backend = Backend::start().await;
        let counters = counters(&backend).await;
        let ada = "Ada=".parse().unwrap();
        let mut counted = Vec::new();
        for _ in 0..60 {
            let mut count = counters.request("room", &ada, SECOND);
            counted.push(if is_message { count.message(RoomRate(100)).await } else { count.request().await });
        }

        assert_eq!(counted[10..30], [IN_EXCESS; 20], "{counted:?}");
        assert_eq!(counted[30], FLOOD);
        assert_eq!(counted[31..], [AFTER_FLOOD; 29]);
        for later in [0, 1] {
            assert_eq!(say(&counters, &ada, 1, 100, seconds_later(later)).await, [AFTER_FLOOD], "{later} s later");
        }
        let still_open = say(&counters, &ada, 31, 100, seconds_later(2)).await;
        assert_eq!((&still_open[0], &still_open[30]), (&Ok(()), &FLOOD), "closing it has failed, and is tried again");
        for later in [0, 1] {
            let elsewhere = Counters::new(backend.aws().dynamodb().clone(), "Counters");
            let counted = say(&elsewhere, &ada, 3, 100, seconds_later(later)).await;
            assert_eq!(counted, [AFTER_FLOOD; 3], "another instance, {later} s later");
        }
    }
}

#[tokio::test]
async fn a_flood_of_requests_at_the_same_time_closes_the_connection_once() {
    let backend = Backend::start().await;
    counters(&backend).await;
    let ada: ConnectionId = "Ada=".parse().unwrap();
    let instances: Vec<_> = (0..100).map(|_| Counters::new(backend.aws().dynamodb().clone(), "Counters")).collect();

    let requests = instances.iter().map(|counters| {
        let ada = &ada;
        async move { counters.request("room", ada, SECOND).request().await }
    });
    let counted = futures_util::future::join_all(requests).await;

    let times = |outcome: Result<(), Refusal>| counted.iter().filter(|counted| **counted == outcome).count();
    assert_eq!((times(Ok(())), times(FLOOD)), (10, 1), "{counted:?}");
    assert!(times(IN_EXCESS) <= 20, "{counted:?}");
    assert_eq!(times(IN_EXCESS) + times(AFTER_FLOOD), 89, "{counted:?}");
}

#[tokio::test]
async fn a_connection_in_excess_for_ten_seconds_in_a_row_is_closed() {
    let backend = Backend::start().await;
    let counters = counters(&backend).await;
    let (ada, ben) = ("Ada=".parse().unwrap(), "Ben=".parse().unwrap());

    for second in 0..9 {
        assert!(!say(&counters, &ada, 15, 100, seconds_later(second)).await.contains(&FLOOD), "{second}");
        // Ben pauses in the middle.
        say(&counters, &ben, if second == 4 { 10 } else { 15 }, 100, seconds_later(second)).await;
    }

    let tenth = say(&counters, &ada, 15, 100, seconds_later(9)).await;
    assert_eq!(tenth[10..], [FLOOD, AFTER_FLOOD, AFTER_FLOOD, AFTER_FLOOD, AFTER_FLOOD]);
    assert_eq!(say(&counters, &ben, 15, 100, seconds_later(9)).await[10..], [IN_EXCESS; 5]);
}

#[tokio::test]
async fn five_hundred_connections_fit_into_the_counters_of_one_second() {
    /// What DynamoDB writes to one item in a second.
    const WRITE_UNITS: usize = 1_000;
    let backend = Backend::start().await;
    let counters = counters(&backend).await;
    for number in 0..490 {
        let connection = format!("SOqGjdZ{number:04}AMCEe=").parse().unwrap();
        say(&counters, &connection, 1, 100, SECOND).await;
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
