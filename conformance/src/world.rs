//! What a case has: the stack under test, and the verbs for it.

use std::sync::Arc;
use std::time::Duration;

use crate::client::{Client, Event};
use crate::handshake::Handshake;
use crate::management::Call;
use crate::shortfall::{Shortfall, Verdict, ensure};
use crate::signing::Scope;
use crate::target::{Api, Credentials, Target};
use crate::wire::Response;

/// How long a case waits for anything: far longer than it should take, a cold start included.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// The header and the query string that are the identity sources of `GuardedApi`.
pub(crate) const IDENTITY_HEADER: &str = "X-Identity";
/// See [`IDENTITY_HEADER`].
pub(crate) const IDENTITY_QUERY: &str = "identity";

/// What a case has.
#[derive(Clone)]
pub(crate) struct World {
    target: Arc<Target>,
}

/// A connection that hears what functions report of others.
pub(crate) struct Observer {
    pub(crate) client: Client,
    pub(crate) id: String,
}

impl Observer {
    /// The next event, which is one of this type.
    pub(crate) async fn event(&mut self, event_type: &str) -> Verdict<Event> {
        self.event_within(event_type, PATIENCE).await
    }

    /// [`Self::event`] with another limit.
    pub(crate) async fn event_within(&mut self, event_type: &str, patience: Duration) -> Verdict<Event> {
        let event = self.client.event_within(patience).await?;
        if event.is(event_type) {
            return Ok(event);
        }
        let got = format!("an event of type {:?} / {:?}", event.json["type"], event.context("eventType"));
        Err(Shortfall::new(format!("a {event_type} event"), got))
    }

    /// The next event, which is the authorizer's.
    pub(crate) async fn authorizer_event(&mut self) -> Verdict<Event> {
        let event = self.client.event().await?;
        if event.json["type"] == "REQUEST" {
            return Ok(event);
        }
        Err(Shortfall::new("the event of the authorizer", event.text))
    }

    /// Makes sure that nothing was reported: what the observer says next is the first thing that it hears.
    pub(crate) async fn has_heard_nothing(&mut self) -> Verdict {
        let heard = self.client.id("").await.map_err(|shortfall| shortfall.of("no report"))?;
        if heard == self.id {
            return Ok(());
        }
        Err(Shortfall::new("no report", format!("an event of the connection {heard}")))
    }
}

impl World {
    pub(crate) fn new(target: Arc<Target>) -> Self {
        Self { target }
    }

    pub(crate) fn target(&self) -> &Target {
        &self.target
    }

    /// An API of the stack, by its logical id.
    pub(crate) fn api(&self, logical_id: &str) -> Verdict<&Api> {
        let found = self.target.apis.get(logical_id);
        found.ok_or_else(|| Shortfall::Skipped(format!("`{logical_id}` has no address")))
    }

    /// The API with every system route and without an authorizer.
    pub(crate) fn main(&self) -> Verdict<&Api> {
        self.api("MainApi")
    }

    /// The API with a Lambda authorizer.
    pub(crate) fn guarded(&self) -> Verdict<&Api> {
        self.api("GuardedApi")
    }

    /// A handshake with `GuardedApi` that has both identity sources.
    pub(crate) fn identified(&self) -> Verdict<Handshake> {
        Ok(Handshake::with(self.guarded()?).header(IDENTITY_HEADER, "somebody").query(IDENTITY_QUERY, "somebody"))
    }

    /// Opens a connection to the main API.
    pub(crate) async fn client(&self) -> Verdict<Client> {
        Handshake::with(self.main()?).open().await
    }

    /// Opens a connection to the main API that hears of others.
    pub(crate) async fn observer(&self) -> Verdict<Observer> {
        self.observing(&Handshake::with(self.main()?)).await
    }

    /// Opens a connection to `GuardedApi` that hears of others.
    pub(crate) async fn guarded_observer(&self) -> Verdict<Observer> {
        self.observing(&self.identified()?).await
    }

    /// Opens a connection that hears of others.
    pub(crate) async fn observing(&self, handshake: &Handshake) -> Verdict<Observer> {
        let mut client = handshake.open().await?;
        let id = client.id("").await?;
        Ok(Observer { client, id })
    }

    /// Who may call `@connections`.
    pub(crate) fn credentials(&self) -> Verdict<Credentials> {
        let missing = || Shortfall::Skipped("no credentials were given".to_owned());
        self.target.credentials.clone().ok_or_else(missing)
    }

    /// A well-signed call about connection `id` of `api`.
    pub(crate) fn call(&self, api: &Api, method: &'static str, id: &str) -> Verdict<Call> {
        Ok(Call::new(api, method, id, self.scope(), self.credentials()?))
    }

    /// Posts to a connection of the main API, which takes it.
    pub(crate) async fn post(&self, id: &str, body: impl Into<Vec<u8>>) -> Verdict<Response> {
        let response = self.call(self.main()?, "POST", id)?.body(body).send().await?;
        let got = format!("{} {}", response.status, response.body);
        ensure(response.status == 200, "status 200 of a post", got)?;
        Ok(response)
    }

    pub(crate) fn scope(&self) -> Scope {
        Scope::execute_api(&self.target.region)
    }
}
