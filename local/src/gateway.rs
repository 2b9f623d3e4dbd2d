//! Emulates the WebSocket APIs of Amazon API Gateway: the handshake with its authorizer, routes that end at functions,
//! and the `@connections` API, one listener per API.
//!
//! In reading order: `server` tells handshakes from `@connections` calls, `handshake` decides on a connection,
//! `connection` owns an open socket, `dispatch` takes its messages to functions, `registry` makes it reachable.

mod admission;
mod authorizer;
mod closing;
mod connection;
mod cut;
mod dispatch;
mod events;
mod frames;
mod handshake;
mod identifiers;
mod integration;
mod json_path;
mod limits;
mod management;
mod mapping;
mod mock;
mod outbox;
mod policy;
mod proxy_response;
mod registry;
mod replies;
mod request_head;
mod routes;
mod server;
mod throttle;
mod upgrade;

pub use limits::{IDLE_TIMEOUT, MAX_LIFETIME};

use std::collections::BTreeSet;
use std::fmt::Display;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::{Request, StatusCode};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::events::{ConnectionEvent, ConnectionEventKind, Event, Reporter};
use crate::faults::Faults;
use crate::lambda::LambdaClient;
use crate::settings;
use crate::signature::Verifier;
use crate::template::{Integration, WebSocketApi};
use crate::tls::Tls;
use registry::Registry;
use routes::SelectionExpression;
use throttle::Throttles;

/// What a gateway needs besides its API.
#[derive(Clone)]
pub struct Options {
    /// `domainName` in events, such as `127.0.0.1:3001`: it stands for `{api}.execute-api.{region}.amazonaws.com`.
    pub domain_name: String,
    /// Answers those who speak TLS at the same port; without it, they are not understood.
    pub tls: Option<Tls>,
    /// Invokes the functions behind the routes.
    pub lambda: LambdaClient,
    /// Judges the signatures of `@connections` calls.
    pub verifier: Arc<Verifier>,
    /// Whether the messages of a connection are handled one after the other; API Gateway's are not.
    pub is_serial: bool,
    /// A connection without a message in either direction for this long is closed; API Gateway's is [`IDLE_TIMEOUT`].
    pub idle_timeout: Duration,
    /// A connection of this age is closed; API Gateway's is [`MAX_LIFETIME`].
    pub max_lifetime: Duration,
    /// What goes wrong on purpose.
    pub faults: Faults,
    /// Gets what happens.
    pub reporter: Reporter,
}

/// One API while it is served: what every task of it shares.
struct Gateway {
    api: WebSocketApi,
    selection: SelectionExpression,
    throttles: Throttles,
    options: Options,
    registry: Registry,
    /// The one-way routes that are known to return a body.
    discarding_routes: Mutex<BTreeSet<String>>,
    shutdown: CancellationToken,
}

impl Gateway {
    /// The ARN of something under the API's stage, such as `$connect`.
    fn arn(&self, path: &str) -> String {
        let (region, account) = (settings::REGION, settings::ACCOUNT_ID);
        let WebSocketApi { api_id, stage, .. } = &self.api;
        format!("arn:aws:execute-api:{region}:{account}:{api_id}/{stage}/{path}")
    }

    /// An event about a connection, to be filled in; the route is named only if the API has it.
    fn event(&self, kind: ConnectionEventKind, connection_id: &str, route_key: Option<&str>) -> ConnectionEvent {
        let route = route_key.and_then(|key| self.api.routes.get_key_value(key));
        let function = route.map(|(_, route)| match &route.integration {
            Integration::Lambda(invocable) => invocable.function.name.as_str(),
            Integration::Mock(_) => "mock",
        });
        ConnectionEvent {
            kind,
            api: self.api.logical_id.clone(),
            connection_id: connection_id.to_owned(),
            request_id: None,
            route_key: route.map(|(key, _)| key.clone()),
            function: function.map(str::to_owned),
            status: None,
            duration: Duration::ZERO,
            problem: None,
        }
    }

    fn report(&self, event: ConnectionEvent) {
        self.options.reporter.report(Event::Connection(event));
    }

    /// Reports a request that is not for a connection.
    fn report_refused<B>(&self, request: &Request<B>, status: StatusCode, problem: &str) {
        // Escaped: it may be anything, and a terminal obeys some of it. Without the query, which may hold a token.
        let (method, path) = (request.method(), request.uri().path().escape_debug());
        let kind = match upgrade::is_asked_for(request.headers()) {
            true => ConnectionEventKind::Handshake,
            false => ConnectionEventKind::Request,
        };
        self.report(ConnectionEvent {
            status: Some(status.as_u16()),
            problem: Some(format!("{method} {path}: {problem}")),
            ..self.event(kind, "none", None)
        });
    }

    /// Reports, once for each route, that a response body is discarded: clients are not told.
    fn report_discarded_body(&self, route_key: &str) {
        // No step under this lock can panic halfway through a change.
        let mut discarding = self.discarding_routes.lock().unwrap_or_else(PoisonError::into_inner);
        if discarding.insert(route_key.to_owned()) {
            self.note(format_args!(
                "the route `{route_key}` is one-way, as on AWS: the `body` that its function returns goes to nobody (hint: \
                 to send it, give the route `RouteResponseSelectionExpression: $default` and an \
                 `AWS::ApiGatewayV2::RouteResponse` with the key `$default`)"
            ));
        }
    }

    fn note(&self, text: impl Display) {
        self.options.reporter.note_about(&self.api.logical_id, text);
    }
}

/// Serves `api` at `listener` until `shutdown` is cancelled; then clients are closed with 1001, and no function runs.
pub async fn serve(listener: TcpListener, api: WebSocketApi, options: Options, shutdown: CancellationToken) {
    let selection = SelectionExpression::parse(&api.route_selection_expression);
    let throttles = Throttles::of(&api.routes);
    let gateway = Arc::new(Gateway {
        api,
        selection,
        throttles,
        options,
        registry: Registry::default(),
        discarding_routes: Mutex::default(),
        shutdown: shutdown.clone(),
    });
    // Every task that holds a peer's socket holds a clone: when the last is gone, clients have heard of the end.
    // Functions that still run are not waited for.
    let (alive, mut ended) = mpsc::channel(1);
    while let Some(accepted) = shutdown.run_until_cancelled(listener.accept()).await {
        match accepted {
            Ok((stream, peer)) => drop(tokio::spawn(server::serve_peer(gateway.clone(), stream, peer, alive.clone()))),
            Err(error) => {
                gateway.note(format_args!("cannot accept a connection: {error}"));
                sleep(limits::ACCEPT_PAUSE).await;
            }
        }
    }
    drop(listener);
    drop(alive);
    let _: Result<Option<()>, _> = timeout(limits::SHUTDOWN_GRACE, ended.recv()).await;
}
