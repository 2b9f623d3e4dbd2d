//! What API Gateway and Lambda say about a call.

use std::convert::Infallible;

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::HeaderValue;
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use chat::{Exception, Owner};
use lambda_http::request::RequestContext;
use lambda_http::{Context, RequestExt};
use parlor::{Deadline, Error};

use crate::answer::Refused;

/// The largest body of a call. Fifty tags in the longest spelling that JSON allows have 225 KB, and no other request has more. API Gateway
/// itself answers for bodies above 6 MB, which Lambda does not accept.
pub(crate) const MAX_BODY_BYTES: usize = 256 * 1024;

/// The body of a call.
pub(crate) struct Body(pub(crate) Bytes);

impl<S: Send + Sync> FromRequest<S> for Body {
    type Rejection = Refused;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refused> {
        match Bytes::from_request(request, state).await {
            Ok(body) => Ok(Self(body)),
            Err(_larger) => Err(Exception::BodyTooLarge { limit: MAX_BODY_BYTES }.into()),
        }
    }
}

/// A call without its path and its body.
pub(crate) struct Call {
    deadline: Deadline,
    account_id: String,
}

impl Call {
    /// Whose rooms are made by it.
    pub(crate) fn owner(self, region: &str) -> Owner {
        Owner { account_id: self.account_id, region: region.to_owned() }
    }
}

impl<S: Sync> FromRequestParts<S> for Call {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        let account_id = match parts.extensions.get() {
            Some(RequestContext::ApiGatewayV2(context)) => context.account_id.clone(),
            _ => None,
        };
        let ends_at = parts.extensions.get().map_or(0, |context: &Context| context.deadline);
        Ok(Self {
            deadline: Deadline::of_invocation(ends_at),
            // Every HTTP API names its account. Zeros are no account, so a room made without one is found by nobody else.
            account_id: account_id.unwrap_or_else(|| "000000000000".to_owned()),
        })
    }
}

/// Answers in time: an operation that takes longer than the function may is given up, and says so.
pub(crate) async fn answer_in_time(call: Call, request: Request, next: Next) -> Response {
    let answered = call.deadline.before::<_, Error>(async { Ok(next.run(request).await) }).await;
    answered.unwrap_or_else(|error| Refused::from(error).into_response())
}

/// Names the request in its answer, where SDKs look for it.
pub(crate) async fn name_request(request: Request, next: Next) -> Response {
    let request_id = request.lambda_context_ref().map(|context| context.request_id.clone());
    let mut response = next.run(request).await;
    if let Some(value) = request_id.and_then(|id| HeaderValue::try_from(id).ok()) {
        response.headers_mut().insert("x-amzn-requestid", value);
    }
    response
}
