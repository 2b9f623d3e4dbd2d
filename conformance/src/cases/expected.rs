//! What several areas expect of events.

use serde_json::{Value, json};

use crate::client::Client;
use crate::handshake::USER_AGENT;
use crate::shape::{API_ID, CLOCK, EPOCH, ID, IP};
use crate::shortfall::{Verdict, equal};
use crate::target::Api;
use crate::world::{Observer, World};

/// `requestContext` of an event, without what only some types of events have.
pub(super) fn context(api: &Api, route_key: &str, event_type: &str) -> Value {
    json!({
        "routeKey": route_key,
        "eventType": event_type,
        "extendedRequestId": ID,
        "requestTime": CLOCK,
        "messageDirection": "IN",
        "stage": api.url.stage(),
        "connectedAt": EPOCH,
        "requestTimeEpoch": EPOCH,
        "identity": { "userAgent": USER_AGENT, "sourceIp": IP },
        "requestId": ID,
        "domainName": api.url.authority,
        "connectionId": ID,
        "apiId": API_ID,
    })
}

/// `value` with more fields.
pub(super) fn with(mut value: Value, more: Value) -> Value {
    if let (Some(fields), Value::Object(more)) = (value.as_object_mut(), more) {
        fields.extend(more);
    }
    value
}

/// A connection to `GuardedApi` whose end will be reported.
pub(super) struct Watched {
    pub(super) observer: Observer,
    pub(super) client: Client,
    pub(super) id: String,
}

impl Watched {
    /// Opens it.
    pub(super) async fn open(world: &World) -> Verdict<Self> {
        let mut observer = world.guarded_observer().await?;
        let client = world.identified()?.observed_by(&observer.id).open().await?;
        observer.authorizer_event().await?;
        let id = observer.event("CONNECT").await?.context("connectionId").to_owned();
        Ok(Self { observer, client, id })
    }

    /// The code and the reason that `$disconnect` is told, once.
    pub(super) async fn disconnected(mut self, world: &World) -> Verdict<(u64, String)> {
        let event = self.observer.event("DISCONNECT").await?;
        let code = event.at("/requestContext/disconnectStatusCode").as_u64().unwrap_or_default();
        let reason = event.context("disconnectReason").to_owned();
        // The end of the TCP connection must not be another end.
        drop(self.client);
        let once = another_connection_is_next(world, &mut self.observer).await;
        once.map_err(|shortfall| shortfall.of("`$disconnect` runs once"))?;
        Ok((code, reason))
    }
}

/// Opens and closes another connection to `GuardedApi`: `observer` must hear of nothing else.
pub(super) async fn another_connection_is_next(world: &World, observer: &mut Observer) -> Verdict {
    let mut other = world.identified()?.observed_by(&observer.id).open().await?;
    observer.authorizer_event().await?;
    let next = observer.event("CONNECT").await?.context("connectionId").to_owned();
    other.close(None).await?;
    let event = observer.event("DISCONNECT").await?;
    equal("the connection that ends next", event.context("connectionId"), next.as_str())
}
