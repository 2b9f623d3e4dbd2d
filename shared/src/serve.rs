//! The one place that sets up logging and the runtime loop.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::process::ExitCode;

use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use serde::Serialize;
use serde_json::Value;
use tracing::Instrument;

use crate::error::Report;
use crate::logging::{self, log_error};
use crate::{Error, Event};

/// Runs a function: `setup` makes its state once, `handle` answers one event after the other.
///
/// A handler that fails is answered by API Gateway's own error frame; its cause goes to the log. So does a panic's, and
/// the function lives on.
pub async fn serve<State, E, Answer>(
    setup: impl AsyncFnOnce() -> Result<State, Error>,
    handle: impl AsyncFn(&State, E) -> Result<Answer, Error>,
) -> ExitCode
where
    E: Event,
    Answer: Serialize,
{
    run(async {
        let state = setup().await?;
        let (state, handle) = (&state, &handle);
        let service = service_fn(move |LambdaEvent { payload, context }: LambdaEvent<E::Payload>| {
            // At the level of errors, so that even a log of nothing else tells whose they are.
            let span = tracing::error_span!(
                "event",
                request = context.request_id,
                connection = tracing::field::Empty,
                group = tracing::field::Empty
            );
            let answer = async move {
                let event = E::parse(payload, &context)?;
                let answer = handle(state, event).await?;
                serde_json::to_value(answer).map_err(Error::Json)
            };
            // Boxed: a handler awaits deep into the SDK, and the layers of the runtime add to that depth.
            let answer: Pin<Box<dyn Future<Output = Result<Value, Diagnostic>>>> =
                Box::pin(async move { answer.await.map_err(diagnosed) }.instrument(span));
            answer
        });
        lambda_runtime::run(service).await.map_err(Error::Runtime)
    })
    .await
}

/// Sets up logging, runs `program`, and reports why it could not start or go on.
///
/// [`serve`] does this for events of connections; a function of another kind, such as one behind an HTTP API, brings its
/// own runtime loop.
pub async fn run(program: impl Future<Output = Result<(), Error>>) -> ExitCode {
    logging::set_up();
    match program.await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(Report(&error));
            ExitCode::FAILURE
        }
    }
}

/// What Lambda learns of a failure. It stays on our side: API Gateway does not pass it to clients.
fn diagnosed(error: Error) -> Diagnostic {
    let error_type = match &error {
        Error::Unauthorized => "Unauthorized",
        _ => {
            log_error(&error);
            "Failed"
        }
    };
    Diagnostic { error_type: error_type.to_owned(), error_message: error.to_string() }
}

#[expect(clippy::print_stderr, reason = "a process that cannot start has no other way to say so")]
fn complain(report: impl fmt::Display) {
    eprintln!("{report}");
}
