//! Typed exceptions, taken out of what the SDK makes of them.

use std::error::Error;
use std::fmt::Debug;

use aws_sdk_ivschat::config::http::HttpResponse;
use aws_sdk_ivschat::error::SdkError;
use aws_sdk_ivschat::types::error::{
    AccessDeniedException, ResourceNotFoundException, ThrottlingException, ValidationException,
};
use aws_sdk_ivschat::types::{ResourceType, ValidationExceptionReason};
use serde_json::Value;

use crate::harness::{Answer, Chat};

/// What the SDK returns.
pub(super) type Outcome<T, E> = Result<T, SdkError<E, HttpResponse>>;

/// The HTTP status of a refusal, and the exception that the SDK read from it.
pub(super) fn exception<X: Clone + Error + 'static>(outcome: Outcome<impl Debug, impl Error + 'static>) -> (u16, X) {
    let refusal = match outcome.expect_err("this is refused") {
        SdkError::ServiceError(refusal) => refusal,
        other => panic!("not an answer of the service: {other:?}"),
    };
    let exception = refusal.err().source().and_then(|exception| exception.downcast_ref::<X>());
    let exception = exception.unwrap_or_else(|| panic!("not a {}: {refusal:?}", std::any::type_name::<X>()));
    (refusal.raw().status().as_u16(), exception.clone())
}

/// The fields that a validation exception names.
pub(super) fn wrong_fields(outcome: Outcome<impl Debug, impl Error + 'static>) -> Vec<String> {
    let (status, refusal) = exception::<ValidationException>(outcome);
    assert_eq!(status, 400);
    assert_eq!(refusal.reason(), &ValidationExceptionReason::FieldValidationFailed, "{refusal:?}");
    assert!(!refusal.message().is_empty());
    let told = refusal.field_list().iter().all(|field| field.message().contains(field.name()));
    assert!(told, "{refusal:?}");
    refusal.field_list().iter().map(|field| field.name().to_owned()).collect()
}

/// Asserts that there is no room of this ARN.
pub(super) fn assert_not_found(outcome: Outcome<impl Debug, impl Error + 'static>, arn: &str) {
    let (status, refusal) = exception::<ResourceNotFoundException>(outcome);
    assert_eq!(status, 404);
    assert_eq!(refusal.resource_type(), &ResourceType::Room);
    assert_eq!(Some(refusal.resource_id()), arn.rsplit('/').next());
    assert!(!refusal.message().is_empty());
}

/// Asserts that no room may name this reviewer.
pub(super) fn assert_denied(outcome: Outcome<impl Debug, impl Error + 'static>, uri: &str) {
    let (status, refusal) = exception::<AccessDeniedException>(outcome);
    assert_eq!(status, 403);
    assert!(refusal.message().contains(uri), "{refusal:?}");
}

/// Asserts that the operation was called more than 100 times in this second.
pub(super) fn assert_throttled(outcome: Outcome<impl Debug, impl Error + 'static>, room: &str) {
    let (status, refusal) = exception::<ThrottlingException>(outcome);
    assert_eq!(status, 429);
    assert_eq!(refusal.resource_type(), &ResourceType::Room);
    assert!(room.ends_with(refusal.resource_id()), "{refusal:?}");
    assert_eq!(refusal.limit(), 100);
}

/// Sends bodies that SDKs' types forbid, and asserts that each is refused for the field beside it.
pub(super) async fn assert_wrong_types(chat: &Chat, path: &str, table: impl IntoIterator<Item = (&str, Value)>) {
    for (field, body) in table {
        let answer = chat.post(path, body.to_string()).await;
        assert_eq!(answer.status, 400, "{body}: {answer:?}");
        let refusal = answer.json();
        assert_eq!(refusal["reason"], "FIELD_VALIDATION_FAILED", "{body}: {refusal}");
        let names: Vec<_> = refusal["fieldList"].as_array().into_iter().flatten().map(|field| &field["name"]).collect();
        assert_eq!(names, [field], "{body}: {refusal}");
        assert_names_exception(&answer, "ValidationException");
    }
}

/// Sends bodies that are no requests at all.
pub(super) async fn assert_no_objects(chat: &Chat, path: &str) {
    for body in ["[]", "5", "null", "true", "\"{}\"", "hello", "{", "{\"a\":1}}", "\u{0}", "{\"a\":\"\\ud800\"}"] {
        let answer = chat.post(path, body).await;
        assert_eq!((answer.status, &answer.json()["reason"]), (400, &Value::from("OTHER")), "{body}: {answer:?}");
        assert_names_exception(&answer, "ValidationException");
    }
}

/// SDKs look for the name of an exception in the header and in the body, and for its text in the body.
pub(crate) fn assert_names_exception(answer: &Answer, name: &str) {
    assert_eq!(answer.header("x-amzn-errortype"), name, "{answer:?}");
    assert!(!answer.header("x-amzn-requestid").is_empty(), "{answer:?}");
    let body = answer.json();
    assert_eq!(body["__type"], name, "{answer:?}");
    assert!(body["message"].as_str().is_some_and(|message| !message.is_empty()), "{answer:?}");
}

/// An ARN of a room that nobody has made.
pub(super) const NO_ROOM: &str = "arn:aws:ivschat:us-east-1:123456789012:room/AbCdEf123456";

/// Well-formed ARNs of rooms that are not here: unknown, of another region, of another account, and as long as can be.
pub(super) fn rooms_elsewhere(own: &str) -> Vec<String> {
    let longest = format!("arn:aws:ivschat:us-east-1:123456789012:room/{}", "a".repeat(128 - 44));
    let elsewhere = own.replace("us-east-1", "eu-west-1");
    vec![NO_ROOM.to_owned(), elsewhere, own.replace("123456789012", "210987654321"), longest]
}

/// What is no ARN of a room.
pub(super) fn no_room_arns() -> Vec<String> {
    let too_long = format!("arn:aws:ivschat:us-east-1:123456789012:room/{}", "a".repeat(129 - 44));
    let others = [
        "AbCdEf123456",
        "arn:aws:ivs:us-east-1:123456789012:channel/AbCdEf123456",
        "arn:aws:ivschat:US:123456789012:room/AbCdEf123456",
        "arn:aws:ivschat:us-east-1:me:room/AbCdEf123456",
        "arn:aws:ivschat:us-east-1:123456789012:room/",
        "arn:aws:ivschat:us-east-1:123456789012:room/Ab_CdEf123456",
        "arn:aws:ivschat:us-east-1:123456789012:room/AbCdEf/123456",
        "arn:aws-cn:ivschat:us-east-1:123456789012:room/AbCdEf123456",
        " arn:aws:ivschat:us-east-1:123456789012:room/AbCdEf123456",
    ];
    others.map(str::to_owned).into_iter().chain([too_long]).collect()
}

/// A map of strings that takes exactly `bytes`.
pub(super) fn attributes(bytes: usize) -> std::collections::HashMap<String, String> {
    [("key".to_owned(), "v".repeat(bytes - 3))].into()
}
