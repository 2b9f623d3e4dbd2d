//! How many calls of a client are under way at once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Calls of one function that are under way at once; further ones wait in order. Each takes two file descriptors of this
/// process, and a port, so that tens of thousands could not connect. An AWS account runs 1,000 executions at once unless
/// its quota is raised, so a reserve of the template is reached before this limit.
const MAX_CALLS: usize = 1_000;

/// The calls that are under way, by the name of their function.
#[derive(Clone, Debug, Default)]
pub(super) struct Calls(Arc<Mutex<HashMap<String, Arc<Semaphore>>>>);

impl Calls {
    /// Waits until one more call of `function` may be under way. It counts until the permit is dropped.
    pub(super) async fn begin(&self, function: &str) -> Option<OwnedSemaphorePermit> {
        let calls = {
            // No step under this lock can panic halfway through a change.
            let mut functions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            match functions.get(function) {
                Some(calls) => Arc::clone(calls),
                None => {
                    let calls = Arc::new(Semaphore::new(MAX_CALLS));
                    functions.insert(function.to_owned(), Arc::clone(&calls));
                    calls
                }
            }
        };
        calls.acquire_owned().await.ok()
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[test]
    fn each_function_has_its_own_calls_and_further_ones_wait() {
        let calls = Calls::default();
        let mut under_way: Vec<_> = std::iter::from_fn(|| calls.begin("busy").now_or_never()).collect();
        assert_eq!(under_way.len(), MAX_CALLS);
        assert!(calls.begin("other").now_or_never().is_some());

        under_way.pop();

        assert!(calls.begin("busy").now_or_never().is_some());
    }
}
