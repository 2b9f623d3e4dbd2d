//! Another Lambda endpoint behind our port: `cargo lambda watch`, `sam local start-lambda`, or anything else.

use std::time::Duration;

use axum::middleware;
use futures_util::future::BoxFuture;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::invoke_rejection::MAX_SYNCHRONOUS_BYTES;
use super::record::{self, Recorder};
use local_core::events::Reporter;
use local_core::forward::{self, Upstream};

/// How long a forwarded call may take: a function runs for 15 minutes at most, and may have to be built before.
const CALL_LIMIT: Duration = Duration::from_secs(20 * 60);

/// Passes every call at `listener` on to the Lambda endpoint at `upstream`, until `shutdown`; events are noted on the way
/// where there is a `recorder`.
pub fn forward(
    listener: TcpListener,
    upstream: String,
    recorder: Option<Recorder>,
    reporter: Reporter,
    shutdown: CancellationToken,
) -> BoxFuture<'static, ()> {
    let url = upstream.trim_end_matches('/').to_owned();
    let upstream =
        Upstream { name: "Lambda endpoint", url, max_body_bytes: MAX_SYNCHRONOUS_BYTES, call_limit: CALL_LIMIT };
    let name = upstream.name;
    let router =
        forward::router(upstream, reporter.clone()).layer(middleware::from_fn_with_state(recorder, record::layer));
    Box::pin(async move { forward::serve(listener, name, router, &reporter, shutdown).await })
}
