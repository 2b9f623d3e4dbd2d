//! An endpoint that speaks the Lambda Invoke API: it notes every event and answers by script.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::{Notify, Semaphore};

use crate::world::soon;

/// How a function answers.
#[derive(Clone)]
pub(crate) enum Answer {
    /// It returns this text, JSON or not.
    Returns(String),
    /// It fails with this message.
    Fails(&'static str),
    /// The endpoint does not know it.
    Unknown,
    /// It answers as soon as there is a permit.
    Waits(Arc<Semaphore>, Box<Answer>),
}

impl Answer {
    pub(crate) fn json(value: Value) -> Self {
        Self::Returns(value.to_string())
    }

    pub(crate) fn ok() -> Self {
        Self::json(json!({"statusCode": 200}))
    }

    pub(crate) fn after(self, gate: &Arc<Semaphore>) -> Self {
        Self::Waits(gate.clone(), Box::new(self))
    }
}

#[derive(Clone, Default)]
pub(crate) struct ScriptedLambda {
    script: Arc<Mutex<HashMap<String, Answer>>>,
    events: Arc<Mutex<HashMap<String, VecDeque<Value>>>>,
    invoked: Arc<Notify>,
}

impl ScriptedLambda {
    /// Starts it; returns its endpoint, too.
    pub(crate) async fn start() -> (Self, String) {
        let lambda = Self::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let path = "/2015-03-31/functions/{name}/invocations";
        let router = Router::new().route(path, post(invoke)).with_state(lambda.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        (lambda, endpoint)
    }

    /// From now on `function` answers so; without a script it returns status 200.
    pub(crate) fn script(&self, function: &str, answer: Answer) {
        self.script.lock().unwrap().insert(function.to_owned(), answer);
    }

    /// The next event of `function`, a name with the query of the call, that no caller of this has taken yet.
    pub(crate) async fn event_of(&self, function: &str) -> Value {
        soon(async {
            loop {
                let invoked = self.invoked.notified();
                tokio::pin!(invoked);
                invoked.as_mut().enable();
                if let Some(event) = self.take(function) {
                    return event;
                }
                invoked.await;
            }
        })
        .await
    }

    /// An event of `function` that has already arrived and nobody asked for.
    pub(crate) fn take(&self, function: &str) -> Option<Value> {
        self.events.lock().unwrap().get_mut(function).and_then(VecDeque::pop_front)
    }
}

async fn invoke(
    State(lambda): State<ScriptedLambda>,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
    event: String,
) -> Response {
    let name = query.map_or(name.clone(), |query| format!("{name}?{query}"));
    let event = serde_json::from_str(&event).unwrap();
    lambda.events.lock().unwrap().entry(name.clone()).or_default().push_back(event);
    lambda.invoked.notify_waiters();
    let mut answer = lambda.script.lock().unwrap().get(&name).cloned().unwrap_or_else(Answer::ok);
    while let Answer::Waits(gate, then) = answer {
        gate.acquire().await.unwrap().forget();
        answer = *then;
    }
    match answer {
        Answer::Fails(message) => {
            let body = json!({"errorType": "Error", "errorMessage": message}).to_string();
            ([("X-Amz-Function-Error", "Unhandled")], body).into_response()
        }
        Answer::Unknown => (StatusCode::NOT_FOUND, "Function not found").into_response(),
        Answer::Returns(text) => text.into_response(),
        Answer::Waits(..) => unreachable!(),
    }
}
