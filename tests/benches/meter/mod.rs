//! Stands between functions and their database, and adds up the capacity that the database says each call has consumed.
//! Functions do not ask for it, because they would get and read it with every answer.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::{CONTENT_LENGTH, HOST, TRANSFER_ENCODING};
use axum::http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// Operations that can tell what they have consumed, and do when they are asked.
const READS: [&str; 3] = ["GetItem", "Query", "Scan"];
const WRITES: [&str; 4] = ["DeleteItem", "PutItem", "TransactWriteItems", "UpdateItem"];

/// How long nobody must have called for everything to be done.
const QUIET: Duration = Duration::from_secs(1);

/// A database's door with a meter in it.
pub(crate) struct Meter {
    url: String,
    readings: Arc<Mutex<Readings>>,
}

/// What calls have consumed, by operation and table.
pub(crate) type Readings = BTreeMap<(String, String), Consumed>;

/// What some calls have consumed.
#[derive(Clone, Copy, Default)]
pub(crate) struct Consumed {
    pub(crate) calls: usize,
    pub(crate) units: f64,
}

/// Sums write units and read units.
pub(crate) fn units(readings: &Readings) -> (f64, f64) {
    let sum = |operations: &[&str]| {
        let consumed = readings.iter().filter(|((operation, _), _)| operations.contains(&operation.as_str()));
        consumed.fold(0.0, |sum, (_, consumed)| sum + consumed.units)
    };
    (sum(&WRITES), sum(&READS))
}

#[derive(Clone)]
struct Passage {
    http: reqwest::Client,
    database: String,
    readings: Arc<Mutex<Readings>>,
}

impl Meter {
    /// Stands before the database at this URL.
    pub(crate) async fn start(database: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("a bound listener has an address"));
        let readings = Arc::default();
        let http = reqwest::Client::builder().no_proxy().build().expect("a client");
        let passage = Passage { http, database: database.to_owned(), readings: Arc::clone(&readings) };
        let router = Router::new().fallback(pass_on).with_state(passage);
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, readings }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// What has been consumed since the last time that it was asked, once everything is done.
    pub(crate) async fn read(&self) -> Readings {
        let calls = |readings: &Readings| readings.values().map(|consumed| consumed.calls).sum::<usize>();
        loop {
            let before = calls(&lock(&self.readings));
            tokio::time::sleep(QUIET).await;
            let mut readings = lock(&self.readings);
            if calls(&readings) == before {
                return std::mem::take(&mut readings);
            }
        }
    }
}

/// Asks on behalf of the function. The signature does not cover the question; the embedded database does not check it.
async fn pass_on(
    State(passage): State<Passage>,
    mut headers: HeaderMap,
    mut body: Bytes,
) -> (StatusCode, HeaderMap, Bytes) {
    let target = headers.get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
    let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
    let consumes = READS.contains(&&*operation) || WRITES.contains(&&*operation);
    if consumes {
        let mut request: Value = serde_json::from_slice(&body).expect("requests are JSON");
        request["ReturnConsumedCapacity"] = json!("TOTAL");
        body = request.to_string().into();
    }
    headers.remove(HOST);
    headers.remove(CONTENT_LENGTH);
    let answer = passage.http.post(&passage.database).headers(headers).body(body).send().await;
    let answer = answer.expect("the database answers");
    let (status, mut headers) = (answer.status(), answer.headers().clone());
    headers.remove(TRANSFER_ENCODING);
    let body = answer.bytes().await.expect("a whole answer");
    if consumes {
        note(&mut lock(&passage.readings), &operation, &body);
    }
    (status, headers, body)
}

/// A transaction tells it of each table. A refusal tells nothing, although a condition that fails costs as much as the write.
fn note(readings: &mut Readings, operation: &str, answer: &[u8]) {
    let answer: Value = serde_json::from_slice(answer).expect("answers are JSON");
    let told = &answer["ConsumedCapacity"];
    for of_table in told.as_array().map_or(std::slice::from_ref(told), Vec::as_slice) {
        let table = of_table["TableName"].as_str().unwrap_or("(refused, units unknown)");
        let consumed = readings.entry((operation.to_owned(), table.to_owned())).or_default();
        consumed.calls += 1;
        consumed.units += of_table["CapacityUnits"].as_f64().unwrap_or_default();
    }
}

fn lock(readings: &Mutex<Readings>) -> std::sync::MutexGuard<'_, Readings> {
    readings.lock().unwrap_or_else(PoisonError::into_inner)
}
