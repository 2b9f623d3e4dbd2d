//! One API while it is served: what every task of it shares.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use http::{Request, StatusCode};
use local_core::events::{ConnectionEvent, ConnectionEventKind, Event};
use local_core::settings;
use local_sam::{Integration, WebSocketApi};
use tokio_util::sync::CancellationToken;

use super::options::WebSocketApiOptions;
use super::registry::Registry;
use super::routes::SelectionExpression;
use super::throttle::Throttles;
use super::upgrade_request::is_asked_for;

/// One API while it is served: what every task of it shares.
pub(super) struct Gateway {
    pub(super) api: WebSocketApi,
    pub(super) selection: SelectionExpression,
    pub(super) throttles: Throttles,
    pub(super) options: WebSocketApiOptions,
    pub(super) registry: Registry,
    /// The one-way routes that are known to return a body.
    discarding_routes: Mutex<BTreeSet<String>>,
    pub(super) shutdown: CancellationToken,
}

impl Gateway {
    /// An API without connections.
    pub(super) fn new(api: WebSocketApi, options: WebSocketApiOptions, shutdown: CancellationToken) -> Self {
        Self {
            selection: SelectionExpression::parse(&api.route_selection_expression),
            throttles: Throttles::of(&api.routes),
            api,
            options,
            registry: Registry::default(),
            discarding_routes: Mutex::default(),
            shutdown,
        }
    }

    /// The ARN of something under the API's stage, such as `$connect`.
    pub(super) fn arn(&self, path: &str) -> String {
        let (region, account) = (settings::REGION, settings::ACCOUNT_ID);
        let WebSocketApi { api_id, stage, .. } = &self.api;
        format!("arn:aws:execute-api:{region}:{account}:{api_id}/{stage}/{path}")
    }

    /// An event about a connection, to be filled in; the route is named only if the API has it.
    pub(super) fn event(
        &self,
        kind: ConnectionEventKind,
        connection_id: &str,
        route_key: Option<&str>,
    ) -> ConnectionEvent {
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

    pub(super) fn report(&self, event: ConnectionEvent) {
        self.options.reporter.report(Event::Connection(event));
    }

    /// Reports a request that is not for a connection.
    pub(super) fn report_rejected<B>(&self, request: &Request<B>, status: StatusCode, problem: &str) {
        // Escaped: it may be anything, and a terminal obeys some of it. Without the query, which may hold a token.
        let (method, path) = (request.method(), request.uri().path().escape_debug());
        let kind = match is_asked_for(request.headers()) {
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
    pub(super) fn report_discarded_body(&self, route_key: &str) {
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

    pub(super) fn note(&self, text: impl Display) {
        self.options.reporter.note_about(&self.api.logical_id, text);
    }
}
