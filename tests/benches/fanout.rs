//! Fan-out: what one job costs from its hand-over to its last recipient.
//!
//! `cargo bench -p e2e --bench fanout`. The release binary `fanout` runs in the local stack, reads its audience from the
//! embedded database, and posts to a sink in this process; so does a bare HTTP client that signs its posts, for comparison.
//! The processor time is that of the posting process alone, so that a figure per core does not depend on what else the
//! machine does.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a bench prints figures, and fails by panicking"
)]

mod audience;
mod bare;
mod process;
mod sink;
mod stack;

use std::time::{Duration, Instant, UNIX_EPOCH};

use audience::Row;
use process::Process;
use serde_json::json;
use sink::Sink;
use stack::Stack;

const AUDIENCES: [usize; 3] = [10, 1_000, 20_000];
const MOST: usize = 20_000;
/// Members who never answer, where there are some: 5 %.
const FROZEN: usize = MOST / 20;
/// How often an audience with frozen members and one without take turns.
const TURNS: usize = 3;
const GROUP: &str = "AbCdEf123456";
/// A message of some words with its envelope.
const FRAME: &str = r#"{"Type":"MESSAGE","Id":"AbCdEf123456","RequestId":"8fe65e61-7dec-11d0-a765-00a0c91e6bf6","Attributes":null,"Content":"Did everybody hear that? I think that somebody did not.","SendTime":"2026-01-02T08:21:20.754Z","Sender":{"UserId":"f81d4fae-7dec-11d0-a765-00a0c91e6bf6","Attributes":{"username":"Ada"}}}"#;

fn main() {
    if !bare::run_if_child() {
        tokio::runtime::Runtime::new().expect("a runtime").block_on(measure());
    }
}

async fn measure() {
    println!("\n                          posts/s   posts/s   CPU µs  time to last   peak");
    println!("posted by      audience             per core per post    recipient    memory");
    let plain = Sink::start(false).await;
    let bare = bare::post(&plain, MOST).await;
    bare.print("a bare client");
    let in_plain = measure_at(&plain, "").await;
    let through_tls = measure_at(&Sink::start(true).await, ", TLS").await;
    println!("\n                                                 plain       TLS");
    let per_post = in_plain.worker[2].per_post() / bare.per_post();
    println!("CPU per post, to the bare client's           {per_post:>9.2}");
    let memory = |ratios: &Measured| ratios.worker[2].memory() / ratios.worker[1].memory();
    println!("memory at 20,000, to that at 1,000           {:>9.2} {:>9.2}", memory(&in_plain), memory(&through_tls));
    let [plain, tls] = [in_plain.growth, through_tls.growth];
    println!("time of the others, 5 % frozen to none       {plain:>9.2} {tls:>9.2}");
}

/// What is compared.
struct Measured {
    /// Of one worker, by [`AUDIENCES`].
    worker: Vec<Figures>,
    /// The time to the last of those who are not frozen, to that where nobody is: a median.
    growth: f64,
}

async fn measure_at(sink: &Sink, how: &str) -> Measured {
    let mut worker = Vec::new();
    for audience in AUDIENCES {
        let figures = deliver(sink, audience, 0, false).await;
        figures.print(&format!("one worker{how}"));
        worker.push(figures);
    }
    for audience in AUDIENCES {
        deliver(sink, audience, 0, true).await.print(&format!("post-only{how}"));
    }
    let mut growths = Vec::new();
    for _ in 0..TURNS {
        let without = deliver(sink, MOST - FROZEN, 0, false).await;
        without.print(&format!("0 % frozen{how}"));
        let with = deliver(sink, MOST, FROZEN, false).await;
        with.print(&format!("5 % frozen{how}"));
        growths.push(with.elapsed.as_secs_f64() / without.elapsed.as_secs_f64());
    }
    growths.sort_unstable_by(f64::total_cmp);
    Measured { worker, growth: growths[TURNS / 2] }
}

/// What a delivery came to.
pub(crate) struct Figures {
    pub(crate) audience: usize,
    pub(crate) elapsed: Duration,
    pub(crate) processor: Duration,
    pub(crate) peak_kilobytes: u64,
}

