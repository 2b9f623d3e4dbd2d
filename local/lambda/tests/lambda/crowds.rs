//! Hundreds of clients of a WebSocket API that do the same at once, with real processes behind the gateway.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{join_all, try_join_all};
use futures_util::{SinkExt, StreamExt};
use local_core::events::Reporter;
use local_core::faults::Faults;
use local_gateway::signature::Verifier;
use local_gateway::websocket_api::{self, IDLE_TIMEOUT, MAX_LIFETIME, WebSocketApiOptions};
use local_lambda::LambdaClient;
use local_sam::{ApiKeys, Authorization, Integration, Invocable, Route, WebSocketApi};
use serde_json::Value;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::harness::{Door, PATIENCE, Stack, start};

const CROWD: usize = 200;

type Client = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// A stack whose only function is behind all routes of a WebSocket API.
struct World {
    stack: Stack,
    gateway: SocketAddr,
    /// Sees each event of the function.
    witness: Door,
    gate: Door,
}

impl World {
    async fn start(change: impl FnOnce(&mut WebSocketApi, &mut WebSocketApiOptions)) -> Self {
        let (witness, gate) = (Door::open().await, Door::open().await);
        let stack = start(|function| {
            function.environment.insert("WITNESS".into(), witness.address());
            function.environment.insert("GATE".into(), gate.address());
        })
        .await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let gateway = listener.local_addr().unwrap();
        let mut api = api();
        let mut options = WebSocketApiOptions {
            domain_name: gateway.to_string(),
            tls: None,
            functions: Arc::new(LambdaClient::new(&stack.url)),
            verifier: Arc::new(Verifier::new(false, Reporter::default())),
            is_serial: false,
            idle_timeout: IDLE_TIMEOUT,
            max_lifetime: MAX_LIFETIME,
            faults: Faults::default(),
            reporter: Reporter::default(),
        };
        change(&mut api, &mut options);
        tokio::spawn(websocket_api::serve(listener, api, options, stack.shutdown.clone()));
        Self { stack, gateway, witness, gate }
    }

    async fn connect(&self) -> Client {
        let connected = timeout(PATIENCE, connect_async(format!("ws://{}/dev", self.gateway)));
        connected.await.unwrap().unwrap().0
    }

    /// The connections of the next so many events, by route.
    async fn connections(&self, events: usize) -> BTreeMap<String, BTreeSet<String>> {
        let mut connections: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for _ in 0..events {
            let event = self.witness.event().await;
            connections.entry(route_key(&event)).or_default().insert(connection_id(&event));
        }
        connections
    }

    /// The connections of the next [`CROWD`] events, all of which are of `route`.
    async fn connections_at(&self, route: &str) -> BTreeSet<String> {
        let mut connections = self.connections(CROWD).await;
        assert_eq!(connections.keys().collect::<Vec<_>>(), [route]);
        connections.remove(route).unwrap()
    }
}

fn api() -> WebSocketApi {
    let invocable = Invocable { function: "scripted".into(), is_permitted: true };
    let route = |key: &str| {
        let route = Route {
            integration: Integration::Lambda(invocable.clone()),
            timeout: PATIENCE,
            returns_response: true,
            throttle: None,
            requires_api_key: false,
        };
        (key.to_owned(), route)
    };
    WebSocketApi {
        logical_id: "Api".to_owned(),
        api_id: "abcdef1234".to_owned(),
        stage: "dev".to_owned(),
        route_selection_expression: "$request.body.action".to_owned(),
        routes: BTreeMap::from(["$connect", "$default", "$disconnect"].map(route)),
        authorization: Authorization::None,
        api_keys: ApiKeys::default(),
        stage_variables: BTreeMap::new(),
        is_disabled: false,
    }
}

fn connection_id(event: &Value) -> String {
    event["requestContext"]["connectionId"].as_str().unwrap().to_owned()
}

fn route_key(event: &Value) -> String {
    event["requestContext"]["routeKey"].as_str().unwrap_or_default().to_owned()
}

async fn say_hello(client: &mut Client) -> Message {
    client.send(Message::text("hello")).await.unwrap();
    timeout(PATIENCE, client.next()).await.unwrap().unwrap().unwrap()
}

#[tokio::test]
async fn a_crowd_connects_sends_and_leaves_at_once() {
    let world = World::start(|_, _| {}).await;

    let (mut clients, connected) =
        tokio::join!(join_all((0..CROWD).map(|_| world.connect())), world.connections_at("$connect"));
    let (replies, sent) = tokio::join!(join_all(clients.iter_mut().map(say_hello)), world.connections_at("$default"));
    // Half of the clients say goodbye. The others vanish.
    let farewell = CloseFrame { code: CloseCode::Normal, reason: "".into() };
    try_join_all(clients.iter_mut().step_by(2).map(|client| client.close(Some(farewell.clone())))).await.unwrap();
    drop(clients);
    let left = world.connections_at("$disconnect").await;

    assert!(replies.iter().all(|reply| *reply == Message::text("accepted")));
    assert_eq!(connected.len(), CROWD);
    assert_eq!((&sent, &left), (&connected, &connected));
    world.stack.stop().await;
}

#[tokio::test]
async fn a_crowd_that_idles_is_closed_and_every_disconnect_is_delivered() {
    let world = World::start(|_, options| options.idle_timeout = Duration::from_secs(2)).await;

    // The first clients may be idle for too long before the last ones are connected.
    let (clients, connections) =
        tokio::join!(join_all((0..CROWD).map(|_| world.connect())), world.connections(2 * CROWD));

    assert_eq!(connections["$connect"].len(), CROWD);
    assert_eq!(connections["$disconnect"], connections["$connect"]);
    drop(clients);
    world.stack.stop().await;
}

#[tokio::test]
async fn a_disconnect_waits_for_an_instance_for_longer_than_the_timeout_of_its_route() {
    let world = World::start(|api, _| {
        for key in ["$default", "$disconnect"] {
            api.routes.get_mut(key).unwrap().timeout = Duration::from_millis(100);
        }
    })
    .await;
    let (leaving, mut staying) = (world.connect().await, world.connect().await);
    assert_eq!(world.connections(2).await["$connect"].len(), 2);

    let busy = 50;
    let (_, ()) = tokio::join!(join_all((0..busy).map(|_| world.stack.tell("wait"))), async {
        let mut held = Vec::new();
        for _ in 0..busy {
            assert_eq!(world.witness.event().await["do"], "wait");
            held.push(world.gate.arrival().await);
        }
        leave(leaving).await;
        // The timeout of the other client's message began later.
        let reply = say_hello(&mut staying).await;
        assert!(reply.to_text().unwrap().contains("Endpoint request timed out"), "{reply}");
        for mut process in held {
            process.write_all(b"go\n").await.unwrap();
        }
    });

    while route_key(&world.witness.event().await) != "$disconnect" {}
    world.stack.stop().await;
}

/// Closes a connection, and returns once the gateway has answered the close frame.
async fn leave(mut client: Client) {
    client.close(None).await.unwrap();
    while timeout(PATIENCE, client.next()).await.unwrap().is_some_and(|message| message.is_ok()) {}
}
