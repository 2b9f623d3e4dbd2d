//! Another Lambda endpoint behind our port: `cargo lambda watch`, `sam local start-lambda`, or anything else.

use std::time::Duration;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::refusal::MAX_SYNCHRONOUS_BYTES;
use crate::forward::{self, Upstream};

/// How long a forwarded call may take: a function runs for 15 minutes at most, and may have to be built before.
const CALL_LIMIT: Duration = Duration::from_secs(20 * 60);

/// Passes every call at `listener` on to the Lambda endpoint at `upstream`, until `shutdown`.
pub async fn forward(listener: TcpListener, upstream: String, shutdown: CancellationToken) {
    let url = upstream.trim_end_matches('/').to_owned();
    let upstream =
        Upstream { name: "Lambda endpoint", url, max_body_bytes: MAX_SYNCHRONOUS_BYTES, call_limit: CALL_LIMIT };
    forward::forward(listener, upstream, shutdown).await;
}