#[expect(clippy::cast_precision_loss, reason = "nobody counts beyond 2^52 posts")]
impl Figures {
    fn print(&self, name: &str) {
        let posts = self.audience as f64;
        println!(
            "{name:<15}{:>8} {:>9.0} {:>9.0} {:>8.0} {:>10.0} ms {:>6.1} MB",
            self.audience,
            posts / self.elapsed.as_secs_f64(),
            posts / self.processor.as_secs_f64(),
            self.per_post(),
            self.elapsed.as_secs_f64() * 1e3,
            self.memory(),
        );
    }

    /// Microseconds of a processor.
    fn per_post(&self) -> f64 {
        self.processor.as_secs_f64() * 1e6 / self.audience as f64
    }

    /// Megabytes.
    fn memory(&self) -> f64 {
        self.peak_kilobytes as f64 / 1024.0
    }
}

/// Runs one job for an audience of which `frozen` never answer, and measures until everybody else has the frame.
async fn deliver(sink: &Sink, audience: usize, frozen: usize, post_only: bool) -> Figures {
    let stack = Stack::start_with_functions(&template(post_only, sink), &["fanout"], &[]).await;
    remember(&stack, sink, audience, frozen).await;
    // A first job of nobody starts the process and opens its connections.
    stack.invoke("FanoutFunction", &job("nobody")).await;
    let processes = Process::children_of(stack.process());
    let before: Duration = processes.iter().map(Process::processor_time).sum();
    sink.reset();

    let began = Instant::now();
    stack.hand_on("FanoutFunction", &job(GROUP)).await;
    sink.has_taken(audience - frozen).await;
    let elapsed = began.elapsed();

    let processes = Process::children_of(stack.process());
    let after: Duration = processes.iter().map(Process::processor_time).sum();
    let peak_kilobytes = processes.iter().map(Process::peak_kilobytes).max().unwrap_or_default();
    Figures { audience: audience - frozen, elapsed, processor: after.saturating_sub(before), peak_kilobytes }
}

fn job(group: &str) -> serde_json::Value {
    let now = UNIX_EPOCH.elapsed().expect("it is past 1970").as_millis();
    json!({
        "version": 2, "frame": FRAME, "frameId": "AbCdEf123456", "acceptedAt": now, "attempt": 0, "group": group,
        "target": { "audience": { "member": null, "after": null } }, "except": { "connections": [], "members": [] },
    })
}

fn template(post_only: bool, sink: &Sink) -> String {
    let mut variables = json!({ "CONNECTIONS_TABLE": "Connections", "FANOUT_POST_ONLY_JOBS": post_only.to_string() });
    if let Some(file) = sink.trust() {
        variables["SSL_CERT_FILE"] = json!(file);
    }
    let function = json!({
        "Type": "AWS::Serverless::Function",
        "Metadata": { "BuildMethod": "rust-cargolambda", "BuildProperties": { "Binary": "fanout" } },
        "Properties": {
            "CodeUri": ".", "Handler": "bootstrap", "Runtime": "provided.al2023", "Timeout": 60, "MemorySize": 256,
            // More processes than that have nothing to run on here.
            "ReservedConcurrentExecutions": 4,
            "Environment": { "Variables": variables },
        },
    });
    let table = json!({
        "Type": "AWS::DynamoDB::Table",
        "Properties": {
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{ "AttributeName": "group", "AttributeType": "S" }, { "AttributeName": "member", "AttributeType": "S" }],
            "KeySchema": [{ "AttributeName": "group", "KeyType": "HASH" }, { "AttributeName": "member", "KeyType": "RANGE" }],
        },
    });
    json!({ "Resources": { "FanoutFunction": function, "Connections": table } }).to_string()
}

async fn remember(stack: &Stack, sink: &Sink, audience: usize, frozen: usize) {
    let rows = (0..audience).map(|number| {
        // The frozen are among the others, as in a room: a name of another length would sort them together.
        let user = audience::user(number, &sink.endpoint(false));
        let endpoint = sink.endpoint(frozen > 0 && number % (audience / frozen) == 0);
        Row { group: GROUP.to_owned(), user, endpoint }
    });
    audience::remember(&stack.dynamodb(), rows).await;
}
