//! Answers in the shape of AWS's REST-JSON protocol.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use chat::{Exception, Reason};
use parlor::log_error;
use serde_json::{Value, json};

/// What an operation comes back with: 200 and its output, or an exception.
pub(crate) type Answer<T> = Result<Json<T>, Refused>;

/// An exception on its way to the client.
pub(crate) struct Refused(Exception);

impl<E: Into<Exception>> From<E> for Refused {
    fn from(exception: E) -> Self {
        Self(exception.into())
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        match self.0 {
            Exception::Validation { reason, fields } => {
                let message = match fields.first() {
                    Some(field) => field.message.clone(),
                    None => "the body must be a JSON object".to_owned(),
                };
                let members = json!({ "message": message, "reason": reason, "fieldList": fields });
                exception(StatusCode::BAD_REQUEST, "ValidationException", members)
            }
            Exception::BodyTooLarge { limit } => {
                let message = format!("the body must not have more than {limit} bytes");
                let members = json!({ "message": message, "reason": Reason::Other, "fieldList": [] });
                exception(StatusCode::BAD_REQUEST, "ValidationException", members)
            }
            Exception::AccessDenied { message } => {
                exception(StatusCode::FORBIDDEN, "AccessDeniedException", json!({ "message": message }))
            }
            Exception::Conflict { room_id } => {
                let message = format!("Room {room_id} was made by somebody else at the same time");
                exception(StatusCode::CONFLICT, "ConflictException", about_room(message, room_id))
            }
            Exception::QuotaExceeded { room_id, limit } => {
                let message = format!("There are {limit} rooms already");
                let members = limited(about_room(message, room_id), limit);
                exception(StatusCode::PAYMENT_REQUIRED, "ServiceQuotaExceededException", members)
            }
            Exception::Throttled { room_id, limit } => {
                let message = format!("The operation is limited to {limit} calls a second");
                let members = limited(about_room(message, room_id), limit);
                exception(StatusCode::TOO_MANY_REQUESTS, "ThrottlingException", members)
            }
            Exception::RoomNotFound { room_id } => {
                let message = format!("Room {room_id} does not exist");
                exception(StatusCode::NOT_FOUND, "ResourceNotFoundException", about_room(message, room_id))
            }
            Exception::Failed(error) => {
                log_error(&error);
                let members = json!({ "message": "Internal server error" });
                exception(StatusCode::INTERNAL_SERVER_ERROR, "InternalServerException", members)
            }
        }
    }
}

/// For every path and method that is no operation.
pub(crate) async fn unknown_operation() -> Response {
    let members = json!({ "message": "There is no such operation", "reason": Reason::UnknownOperation });
    exception(StatusCode::NOT_FOUND, "UnknownOperationException", members)
}

fn about_room(message: String, room_id: String) -> Value {
    json!({ "message": message, "resourceId": room_id, "resourceType": "ROOM" })
}

fn limited(mut members: Value, limit: u64) -> Value {
    members["limit"] = limit.into();
    members
}

/// Names the exception in the header and in the body: some gateways strip the header, and SDKs look in both.
fn exception(status: StatusCode, name: &'static str, mut members: Value) -> Response {
    members["__type"] = name.into();
    (status, [("x-amzn-errortype", name)], Json(members)).into_response()
}
