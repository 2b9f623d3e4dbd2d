//! Queues jobs for the function that delivers frames to large groups.

use aws_sdk_lambda::Client;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::InvocationType;

use crate::aws::variable;
use crate::fanout_job::FanoutJob;
use crate::{Aws, Connection, Error};

/// The fan-out function, as other functions reach it: by asynchronous invocation.
///
/// The function's role needs `lambda:InvokeFunction` on the fan-out function.
///
/// ```
/// use parlor::{Aws, Error, FanoutQueue, Message, Response, Sockets};
///
/// struct App {
///     sockets: Sockets,
///     queue: FanoutQueue,
/// }
///
/// async fn app(aws: Aws) -> Result<App, Error> {
///     Ok(App { sockets: Sockets::from_environment(&aws)?, queue: FanoutQueue::from_environment(&aws)? })
/// }
///
/// async fn on_message(app: &App, message: Message) -> Result<Response, Error> {
///     app.sockets.group("stadium").overflow_to(&app.queue).send(message.body()).await?;
///     Ok(Response::ok())
/// }
/// ```
#[derive(Clone, Debug)]
pub struct FanoutQueue {
    client: Client,
    function: String,
}

impl FanoutQueue {
    /// The fan-out function with this name or ARN.
    pub fn new(client: Client, function: impl Into<String>) -> Self {
        Self { client, function: function.into() }
    }

    /// The fan-out function that `FANOUT_FUNCTION` names.
    ///
    /// # Errors
    /// The variable is not set.
    pub fn from_environment(aws: &Aws) -> Result<Self, Error> {
        Ok(Self::new(Client::new(aws.config()), variable("FANOUT_FUNCTION")?))
    }

    /// Sends a frame to a connection as soon as its handshake is complete: a greeting, from the handler of `$connect`.
    ///
    /// That handler cannot send to its own connection, which opens when the handler has answered: until then, API Gateway
    /// answers 410. The fan-out function sends the frame, and repeats it on a 410, for about ten seconds in all.
    ///
    /// # Errors
    /// Lambda does not accept the job.
    pub async fn greet(&self, connection: &Connection, frame: &str) -> Result<(), Error> {
        self.push(&FanoutJob::greeting(frame, connection)).await
    }

    /// The same function by another of its names, such as the ARN of an alias.
    pub(crate) fn with_function(&self, function: String) -> Self {
        Self { function, ..self.clone() }
    }

    /// Queues a job: Lambda has it when this returns.
    pub(crate) async fn push(&self, job: &FanoutJob) -> Result<(), Error> {
        let payload = Blob::new(serde_json::to_vec(job).map_err(Error::Json)?);
        let invoke = self.client.invoke().function_name(&self.function).invocation_type(InvocationType::Event);
        match Box::pin(invoke.payload(payload).send()).await {
            Ok(_accepted) => Ok(()),
            Err(error) => Err(Error::Queue(error.into())),
        }
    }
}
