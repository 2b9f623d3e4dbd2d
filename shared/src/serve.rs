//! The one place that sets up logging and the runtime loop.

use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::process::ExitCode;
use std::sync::Arc;
use std::task::{Context, Poll};

use lambda_runtime::{Diagnostic, LambdaEvent, Service, service_fn};
use serde::Serialize;
use serde_json::Value;
use tracing::Instrument;

use crate::authorizer::Unauthorized;
use crate::error::StartupReport;
use crate::logging::{self, log_error};
use crate::{Aws, BoxError, Error, Event};

/// A value that answers an event: a [`Response`](crate::Response), an [`AuthorizerResponse`](crate::AuthorizerResponse), or
/// anything else that is written as JSON. Which one it is depends on the event: [`Event::Answer`].
///
/// ```
/// use parlor::{Answer, Response};
///
/// let payload = Response::ok().with_body("hello").into_payload()?;
/// assert_eq!(payload, serde_json::json!({ "statusCode": 200, "body": "hello" }));
/// # Ok::<(), parlor::BoxError>(())
/// ```
pub trait Answer {
    /// The JSON that Lambda returns to the caller.
    ///
    /// # Errors
    /// The value cannot be written as JSON.
    fn into_payload(self) -> Result<Value, BoxError>;
}

impl<T: Serialize> Answer for T {
    fn into_payload(self) -> Result<Value, BoxError> {
        Ok(serde_json::to_value(self)?)
    }
}

/// Runs a function: `setup` makes its state once, `handler` answers one event after the other.
///
/// Both may fail with any error that converts into a [`BoxError`]: the toolkit's [`Error`], `anyhow::Error`, or a type of
/// the application. A handler's error is logged with its causes. The client sees API Gateway's own error, never the
/// function's: a failed `$connect` answers 502, and a failed message is answered with the frame
/// `{"message": "Internal server error", …}`. A panic is logged too, and the function lives on.
///
/// ```no_run
/// use std::process::ExitCode;
///
/// use parlor::{Aws, Error, Message, Response, Sockets, serve};
///
/// #[tokio::main(flavor = "current_thread")]
/// async fn main() -> ExitCode {
///     serve(async |aws: Aws| Sockets::from_environment(&aws), on_message).await
/// }
///
/// async fn on_message(sockets: &Sockets, message: Message) -> Result<Response, Error> {
///     sockets.send(&message.peer, message.body()).await?;
///     Ok(Response::ok())
/// }
/// ```
pub async fn serve<State, E, A, SetupError, HandlerError>(
    setup: impl AsyncFnOnce(Aws) -> Result<State, SetupError>,
    handler: impl AsyncFn(&State, E) -> Result<A, HandlerError> + 'static,
) -> ExitCode
where
    State: 'static,
    E: Event + 'static,
    A: Into<E::Answer>,
    SetupError: Into<BoxError>,
    HandlerError: Into<BoxError>,
{
    run(async {
        let state = setup(Aws::from_environment().await?).await.map_err(Into::into)?;
        let mut service = service(state, handler);
        let service = service_fn(move |event| {
            let answer = service.call(event);
            async { answer.await.map_err(diagnostic) }
        });
        lambda_runtime::run(service).await.map_err(|error| Error::Runtime(error).into())
    })
    .await
}

/// Sets up logging, runs `program`, and reports why it could not start or had to stop.
///
/// [`serve`] does this for the events of this toolkit. A function of another kind, such as one behind an HTTP API, brings
/// its own runtime loop:
///
/// ```no_run
/// use std::process::ExitCode;
///
/// use lambda_runtime::{LambdaEvent, service_fn};
/// use parlor::{Aws, BoxError, Sockets, run};
/// use serde_json::{Value, json};
///
/// #[tokio::main(flavor = "current_thread")]
/// async fn main() -> ExitCode {
///     run(async {
///         let sockets = Sockets::from_environment(&Aws::from_environment().await?)?;
///         let sockets = &sockets;
///         lambda_runtime::run(service_fn(move |event: LambdaEvent<Value>| async move {
///             let sent = sockets.group("news").send(&event.payload.to_string()).await?;
///             Ok::<_, BoxError>(json!({ "statusCode": 200, "body": sent.delivered.to_string() }))
///         }))
///         .await
///     })
///     .await
/// }
/// ```
pub async fn run(program: impl Future<Output = Result<(), BoxError>>) -> ExitCode {
    logging::set_up();
    match program.await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report(&StartupReport(error.as_ref()));
            ExitCode::FAILURE
        }
    }
}

