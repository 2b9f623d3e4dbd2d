//! Takes what happens on a connection to functions.

use std::sync::Arc;

use super::events::{self, Client};
use super::integration::{self, Outcome};
use super::limits::MAX_MESSAGE_BYTES;
use super::outbox::Outbox;
use super::{Gateway, frames, identifiers, routes};
use crate::template::Route;

/// What a client gets for its message, if anything.
enum Answer {
    /// The function's own words.
    Text(String),
    /// API Gateway's words.
    Error(&'static str),
    /// One-way routes say nothing.
    Silence,
}

/// Takes one message to its route's function, and the answer back.
pub(super) async fn run(gateway: Arc<Gateway>, client: Arc<Client>, outbox: Outbox, body: String) {
    // It may have waited for its turn, and no function starts once the service ends.
    if gateway.shutdown.is_cancelled() {
        return;
    }
    let request_id = identifiers::mint();
    let answer = match gateway.selection.select(&gateway.api.routes, &body) {
        Some((route_key, route)) => {
            let event = events::message(&gateway, &client, route_key, &request_id, &body);
            let (answer, problem) = judge(route, integration::ask(&gateway, route, &event).await);
            if let Some(problem) = problem {
                gateway.note(format_args!("route `{route_key}`: {problem} (connection {})", client.connection_id));
            }
            answer
        }
        None => Answer::Error(frames::FORBIDDEN),
    };
    match answer {
        Answer::Text(text) => outbox.send(text).await,
        Answer::Error(message) => outbox.send(frames::error(message, &client.connection_id, &request_id)).await,
        Answer::Silence => {}
    }
}

/// The answer to the client, and words about what went wrong.
fn judge(route: &Route, outcome: Outcome) -> (Answer, Option<String>) {
    match outcome {
        Outcome::Answered(response) => {
            let failed = response.status.is_client_error() || response.status.is_server_error();
            let problem = failed.then(|| format!("it returned {}", response.status));
            match response.into_body().filter(|_| route.returns_response) {
                Some(body) if body.len() > MAX_MESSAGE_BYTES => {
                    let problem = format!("it returned a body of {} bytes", body.len());
                    (Answer::Error(frames::INTERNAL_SERVER_ERROR), Some(problem))
                }
                body => (body.map_or(Answer::Silence, Answer::Text), problem),
            }
        }
        Outcome::Broken(problem) | Outcome::Unreachable(problem) => {
            (Answer::Error(frames::INTERNAL_SERVER_ERROR), Some(problem))
        }
        Outcome::TimedOut(problem) => (Answer::Error(frames::ENDPOINT_REQUEST_TIMED_OUT), Some(problem)),
    }
}

/// Runs `$disconnect`, if the API has it.
pub(super) async fn disconnect(gateway: &Gateway, client: &Client, code: u16, reason: &str) {
    let Some(route) = gateway.api.routes.get(routes::DISCONNECT) else {
        return;
    };
    let event = events::disconnect(gateway, client, code, reason);
    let asked = integration::ask(gateway, route, &event);
    // The client is gone, so only the terminal hears of a problem.
    if let Some((_, Some(problem))) = gateway.shutdown.run_until_cancelled(asked).await.map(|end| judge(route, end)) {
        gateway.note(format_args!("route `{}`: {problem} (connection {})", routes::DISCONNECT, client.connection_id));
    }
}
