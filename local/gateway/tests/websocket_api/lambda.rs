//! Functions that note every event, and answer by script.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use local_core::invocation::{FunctionError, FunctionReference, Functions, Invocation};
use serde_json::{Value, json};
use tokio::sync::{Notify, Semaphore};
use tokio::time::timeout;

use crate::world::soon;

/// How a function answers.
#[derive(Clone)]
pub(crate) enum Answer {
    /// It returns this text, JSON or not.
    Returns(String),
    /// It fails with this message.
    Fails(&'static str),
    /// It does not exist.
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
    /// From now on `function` answers so; without a script it returns status 200.
    pub(crate) fn script(&self, function: &str, answer: Answer) {
        self.script.lock().unwrap().insert(function.to_owned(), answer);
    }

    /// The next event of `function`, a name with or without a qualifier, that no caller of this has taken yet.
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

impl Functions for ScriptedLambda {
    fn invoke<'a>(
        &'a self,
        function: &'a FunctionReference,
        event: &'a Value,
        limit: Duration,
    ) -> BoxFuture<'a, Invocation> {
        let name = function.to_string();
        self.events.lock().unwrap().entry(name.clone()).or_default().push_back(event.clone());
        self.invoked.notify_waiters();
        let answer = self.script.lock().unwrap().get(&name).cloned().unwrap_or_else(Answer::ok);
        timeout(limit, run(answer)).map(|answered| answered.unwrap_or(Invocation::TimedOut)).boxed()
    }
}

async fn run(mut answer: Answer) -> Invocation {
    while let Answer::Waits(gate, then) = answer {
        gate.acquire().await.unwrap().forget();
        answer = *then;
    }
    match answer {
        Answer::Fails(message) => {
            let error = json!({"errorType": "Error", "errorMessage": message}).to_string();
            Invocation::Failed(FunctionError::read(error.as_bytes()))
        }
        Answer::Unknown => Invocation::Refused { reason: "404 Not Found: Function not found".to_owned() },
        Answer::Returns(text) => Invocation::Returned(text.into()),
        Answer::Waits(..) => unreachable!(),
    }
}
