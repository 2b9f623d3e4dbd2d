//! Pauses between attempts.

use std::time::Duration;

/// Waits for at least `shortest` and up to twice as long, so that retries do not happen at the same time.
pub(crate) async fn pause(shortest: Duration) {
    tokio::time::sleep(shortest + shortest.mul_f64(fastrand::f64())).await;
}
