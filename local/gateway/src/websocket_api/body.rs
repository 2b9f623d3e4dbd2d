//! Bodies of requests.

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use hyper::body::Incoming;
use tokio::time::timeout;

use super::limits::{BODY_DEADLINE, MAX_DISCARDED_BYTES, MAX_MESSAGE_BYTES};

/// What came of reading a request's body.
pub(super) enum Received {
    Whole(Bytes),
    TooLarge,
    /// It broke off, or took too long.
    Incomplete,
}

/// Reads a body of at most a message's size within its deadline.
pub(super) async fn read(body: Incoming) -> Received {
    timeout(BODY_DEADLINE, receive(Body::new(body))).await.unwrap_or(Received::Incomplete)
}

/// Discards the body of a request whose response does not depend on it.
pub(super) async fn discard(body: Incoming) {
    // A body that does not end in time or at a reasonable size breaks off.
    drop(read(body).await);
}

/// Reads a body of at most a message's size. Of a larger one some more is read, so that its sender reads the response.
async fn receive(body: Body) -> Received {
    let mut stream = body.into_data_stream();
    let mut received = BytesMut::new();
    let mut size = 0;
    while let Some(chunk) = stream.next().await {
        let Ok(chunk) = chunk else { return Received::Incomplete };
        size += chunk.len();
        if size <= MAX_MESSAGE_BYTES {
            received.extend_from_slice(&chunk);
        } else if size > MAX_DISCARDED_BYTES {
            break;
        }
    }
    if size > MAX_MESSAGE_BYTES { Received::TooLarge } else { Received::Whole(received.freeze()) }
}
