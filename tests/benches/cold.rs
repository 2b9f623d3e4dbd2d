//! Cold start: what the first frames of a new instance cost, and which TLS connections they open.
//!
//! `cargo bench -p e2e --bench cold`, with `-- --starts 11` for medians of more starts. With `-- --bin-dir DIRECTORY` it
//! measures the binaries `default`, `connect` and `authorizer` of that directory, those of another profile for example.
//!
//! The release binaries run with the environment that Lambda sets, under a stub of its Runtime API. DynamoDB and the stage are
//! servers of this process with RSA-2048 certificates, which answer after 3 ms. From the first poll for an event on, a process
//! has the share of a processor that belongs to its memory. Processor time is that of all its threads. A busy machine makes it
//! longer too, by about a third: compare figures of the same quiet minute.
//!
//! Two things are cheaper than on Lambda: host names need no resolver, and the trust store has one root certificate instead
//! of 145 (0.4 ms).
//!
//! The bench fails if initialization and first frame need more than 20 ms of a processor. About 10 ms are usual; without
//! `AWS_LC_SYS_NO_JITTER_ENTROPY` they are more than 30 ms.

#![expect(clippy::expect_used, clippy::print_stdout, reason = "a bench prints figures, and fails by panicking")]

mod audience;
mod cold {
    pub(crate) mod bundle;
    pub(crate) mod certificates;
    pub(crate) mod database;
    pub(crate) mod events;
    pub(crate) mod figures;
    pub(crate) mod instance;
    pub(crate) mod processor_share;
    pub(crate) mod processor_time;
    pub(crate) mod rooms;
    pub(crate) mod runtime_api;
    pub(crate) mod server;
}
mod stack;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::Response;
use cold::bundle::zipped_megabytes;
use cold::certificates::Certificates;
use cold::database::Database;
use cold::events;
use cold::figures::{Phase, Start, medians, milliseconds};
use cold::instance::{Host, Instance};
use cold::processor_share::ProcessorShare;
use cold::rooms::{self, Room};
use cold::server::Server;
use serde_json::Value;

const MEMORY_MEGABYTES: [u64; 3] = [128, 256, 512];
/// Connections of the rooms. The function posts to all of them by itself.
const ROOMS: [usize; 3] = [1, 64, 100];
/// The memory of the functions in the template.
const TEMPLATE_MEGABYTES: u64 = 256;
const STARTS: usize = 5;
/// How long a service of the region takes to answer.
const LATENCY: Duration = Duration::from_millis(3);
/// The most processor time of initialization and first frame, in a room of 1 at 256 MB.
const LONGEST_FIRST_FRAME: Duration = Duration::from_millis(20);

/// The services that functions call.
struct Services {
    database: Server,
    lambda: Server,
    http_1: Server,
    http_2: Server,
    certificates: Certificates,
    share: Option<ProcessorShare>,
}

