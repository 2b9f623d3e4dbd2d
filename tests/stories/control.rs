//! The control plane, through the real SDK.

use aws_sdk_ivschat::error::ProvideErrorMetadata;
use aws_sdk_ivschat::types::{ChatTokenCapability, ResourceType, ValidationExceptionReason};

use crate::harness::{Chat, control_config};

#[tokio::test]
async fn a_room_is_made_and_found_again() {
    let chat = Chat::start().await;

    let made = chat.control.create_room().name("lobby").maximum_message_length(5).tags("team", "blue").send().await;
    let made = made.expect("a room is made");
    let arn = made.arn().expect("a room has an ARN");
    let found = chat.control.get_room().identifier(arn).send().await.expect("the room is found");

    assert!(arn.starts_with("arn:aws:ivschat:us-east-1:123456789012:room/"), "{arn}");
    assert_eq!(found.arn(), made.arn());
    assert_eq!(found.id().map(str::len), Some(12));
    assert_eq!(found.name(), Some("lobby"));
    assert_eq!(found.maximum_message_length(), Some(5));
    assert_eq!(found.maximum_message_rate_per_second(), Some(10));
    assert_eq!(found.tags().and_then(|tags| tags.get("team")).map(String::as_str), Some("blue"));
    assert_eq!(found.create_time(), made.create_time());
    assert!(found.message_review_handler().is_none());
}

#[tokio::test]
async fn a_token_says_how_long_it_is_good_for() {
    let chat = Chat::start().await;
    let room = chat.room().await;

    let request =
        chat.control.create_chat_token().room_identifier(room).user_id("ada").session_duration_in_minutes(180);
    let token = request.send().await.expect("a token is made");

    let expires = token.token_expiration_time().expect("a time").secs();
    let ends = token.session_expiration_time().expect("a time").secs();
    assert_eq!(ends - expires, 2 * 60 * 60, "an hour to connect, a session of three");
}

#[tokio::test]
async fn what_is_wrong_with_a_request_comes_as_a_typed_exception() {
    let chat = Chat::start().await;

    let refusal = chat.control.create_room().name("no spaces").maximum_message_length(501).send().await;
    let refusal = refusal.expect_err("this is no room").into_service_error();
    let refusal = match refusal {
        aws_sdk_ivschat::operation::create_room::CreateRoomError::ValidationException(refusal) => refusal,
        other => panic!("not a validation exception: {other:?}"),
    };
    assert_eq!(refusal.reason(), &ValidationExceptionReason::FieldValidationFailed);
    let names: Vec<_> = refusal.field_list().iter().map(|field| field.name()).collect();
    assert_eq!(names, ["name", "maximumMessageLength"]);

    let request = chat.control.create_chat_token().room_identifier("lobby").user_id("ada");
    let refusal = request.capabilities(ChatTokenCapability::from("DANCE")).send().await;
    let refusal = refusal.expect_err("this is no token").into_service_error();
    assert!(refusal.is_validation_exception(), "{refusal:?}");
}

#[tokio::test]
async fn a_room_that_is_not_there_is_not_found() {
    let chat = Chat::start().await;
    let own = chat.room().await;
    let others = [
        "arn:aws:ivschat:us-east-1:123456789012:room/AbCdEf123456".to_owned(),
        own.replace("us-east-1", "eu-west-1"),
        own.replace("123456789012", "210987654321"),
    ];
    for arn in others {
        let refusal = chat.control.get_room().identifier(&arn).send().await.expect_err("there is no such room");
        let refusal = match refusal.into_service_error() {
            aws_sdk_ivschat::operation::get_room::GetRoomError::ResourceNotFoundException(refusal) => refusal,
            other => panic!("not a resource-not-found exception: {other:?}"),
        };
        assert_eq!(refusal.resource_type(), &ResourceType::Room);
        assert!(arn.ends_with(refusal.resource_id()));
        let refusal = chat.control.create_chat_token().room_identifier(&arn).user_id("ada").send().await;
        let refusal = refusal.expect_err("there is no such room").into_service_error();
        assert!(refusal.is_resource_not_found_exception(), "{refusal:?}");
    }
}

#[tokio::test]
async fn a_call_signed_for_another_service_is_forbidden_and_the_log_says_why() {
    let chat = Chat::start().await;
    let client = aws_sdk_ivschat::Client::from_conf(control_config(&chat.stack).build());

    let refusal = client.create_room().send().await.expect_err("it is signed for `ivschat`");

    let status = refusal.raw_response().map(|response| response.status().as_u16());
    assert_eq!(status, Some(403), "{:?}", refusal.code());
    chat.stack.wait_for_log(|line| line.contains("execute-api") && line.contains("ivschat")).await;
}

#[tokio::test]
async fn an_unsigned_call_is_forbidden() {
    let chat = Chat::start().await;

    let call = reqwest::Client::builder()
        .no_proxy()
        .build()
        .expect("a client")
        .post(format!("{}/CreateRoom", chat.stack.control_url()))
        .body("{}")
        .send()
        .await;

    assert_eq!(call.expect("an answer").status(), 403);
}
