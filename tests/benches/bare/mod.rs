//! The least that a post can cost: an HTTP client that signs. It runs as this very program, in a process of its own.

use std::process::Stdio;
use std::time::{Duration, Instant, SystemTime};

use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4::SigningParams;
use futures_util::stream::{self, StreamExt};

use crate::process::Process;
use crate::sink::Sink;
use crate::{FRAME, Figures};

/// As many as the toolkit has on their way.
const AT_ONCE: usize = 64;
/// By which the child knows what it is.
const ROLE: &str = "BENCH_BARE_CLIENT";

/// Posts so often from a process of its own.
pub(crate) async fn post(sink: &Sink, posts: usize) -> Figures {
    let mut child = tokio::process::Command::new(std::env::current_exe().expect("this program has a file"));
    child.env(ROLE, sink.endpoint(false)).env("BENCH_POSTS", posts.to_string()).stdout(Stdio::piped());
    let output = child.output().await.expect("the child runs");
    let text = String::from_utf8(output.stdout).expect("figures are text");
    let figures: Vec<u64> = text.split_whitespace().map(|figure| figure.parse().expect("a number")).collect();
    let [elapsed, processor, peak_kilobytes] = figures[..] else { panic!("no figures: {text}") };
    let (elapsed, processor) = (Duration::from_micros(elapsed), Duration::from_micros(processor));
    Figures { audience: posts, elapsed, processor, peak_kilobytes }
}

/// Runs as the child, if this process is it.
pub(crate) fn run_if_child() -> bool {
    let Ok(endpoint) = std::env::var(ROLE) else { return false };
    let posts = std::env::var("BENCH_POSTS").ok().and_then(|posts| posts.parse().ok()).expect("a number of posts");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let began = Instant::now();
    runtime.block_on(post_all(&endpoint, posts));
    let this = Process::this();
    println!("{} {} {}", began.elapsed().as_micros(), this.processor_time().as_micros(), this.peak_kilobytes());
    true
}

async fn post_all(endpoint: &str, posts: usize) {
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let identity = aws_credential_types::Credentials::new("local", "local", None, None, "bench").into();
    let posting = (0..posts).map(|number| {
        let url = format!("{endpoint}/@connections/{number:015}%3D");
        let parameters = SigningParams::builder()
            .identity(&identity)
            .region("us-east-1")
            .name("execute-api")
            .time(SystemTime::now())
            .settings(SigningSettings::default())
            .build()
            .expect("all parameters are there")
            .into();
        let body = SignableBody::Bytes(FRAME.as_bytes());
        let request = SignableRequest::new("POST", &url, std::iter::empty(), body).expect("a request");
        let (instructions, _signature) = sign(request, &parameters).expect("a signature").into_parts();
        let post =
            instructions.headers().fold(client.post(&url).body(FRAME), |post, (name, value)| post.header(name, value));
        async move { assert!(post.send().await.expect("the sink answers").status().is_success()) }
    });
    stream::iter(posting).buffer_unordered(AT_ONCE).for_each(std::future::ready).await;
}