#[tokio::main]
async fn main() -> ExitCode {
    let starts = stack::argument("--starts").unwrap_or(STARTS);
    let default = binaries().join("default");
    let (services, rooms) = prepare(&default.with_file_name("authorizer")).await;

    match &services.share {
        Some(share) => println!("\nshares of a processor: {}", share.directory().display()),
        None => {
            println!("\nshares of a processor: NOT limited, control groups are not writable; wall times are too short")
        }
    }
    println!("\n                      initialization           first frame                   second frame");
    let phase = "     ms    CPU     TLS";
    println!("  MB  room  stage   {phase}  {phase} posts  {phase} posts");
    let mut first_frame = Duration::ZERO;
    let mut per_post = Vec::new();
    for (protocol, stage) in [("HTTP/1.1", &services.http_1), ("HTTP/2", &services.http_2)] {
        for megabytes in MEMORY_MEGABYTES {
            for room in &rooms {
                let start = messages(&services.host(stage), &default, megabytes, room, starts).await;
                print(&format!("{megabytes:>4} {:>5}  {protocol:<8}", room.connections), &start);
                if megabytes == TEMPLATE_MEGABYTES && room.connections == ROOMS[0] {
                    first_frame = first_frame.max(start[0].processor + start[1].processor);
                }
                if megabytes == TEMPLATE_MEGABYTES && room.connections == ROOMS[2] {
                    per_post.push((protocol, per_post_microseconds(start[2])));
                }
            }
        }
    }
    handshakes(&services, &rooms[0], &default, starts).await;

    println!("\nCPU: milliseconds of a processor");
    println!("TLS: connections opened to DynamoDB + to the stage + to Lambda");
    println!("posts: by the function itself; what it has not sent within 0.7 s is queued for `fanout`");
    for (protocol, microseconds) in per_post {
        println!("processor time per post, room of {}, {protocol:<8} {microseconds:>8.0} µs", ROOMS[2]);
    }
    println!("zipped binary of `default`                       {:>8.2} MB", zipped_megabytes(&default));
    println!("processor time of initialization and first frame {:>8.2} ms", milliseconds(first_frame));
    if first_frame > LONGEST_FIRST_FRAME {
        let limit = milliseconds(LONGEST_FIRST_FRAME);
        println!("error: initialization and first frame need more than {limit} ms of a processor");
        println!("hint: `.cargo/config.toml` sets `AWS_LC_SYS_NO_JITTER_ENTROPY`, which only builds below it read");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// The directory of the release binaries.
fn binaries() -> PathBuf {
    if let Some(directory) = std::env::args().skip_while(|argument| argument != "--bin-dir").nth(1) {
        return std::path::absolute(directory).expect("the value of `--bin-dir` is a directory");
    }
    let packages = ["authorizer", "connect", "default"].map(|name| ["--package", name]);
    let executable = stack::built(&packages.concat());
    executable.parent().expect("an executable is in a directory").to_owned()
}

impl Services {
    fn host<'a>(&'a self, stage: &'a Server) -> Host<'a> {
        let root_file = self.certificates.root_file();
        Host { database: &self.database, stage, lambda: &self.lambda, root_file, share: self.share.as_ref() }
    }
}

/// Starts the services, and makes the rooms. The authorizer gives their senders a session.
async fn prepare(authorizer: &Path) -> (Services, Vec<Room>) {
    let certificates = Certificates::generate();
    let tables = Arc::new(Database::default());
    let answer = {
        let tables = Arc::clone(&tables);
        move |request: axum::http::Request<axum::body::Bytes>| {
            let tables = Arc::clone(&tables);
            async move {
                tokio::time::sleep(LATENCY).await;
                tables.answer(request.headers(), request.body())
            }
        }
    };
    let plain = Server::start(None, answer.clone()).await;
    let services = Services {
        database: Server::start(Some(certificates.acceptor(false)), answer).await,
        lambda: Server::start(Some(certificates.acceptor(false)), async |_invoke| accepted(202).await).await,
        http_1: Server::start(Some(certificates.acceptor(false)), async |_post| accepted(200).await).await,
        http_2: Server::start(Some(certificates.acceptor(true)), async |_post| accepted(200).await).await,
        certificates,
        share: ProcessorShare::create(),
    };
    let mut rooms = Vec::new();
    for connections in ROOMS {
        let mut room = rooms::make(&plain, connections).await;
        let host = services.host(&services.http_1);
        let mut instance = Instance::start(&host, authorizer, TEMPLATE_MEGABYTES).await;
        let (_phase, answer) = instance.handle(events::authorizer(&room)).await;
        room.authorizer_context = answer["context"].clone();
        instance.stop().await;
        rooms.push(room);
    }
    tables.make_read_only();
    (services, rooms)
}

/// An answer without content.
async fn accepted(status: u16) -> Response<Body> {
    tokio::time::sleep(LATENCY).await;
    Response::builder().status(status).body(Body::empty()).expect("a valid response")
}

/// Measures starts of `default` with two messages each.
async fn messages(host: &Host<'_>, program: &Path, megabytes: u64, room: &Room, starts: usize) -> Start {
    let mut measured = Vec::new();
    for _ in 0..starts {
        let mut instance = Instance::start(host, program, megabytes).await;
        let mut start = vec![instance.init()];
        for _ in 0..2 {
            let (phase, answer) = instance.handle(events::message(room)).await;
            expect_success(&answer);
            assert!(phase.jobs > 0 || phase.posts == room.connections, "each member gets one frame");
            start.push(phase);
        }
        instance.stop().await;
        measured.push(start);
    }
    medians(&measured)
}

/// Measures starts of the two functions of a handshake, with one event each.
async fn handshakes(services: &Services, room: &Room, default: &Path, starts: usize) {
    let host = services.host(&services.http_1);
    for (name, event) in [("authorizer", events::authorizer as fn(&Room) -> Value), ("connect", events::connect)] {
        let mut measured = Vec::new();
        for _ in 0..starts {
            let mut instance = Instance::start(&host, &default.with_file_name(name), TEMPLATE_MEGABYTES).await;
            let init = instance.init();
            let (phase, answer) = instance.handle(event(room)).await;
            if name == "connect" {
                expect_success(&answer);
            }
            instance.stop().await;
            measured.push(vec![init, phase]);
        }
        print(&format!("{TEMPLATE_MEGABYTES:>4}  {name:<13}"), &medians(&measured));
    }
}

fn expect_success(answer: &Value) {
    assert_eq!(answer["statusCode"], 200, "{answer}");
}

fn per_post_microseconds(phase: Phase) -> f64 {
    let posts = u32::try_from(phase.posts).expect("rooms are small");
    (phase.processor / posts).as_secs_f64() * 1e6
}

fn print(name: &str, start: &Start) {
    let [init, events @ ..] = &start[..] else { return };
    let events: Vec<_> = events.iter().map(|phase| format!("  {phase} {:>5}", phase.posts)).collect();
    println!("{name} {init}{}", events.concat());
}
