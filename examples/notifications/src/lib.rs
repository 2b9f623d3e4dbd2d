//! Notifications. A user connects with `?token=JWT`, is greeted, and sends `{"action":"follow","topic":"news"}` or
//! `{"action":"unfollow","topic":"news"}`. A backend publishes with `POST /topics/news`.

use anyhow::Context;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use lambda_http::{Body, Request, RequestExt, Response as HttpResponse};
use parlor::{
    AuthorizerRequest, AuthorizerResponse, Aws, BoxError, Connect, Connection, Disconnect, FanoutQueue, JoinOutcome,
    Message, Response, Session, Sockets, variable,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

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
    match jsonwebtoken::decode::<Claims>(token, key, &Validation::new(Algorithm::HS256)) {
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
    app.queue.greet(&connection, &json!({ "event": "welcome", "user": user }).to_string()).await?;
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
    let directory = sockets.directory();
    let mine = directory.find(&message.peer.id).await?;
    let answer = match message.json().context("not an action")? {
        Action::Follow { topic } => {
            let Some(connection) = mine.first() else { return Ok(Response::ok()) };
            match directory.join(connection, topic_group(&topic)).await? {
                JoinOutcome::Joined(_) => json!({ "event": "following", "topic": topic, "user": claims.sub }),
                JoinOutcome::TooManyGroups => json!({ "event": "rejected", "reason": "too many topics" }),
                JoinOutcome::NotRegistered => return Ok(Response::ok()),
            }
        }
        Action::Unfollow { topic } => {
            for connection in mine.into_iter().filter(|connection| connection.group == topic_group(&topic)) {
                directory.leave(connection).await?;
            }
            json!({ "event": "unfollowed", "topic": topic, "user": claims.sub })
        }
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

fn topic_group(topic: &str) -> String {
    format!("topic:{topic}")
}
