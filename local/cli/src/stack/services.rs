//! The tasks of a running stack, and how they end together.

use std::collections::HashMap;
use std::fmt::Display;
use std::future::Future;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::task::{Id, JoinError, JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;

use local_core::events::Reporter;
use local_core::failure::Failure;

/// How long the services may take to end: you wait for this after Ctrl-C.
const STOP_TIMEOUT: Duration = Duration::from_secs(5);

/// The tasks of a running stack.
#[derive(Default)]
pub(super) struct Services {
    shutdown: CancellationToken,
    tasks: JoinSet<Result<(), JoinError>>,
    names: HashMap<Id, Name>,
}

struct Name {
    text: String,
    /// A server lives as long as the stack; a task such as a schedule that has passed may be done earlier.
    lives_as_long_as_the_stack: bool,
}

impl Services {
    /// The token that is cancelled when the services are to end.
    pub(super) fn shutdown(&self) -> CancellationToken {
        self.shutdown.clone()
    }

    /// Runs a server; the stack fails when it ends by itself.
    pub(super) fn serve(&mut self, name: impl Display, server: impl Future<Output = ()> + Send + 'static) {
        self.own(name, tokio::spawn(server));
    }

    /// Adds a server that runs already; the stack fails when it ends by itself.
    pub(super) fn own(&mut self, name: impl Display, server: JoinHandle<()>) {
        self.add(name, true, server);
    }

    /// Runs a task that may end before the stack does.
    pub(super) fn run(&mut self, name: impl Display, task: impl Future<Output = ()> + Send + 'static) {
        self.add(name, false, tokio::spawn(task));
    }

    /// Runs a task and waits for its result. If this future is dropped, the task goes on until the stop ends it.
    pub(super) async fn result_of<T: Send + 'static>(
        &mut self,
        name: &str,
        task: impl Future<Output = Result<T, Failure>> + Send + 'static,
    ) -> Result<T, Failure> {
        let (sender, result) = oneshot::channel();
        self.run(name, async move { drop(sender.send(task.await)) });
        result.await.unwrap_or_else(|_panicked| Err(ended(name, "it gave no result")))
    }

    fn add(&mut self, name: impl Display, lives_as_long_as_the_stack: bool, task: JoinHandle<()>) {
        let id = self.tasks.spawn(task).id();
        self.names.insert(id, Name { text: name.to_string(), lives_as_long_as_the_stack });
    }

    /// Waits until a server ends by itself or a task panics.
    pub(super) async fn first_failure(&mut self) -> Failure {
        loop {
            let Some(Ok((id, outcome))) = self.tasks.join_next_with_id().await else { std::future::pending().await };
            let Some(name) = self.names.remove(&id) else { continue };
            match outcome {
                Ok(()) if !name.lives_as_long_as_the_stack => {}
                Ok(()) => return ended(&name.text, "it ended by itself"),
                Err(error) => return ended(&name.text, &error.to_string()),
            }
        }
    }

    /// Ends everything, and returns when it has ended.
    pub(super) async fn stop(mut self, reporter: &Reporter) {
        self.shutdown.cancel();
        let all_ended = async { while self.tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(STOP_TIMEOUT, all_ended).await.is_err() {
            reporter.warning("some services did not stop in time and were aborted");
        }
    }
}

fn ended(name: &str, reason: &str) -> Failure {
    Failure::new(
        format!("the service `{name}` stopped: {reason}"),
        "start the stack again, and report this if it happens twice",
    )
}
