//! Takes what happens on a connection to functions.

use std::sync::Arc;
use std::time::Instant;

use http::StatusCode;
use jiff::Timestamp;

use super::client::Client;
use super::gateway::Gateway;
use super::integration_outcome::IntegrationOutcome;
use super::limits::{DISCONNECT_DEADLINE, MAX_MESSAGE_BYTES};
use super::outbox::Outbox;
use super::{events, frames, identifiers, integration, routes};
use local_core::events::{ConnectionEvent, ConnectionEventKind};
use local_sam::Route;

/// What a client gets for its message, if anything.
enum Answer {
    /// The function's own words.
    Text(String),
    /// API Gateway's words.
    Error(&'static str),
    /// One-way routes say nothing.
    Silence,
}

/// Takes one message to its route's integration, and the answer back. It may have waited for its turn since `received_at`.
pub(super) async fn run(
    gateway: Arc<Gateway>,
    client: Arc<Client>,
    outbox: Outbox,
    received_at: Timestamp,
    body: String,
) {
    // No function starts once the service ends.
    if gateway.shutdown.is_cancelled() {
        return;
    }
    let (began, request_id) = (Instant::now(), identifiers::mint());
    let selected = gateway.selection.select(&gateway.api.routes, &body);
    let verdict = match selected {
        None => Verdict::error(frames::FORBIDDEN, "no route takes the message, and there is no `$default`".to_owned()),
        Some((route_key, _)) if !gateway.throttles.admit(route_key) => {
            Verdict::error(frames::TOO_MANY_REQUESTS, "the route's throttle is exceeded".to_owned())
        }
        Some((route_key, route)) => {
            let event = events::message(&gateway, &client, route_key, &request_id, received_at, &body);
            judge(route, integration::ask(&gateway, route, &event).await)
        }
    };
    if let (true, Some((route_key, _))) = (verdict.discards_body, selected) {
        gateway.report_discarded_body(route_key);
    }
    gateway.report(ConnectionEvent {
        request_id: Some(request_id.clone()),
        status: verdict.status.map(|status| status.as_u16()),
        duration: began.elapsed(),
        problem: verdict.problem,
        ..gateway.event(ConnectionEventKind::Message, &client.connection_id, selected.map(|(route_key, _)| route_key))
    });
    match verdict.answer {
        Answer::Text(text) => outbox.send(text).await,
        Answer::Error(message) => outbox.send(frames::error(message, &client.connection_id, &request_id)).await,
        Answer::Silence => {}
    }
}

/// What came of a message: the answer to the client, and words about what went wrong.
struct Verdict {
    answer: Answer,
    /// The integration's own.
    status: Option<StatusCode>,
    problem: Option<String>,
    /// Whether there is a body that the route does not send.
    discards_body: bool,
}

impl Verdict {
    fn error(message: &'static str, problem: String) -> Self {
        Self { answer: Answer::Error(message), status: None, problem: Some(problem), discards_body: false }
    }
}

fn judge(route: &Route, outcome: IntegrationOutcome) -> Verdict {
    match outcome {
        IntegrationOutcome::Answered(response) => {
            let status = Some(response.status);
            match response.into_body() {
                Some(_) if !route.returns_response => {
                    Verdict { answer: Answer::Silence, status, problem: None, discards_body: true }
                }
                Some(body) if body.len() > MAX_MESSAGE_BYTES => {
                    let problem = format!("it returned a body of {} bytes", body.len());
                    Verdict { status, ..Verdict::error(frames::INTERNAL_SERVER_ERROR, problem) }
                }
                body => {
                    let answer = body.map_or(Answer::Silence, Answer::Text);
                    Verdict { answer, status, problem: None, discards_body: false }
                }
            }
        }
        IntegrationOutcome::Broken(problem) | IntegrationOutcome::Unreachable(problem) => {
            Verdict::error(frames::INTERNAL_SERVER_ERROR, problem)
        }
        IntegrationOutcome::TimedOut(problem) => Verdict::error(frames::ENDPOINT_REQUEST_TIMED_OUT, problem),
    }
}

/// Runs `$disconnect`, if the API has it; the client is gone, so only the terminal hears of a problem.
pub(super) async fn disconnect(gateway: &Gateway, client: &Client, code: u16, reason: &str) {
    let began = Instant::now();
    let asked = async {
        let route = gateway.api.routes.get(routes::DISCONNECT)?;
        if gateway.options.faults.loses_disconnect(client.as_fault_target()) {
            return None;
        }
        let event = events::disconnect(gateway, client, code, reason);
        judge(route, integration::ask_within(DISCONNECT_DEADLINE, gateway, route, &event).await).problem
    };
    let problem = match gateway.shutdown.is_cancelled() {
        true => None,
        false => gateway.shutdown.run_until_cancelled(asked).await.flatten(),
    };
    gateway.report(ConnectionEvent {
        status: Some(code),
        duration: began.elapsed(),
        problem,
        ..gateway.event(ConnectionEventKind::Close, &client.connection_id, Some(routes::DISCONNECT))
    });
}
