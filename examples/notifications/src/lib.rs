//! Notifications. A user connects with `?token=JWT`, is greeted, and sends `{"action":"follow","topic":"news"}` or
//! `{"action":"unfollow","topic":"news"}`. A backend publishes with `POST /topics/news`.

use anyhow::Context;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use lambda_http::{Body, Request, RequestExt, Response as HttpResponse};
use parlor::{
    AuthorizerRequest, AuthorizerResponse, Aws, BoxError, Connect, Connection, Disconnect, FanoutQueue, JoinOutcome,
    Message, Response, Session, Sockets, log_warning, variable,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// The longest name of a topic or a user.
const MAX_NAME_BYTES: usize = 256;

/// The claims of a token, as far as the handlers need them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Claims {
    /// The user.
    pub sub: String,
    /// When the token expires, in seconds since the epoch.
    pub exp: u64,
}

/// What the functions that broadcast need.
pub struct App {
    /// The connections.
    pub sockets: Sockets,
    /// The fan-out function.
    pub queue: FanoutQueue,
}

impl App {
    /// Reads the variables that the template sets.
    pub async fn from_environment(aws: Aws) -> Result<Self, parlor::Error> {
        Ok(Self { sockets: Sockets::from_environment(&aws)?, queue: FanoutQueue::from_environment(&aws)? })
    }
}

/// The key that tokens are verified with.
pub async fn key_from_environment(_aws: Aws) -> Result<DecodingKey, parlor::Error> {
    Ok(DecodingKey::from_secret(variable("JWT_SECRET")?.as_bytes()))
}

/// The authorizer: a valid token opens a session that ends with it.
pub async fn authorize(key: &DecodingKey, request: AuthorizerRequest) -> Result<AuthorizerResponse, parlor::Error> {
    let token = request.query("token").unwrap_or_default();
    let mut validation = Validation::new(Algorithm::HS256);
    (validation.leeway, validation.validate_nbf) = (0, true);
    match jsonwebtoken::decode::<Claims>(token, key, &validation) {
        Ok(token) if token.claims.sub.len() > MAX_NAME_BYTES => Ok(request.deny()),
        Ok(token) => request.allow(&Session::new(token.claims.clone(), token.claims.exp)),
        Err(_invalid) => Ok(request.unauthorized()),
    }
}

/// `$connect`: the user's own group comes first, and a greeting follows when the connection is open.
pub async fn on_connect(app: &App, connect: Connect) -> anyhow::Result<Response> {
    let session: Session<Claims> = connect.session()?;
    let user = &session.claims()?.sub;
    let connection = Connection::new(&connect, format!("user:{user}"), user).until(session.ends_at());
    app.sockets.directory().register(&connection).await?;
    let greeting = json!({ "event": "welcome", "user": user }).to_string();
    if let Err(error) = app.queue.greet(&connection, &greeting).await {
        log_warning("a user was not greeted", &error);
    }
    Ok(Response::ok())
}

#[derive(Deserialize)]
#[serde(tag = "action", rename_all = "lowercase")]
enum Action {
    Follow { topic: String },
    Unfollow { topic: String },
}

/// `$default`: follow a topic, or follow it no longer.
pub async fn on_message(sockets: &Sockets, message: Message) -> anyhow::Result<Response> {
    let session: Session<Claims> = message.session()?;
    let Ok(claims) = session.claims() else {
        sockets.send_json(&message.peer, &json!({ "event": "expired" })).await?;
        sockets.disconnect(&message.peer).await?;
        return Ok(Response::ok());
    };
    let (directory, id) = (sockets.directory(), &message.peer.id);
    let answer = match message.json() {
        Ok(Action::Follow { topic }) if topic.len() > MAX_NAME_BYTES => rejection("the topic is too long"),
        Ok(Action::Follow { topic }) => match directory.join(id, topic_group(&topic)).await? {
            JoinOutcome::Joined(_) => json!({ "event": "following", "topic": topic, "user": claims.sub }),
            JoinOutcome::TooManyGroups => rejection("too many topics"),
            JoinOutcome::NotRegistered => return Ok(Response::ok()),
        },
        Ok(Action::Unfollow { topic }) => {
            directory.leave(id, topic_group(&topic)).await.context("a topic is still followed")?;
            json!({ "event": "unfollowed", "topic": topic, "user": claims.sub })
        }
        Err(_not_an_action) => rejection("follow or unfollow a topic"),
    };
    sockets.send_json(&message.peer, &answer).await?;
    Ok(Response::ok())
}

/// `$disconnect`: the directory knows all topics of the connection.
pub async fn on_disconnect(sockets: &Sockets, disconnect: Disconnect) -> anyhow::Result<Response> {
    sockets.directory().unregister(&disconnect.peer.id).await?;
    Ok(Response::ok())
}

/// `POST /topics/{topic}`: the body goes to all who follow the topic; the answer says how many were reached at once.
pub async fn on_publish(app: &App, request: Request) -> Result<HttpResponse<Body>, BoxError> {
    let parameters = request.path_parameters();
    let topic = parameters.first("topic").ok_or("the route has no topic")?;
    let text = String::from_utf8_lossy(request.body()).into_owned();
    let frame = json!({ "event": "notification", "topic": topic, "text": text });
    let sent = app.sockets.group(topic_group(topic)).overflow_to(&app.queue).send_json(&frame).await?;
    let body = json!({ "delivered": sent.delivered, "queued": sent.queued });
    Ok(HttpResponse::builder().header("Content-Type", "application/json").body(body.to_string().into())?)
}

fn rejection(reason: &str) -> Value {
    json!({ "event": "rejected", "reason": reason })
}

fn topic_group(topic: &str) -> String {
    format!("topic:{topic}")
}
