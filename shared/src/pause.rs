//! Pauses between attempts.

use std::time::Duration;

/// Waits for at least `shortest` and up to twice as long, so that the retries of several functions do not happen at the same
/// time.
///
/// ```
/// # async fn example() {
/// parlor::pause(std::time::Duration::from_millis(50)).await;
/// # }
/// ```
pub async fn pause(shortest: Duration) {
    tokio::time::sleep(shortest + shortest.mul_f64(fastrand::f64())).await;
}
