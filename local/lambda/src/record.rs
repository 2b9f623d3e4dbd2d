//! Writes down the events that functions get: fixtures for tests to replay.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use percent_encoding::percent_decode_str;
use serde_json::Value;
use tokio::io::AsyncWriteExt;

use super::function_name::unqualified;
use super::invoke_rejection::{InvokeRejection, MAX_SYNCHRONOUS_BYTES};
use local_core::events::Reporter;
use local_core::failure::Failure;

/// Writes each event into a file of its own: `FUNCTION/NUMBER-KIND.json` in its directory.
///
/// The files hold what clients sent, tokens included.
#[derive(Clone, Debug)]
pub struct Recorder {
    directory: PathBuf,
    next: Arc<AtomicU64>,
    reporter: Reporter,
}

impl Recorder {
    /// A recorder that adds to what is in `directory`, which is made if it is not there.
    ///
    /// # Errors
    /// The directory cannot be made or read.
    pub fn open(directory: &Path, reporter: Reporter) -> Result<Self, Failure> {
        let count = private_directory(directory).and_then(|()| highest_number(directory));
        let highest = count.map_err(|error| {
            Failure::new(
                format!("events cannot be recorded in `{}`: {error}", directory.display()),
                "pass `--record` with a directory that you may write to",
            )
        })?;
        Ok(Self { directory: directory.to_owned(), next: Arc::new(AtomicU64::new(highest + 1)), reporter })
    }

    pub(super) async fn record(&self, function: &str, payload: &[u8]) {
        // What is no JSON is no event: the Invoke API refuses it.
        let Ok(event) = serde_json::from_slice::<Value>(payload) else { return };
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let directory = self.directory.join(plain(function));
        let file = directory.join(format!("{number:04}-{}.json", kind(&event)));
        let write = async {
            private_directory(&directory)?;
            let mut options = tokio::fs::OpenOptions::new();
            let mut file = options.write(true).create_new(true).mode(0o600).open(&file).await?;
            file.write_all(format!("{event:#}\n").as_bytes()).await?;
            file.flush().await
        };
        if let Err(error) = write.await {
            self.reporter.warning(format_args!("`{}` cannot be written: {error}", file.display()));
        }
    }
}

/// A layer before somebody else's Invoke API: notes the event before anybody runs it.
pub(super) async fn layer(State(recorder): State<Option<Recorder>>, request: Request, next: Next) -> Response {
    let name = function_name(&request);
    let (Some(recorder), Some(name)) = (recorder, name) else {
        return next.run(request).await;
    };
    let (parts, body) = request.into_parts();
    // If it is not the size, the connection broke halfway, and nobody reads what is said about it.
    let Ok(payload) = to_bytes(body, MAX_SYNCHRONOUS_BYTES).await else {
        return InvokeRejection::TooLarge.into_response();
    };
    recorder.record(&name, &payload).await;
    next.run(Request::from_parts(parts, Body::from(Bytes::clone(&payload)))).await
}

fn function_name(request: &Request) -> Option<String> {
    let path = request.uri().path().strip_prefix("/2015-03-31/functions/")?;
    let name = path.strip_suffix("/invocations").filter(|_| request.method() == Method::POST)?;
    Some(unqualified(&percent_decode_str(name).decode_utf8_lossy()).to_owned())
}

/// What an event is about, in a word or two: a route, or `authorizer`.
fn kind(event: &Value) -> String {
    let route_key = event["requestContext"]["routeKey"].as_str().or_else(|| event["routeKey"].as_str());
    let kind = match route_key {
        _ if event["type"] == "REQUEST" => "authorizer",
        Some(route_key) => route_key,
        None => event["detail-type"].as_str().unwrap_or("event"),
    };
    plain(kind).to_ascii_lowercase()
}

/// Letters and digits, and a `-` for whatever stands between them: fit for a file's name.
fn plain(text: &str) -> String {
    let words: Vec<&str> =
        text.split(|character: char| !character.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let name: String = words.join("-").chars().take(64).collect();
    if name.is_empty() { "unnamed".to_owned() } else { name }
}

/// What clients sent is nobody else's business.
fn private_directory(directory: &Path) -> std::io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(directory)
}

fn highest_number(directory: &Path) -> std::io::Result<u64> {
    let mut highest = 0;
    for function in std::fs::read_dir(directory)? {
        let function = function?.path();
        for file in std::fs::read_dir(function).into_iter().flatten() {
            let name = file?.file_name();
            let number = name.to_string_lossy().split('-').next().and_then(|number| number.parse().ok());
            highest = highest.max(number.unwrap_or(0));
        }
    }
    Ok(highest)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_event_is_named_after_its_route() {
        for (event, expected) in [
            (json!({"requestContext": {"routeKey": "$connect"}}), "connect"),
            (json!({"requestContext": {"routeKey": "sendMessage"}}), "sendmessage"),
            (json!({"type": "REQUEST", "requestContext": {"routeKey": "$connect"}}), "authorizer"),
            (json!({"routeKey": "POST /tags/{resourceArn+}"}), "post-tags-resourcearn"),
            (json!({"detail-type": "Scheduled Event"}), "scheduled-event"),
            (json!({"requestContext": {"routeKey": "../../etc"}}), "etc"),
            (json!({"requestContext": {"routeKey": "💬"}}), "unnamed"),
            (json!([]), "event"),
        ] {
            assert_eq!(kind(&event), expected, "{event}");
        }
    }

    #[tokio::test]
    async fn every_event_is_a_file_and_a_later_run_adds_to_them() {
        let directory = tempfile::tempdir().unwrap();
        let recorder = Recorder::open(directory.path(), Reporter::default()).unwrap();
        recorder.record("Chat", br#"{"requestContext":{"routeKey":"$connect"},"b":1,"a":2.50}"#).await;
        recorder.record("../Chat", br#"{"requestContext":{"routeKey":"join"}}"#).await;
        recorder.record("Chat", b"no event").await;
        let again = Recorder::open(directory.path(), Reporter::default()).unwrap();
        again.record("Other", b"{}").await;

        let read = |name: &str| std::fs::read(directory.path().join(name)).expect(name);
        let first: Value = serde_json::from_slice(&read("Chat/0001-connect.json")).unwrap();
        assert_eq!(first, json!({"requestContext": {"routeKey": "$connect"}, "b": 1, "a": 2.5}));
        read("Chat/0002-join.json");
        read("Other/0003-event.json");
    }

    #[test]
    fn what_is_no_directory_is_refused() {
        let file = tempfile::NamedTempFile::new().unwrap();
        assert!(Recorder::open(file.path(), Reporter::default()).unwrap_err().message().contains("cannot be recorded"));
    }
}
