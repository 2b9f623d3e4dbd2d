//! What stories are told with: a stack, its clients, and the verbs between them. Every wait has a deadline.

mod chat;
mod signed_call;
mod stack;
mod client;
mod parlor;
mod proxy;
mod newcomer;
mod slow_recipient;
mod answering_lambda;
mod binaries;

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

pub(crate) use answering_lambda::AnsweringLambda;
pub(crate) use binaries::{binary, workspace};
pub(crate) use chat::{
    Chat, MAY_SPEAK, REVIEW_FUNCTION, Row, SignAs, control_config, message, milliseconds_since_epoch,
};
pub(crate) use client::{Client, Socket, connect};
pub(crate) use newcomer::Newcomer;
pub(crate) use parlor::Parlor;
pub(crate) use proxy::Proxy;
pub(crate) use signed_call::Answer;
pub(crate) use slow_recipient::SlowRecipient;
pub(crate) use stack::Stack;

/// How long a story waits for anything: far longer than it should take, even on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// Waits for `event`, and fails with `what` did not happen when it takes too long.
pub(crate) async fn within_patience<T>(what: &str, event: impl Future<Output = T>) -> T {
    match tokio::time::timeout(PATIENCE, event).await {
        Ok(outcome) => outcome,
        Err(_elapsed) => panic!("{what} took longer than {PATIENCE:?}"),
    }
}

/// Writes a fault plan with these faults into a file, which goes with the directory.
pub(crate) fn fault_plan(faults: &Value) -> (tempfile::TempDir, String) {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let file = directory.path().join("faults.json");
    std::fs::write(&file, json!({ "seed": 1, "faults": faults }).to_string()).expect("a file");
    let file = file.to_str().expect("a path in UTF-8").to_owned();
    (directory, file)
}

/// Writes `template` into an own directory, for stories that need a special one.
pub(crate) fn write_template(directory: &Path, template: &str) -> std::path::PathBuf {
    let file = directory.join("template.yaml");
    std::fs::write(&file, template).expect("a directory that a template can be written to");
    file
}