/// A handler with its state, as a [`tower::Service`](lambda_runtime::Service), for those who stack layers of their own.
///
/// ```no_run
/// use parlor::{Error, Message, Response, Sockets, service};
///
/// async fn on_message(sockets: &Sockets, message: Message) -> Result<Response, Error> {
///     sockets.send(&message.peer, message.body()).await?;
///     Ok(Response::ok())
/// }
///
/// # async fn example(sockets: Sockets) -> Result<(), lambda_runtime::Error> {
/// lambda_runtime::Runtime::new(service(sockets, on_message)).layer(lambda_runtime::layers::TracingLayer::new()).run().await
/// # }
/// ```
pub fn service<State, E, A, HandlerError, Handler>(state: State, handler: Handler) -> HandlerService<State, E, Handler>
where
    E: Event,
    A: Into<E::Answer>,
    HandlerError: Into<BoxError>,
    Handler: AsyncFn(&State, E) -> Result<A, HandlerError>,
{
    HandlerService { shared: Arc::new((state, handler)), event: PhantomData }
}

/// The service that [`service`] makes: from a Lambda event to the JSON of the answer.
///
/// ```
/// use lambda_runtime::{LambdaEvent, Service};
/// use parlor::{Error, InvocationContext, ScheduledEvent, service};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let mut service = service((), async |_state: &(), _event: ScheduledEvent| Ok::<(), Error>(()));
/// let event = LambdaEvent::new(serde::de::IgnoredAny, InvocationContext::default());
/// assert!(service.call(event).await.unwrap().is_null());
/// # }
/// ```
pub struct HandlerService<State, E, Handler> {
    shared: Arc<(State, Handler)>,
    event: PhantomData<fn(E)>,
}

impl<State, E, A, HandlerError, Handler> Service<LambdaEvent<E::Payload>> for HandlerService<State, E, Handler>
where
    State: 'static,
    E: Event + 'static,
    A: Into<E::Answer>,
    HandlerError: Into<BoxError>,
    Handler: AsyncFn(&State, E) -> Result<A, HandlerError> + 'static,
{
    type Response = Value;
    type Error = BoxError;
    // Boxed: a handler awaits deep into the SDK, and the layers of the runtime add to that depth.
    type Future = Pin<Box<dyn Future<Output = Result<Value, BoxError>>>>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, LambdaEvent { payload, context }: LambdaEvent<E::Payload>) -> Self::Future {
        // At level ERROR, so that even a log of errors only says which connection they concern.
        let span = tracing::error_span!(
            "event",
            request = context.request_id,
            connection = tracing::field::Empty,
            group = tracing::field::Empty
        );
        let shared = Arc::clone(&self.shared);
        let answer = async move {
            let (state, handler) = &*shared;
            let event = E::parse(payload, &context)?;
            let answer: E::Answer = handler(state, event).await.map_err(Into::into)?.into();
            answer.into_payload()
        };
        Box::pin(async move { answer.await.inspect_err(log_failure) }.instrument(span))
    }
}

/// An authorizer's 401 is not a failure.
fn log_failure(error: &BoxError) {
    if !error.is::<Unauthorized>() {
        log_error(error.as_ref());
    }
}

/// What Lambda learns of a failure: the error without its causes, which are in the log. API Gateway does not pass it to clients.
fn diagnostic(error: BoxError) -> Diagnostic {
    let error_type = if error.is::<Unauthorized>() { "Unauthorized" } else { "Failed" };
    Diagnostic { error_type: error_type.to_owned(), error_message: error.to_string() }
}

#[expect(clippy::print_stderr, reason = "a process that cannot start has no other way to say so")]
fn report(report: &StartupReport<'_>) {
    eprintln!("{report}");
}
