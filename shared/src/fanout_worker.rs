//! The state of a fan-out function.

use crate::aws::variable;
use crate::fanout_job::FanoutEvent;
use crate::fanout_run::FanoutRun;
use crate::{Aws, Error, FanoutQueue, Sockets};

/// The state of a fan-out function. A deployed stack needs one such function to broadcast to groups of more than a few
/// hundred connections, or to greet connections.
///
/// Its timeout must be well above 15 s, which it keeps for leaving the rest of its work to a further job.
/// It invokes itself by the ARN that it was invoked by, so its role needs `lambda:InvokeFunction` on itself and on its aliases,
/// next to what a [broadcast](crate::Broadcast) needs.
///
/// ```no_run
/// use std::process::ExitCode;
///
/// use parlor::{Aws, FanoutWorker, serve};
///
/// #[tokio::main(flavor = "current_thread")]
/// async fn main() -> ExitCode {
///     serve(async |aws: Aws| FanoutWorker::from_environment(&aws, "MyApp"), FanoutWorker::carry_out).await
/// }
/// ```
#[derive(Debug)]
pub struct FanoutWorker {
    sockets: Sockets,
    queue: FanoutQueue,
    namespace: &'static str,
    /// Whether a walk only reads, and further jobs send.
    walks_only: bool,
}

impl FanoutWorker {
    /// A worker that sends by `sockets`, queues further jobs at its own function, and emits its metrics in a CloudWatch
    /// namespace. It queues them by the ARN that it was invoked by, and by that of `queue` if an invocation has no ARN.
    pub fn new(sockets: Sockets, queue: FanoutQueue, namespace: &'static str) -> Self {
        Self { sockets, queue, namespace, walks_only: false }
    }

    /// Chooses whether a walk leaves sending to further jobs: that is faster where the account's quota of API calls has room for
    /// it.
    #[must_use]
    pub fn with_post_only_jobs(self, walks_only: bool) -> Self {
        Self { walks_only, ..self }
    }

    /// Reads `CONNECTIONS_TABLE`, Lambda's own `AWS_LAMBDA_FUNCTION_NAME`, and `FANOUT_POST_ONLY_JOBS`, which is `true`
    /// or `false` and may be absent: see [`Self::with_post_only_jobs`].
    ///
    /// # Errors
    /// A variable is not set, or has another value.
    pub fn from_environment(aws: &Aws, namespace: &'static str) -> Result<Self, Error> {
        let walks_only = match variable("FANOUT_POST_ONLY_JOBS").as_deref() {
            Ok("true") => true,
            Ok("false") | Err(_) => false,
            Ok(_) => return Err(Error::InvalidVariable("FANOUT_POST_ONLY_JOBS")),
        };
        let own_function = variable("AWS_LAMBDA_FUNCTION_NAME")?;
        let queue = FanoutQueue::new(aws_sdk_lambda::Client::new(aws.config()), own_function);
        Ok(Self::new(Sockets::from_environment(aws)?, queue, namespace).with_post_only_jobs(walks_only))
    }

    /// Opens a connection to the stage: [`Sockets::warm_up`].
    pub async fn warm_up(&self) {
        self.sockets.warm_up().await;
    }

    /// Carries out a job: afterwards each of its connections has the frame, is stale, or is part of a further job. A job that
    /// is too old, or was tried too often, is dropped and counted.
    ///
    /// Emits `Recipients`, `Delivered`, `Gone`, `HandedOn`, `Retried`, `Dropped`, `WalksDropped` and `AgeOfFrame`.
    ///
    /// # Errors
    /// Lambda does not accept the rest of a walk.
    pub async fn carry_out(&self, event: FanoutEvent) -> Result<(), Error> {
        let FanoutEvent { job, deadline, invoked } = event;
        let queue = invoked.map_or_else(|| self.queue.clone(), |arn| self.queue.with_function(arn));
        FanoutRun { sockets: &self.sockets, queue, namespace: self.namespace, walks_only: self.walks_only }
            .carry_out(job, deadline)
            .await
    }
}
