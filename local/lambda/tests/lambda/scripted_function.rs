//! A function of the Runtime API, in nothing but the standard library: each event tells it what to do.
//!
//! The event is an object with one field, `do`, and its answer is its environment, its own path and the invocation's ids, as
//! JSON. An event of the gateway is answered with status 200 and a body.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::fd::OwnedFd;
use std::process::{Command, Stdio};
use std::time::Duration;

/// What tells this code from changed code.
const VERSION: u32 = 1;

fn main() {
    if std::env::var_os("FAIL_TO_START").is_some() {
        std::process::exit(7);
    }
    let api = std::env::var("AWS_LAMBDA_RUNTIME_API").unwrap();
    loop {
        let (id, trace_id, arn, event) = next(&api);
        witness(&id, &arn, &event);
        match command(&event) {
            "answer" => answer(&api, &id, &about_me(&id, &trace_id, &arn)),
            "fail" => post(&api, &format!("invocation/{id}/error"), r#"{"errorMessage":"as told","errorType":"Told"}"#),
            "exit" => std::process::exit(3),
            "abort" => std::process::abort(),
            "sleep" => std::thread::sleep(Duration::from_secs(60)),
            "wait" => {
                wait();
                answer(&api, &id, &about_me(&id, &trace_id, &arn));
            }
            "leave a child" => {
                leave_a_child();
                answer(&api, &id, "{}");
            }
            "leave a child and exit" => {
                leave_a_child();
                std::process::exit(3);
            }
            "too much" => answer(&api, &id, &format!("\"{}\"", "x".repeat(6_500_000))),
            "accept" => answer(&api, &id, r#"{"statusCode":200,"body":"accepted"}"#),
            "answer another" => answer(&api, "00000000-0000-0000-0000-000000000000", "{}"),
            other => panic!("no such command: {other}"),
        }
    }
}

/// Tells the test of each event with its request id and the ARN that it came by, if it listens.
fn witness(id: &str, arn: &str, event: &str) {
    if let Ok(address) = std::env::var("WITNESS") {
        let mut witness = TcpStream::connect(address).unwrap();
        writeln!(witness, "{{\"requestId\":{id:?},\"functionArn\":{arn:?},{}", event.trim_start_matches('{')).unwrap();
    }
}

/// Waits until the test says go on.
fn wait() {
    let gate = TcpStream::connect(std::env::var("GATE").unwrap()).unwrap();
    let _ = BufReader::new(gate).read_line(&mut String::new());
}

/// Starts a process that does not end when it is asked to, and that keeps a connection to the gate.
fn leave_a_child() {
    let gate = TcpStream::connect(std::env::var("GATE").unwrap()).unwrap();
    let script = "trap '' TERM; echo ready; while :; do sleep 60; done";
    let mut command = Command::new("sh");
    command.args(["-c", script]).stdin(OwnedFd::from(gate)).stdout(Stdio::piped());
    let output = command.spawn().unwrap().stdout.unwrap();
    BufReader::new(output).read_line(&mut String::new()).unwrap();
}

fn about_me(request_id: &str, trace_id: &str, arn: &str) -> String {
    let path = std::env::current_exe().unwrap();
    let mut answer = format!(
        "{{\"version\":{VERSION},\"requestId\":{request_id:?},\"traceId\":{trace_id:?},\"functionArn\":{arn:?},\"processId\":{},\"path\":{:?},\"environment\":{{",
        std::process::id(),
        path.display().to_string()
    );
    let variables: Vec<String> = std::env::vars().map(|(name, value)| format!("{name:?}:{value:?}")).collect();
    answer.push_str(&variables.join(","));
    answer.push_str("}}");
    answer
}

fn command(event: &str) -> &str {
    if event.contains("\"requestContext\":") {
        return "accept";
    }
    event.split('"').nth(3).unwrap_or_default()
}

fn next(api: &str) -> (String, String, String, String) {
    let (headers, body) = call(api, "GET", "invocation/next", "");
    let header = |name: &str| headers.iter().find_map(|line| line.strip_prefix(name)).unwrap().to_owned();
    let arn = header("lambda-runtime-invoked-function-arn: ");
    (header("lambda-runtime-aws-request-id: "), header("lambda-runtime-trace-id: "), arn, body)
}

fn answer(api: &str, id: &str, body: &str) {
    post(api, &format!("invocation/{id}/response"), body);
}

fn post(api: &str, path: &str, body: &str) {
    let (headers, _) = call(api, "POST", path, body);
    // Shown by the host: the test of a wrong id reads nothing else.
    println!("{path}: {}", headers[0]);
}

fn call(api: &str, method: &str, path: &str, body: &str) -> (Vec<String>, String) {
    let mut stream = TcpStream::connect(api).unwrap();
    let length = body.len();
    let head = format!("{method} /2018-06-01/runtime/{path} HTTP/1.1\r\nhost: {api}\r\ncontent-length: {length}\r\n");
    // The host may refuse a long body before it has read it all.
    let _ = stream.write_all(format!("{head}connection: close\r\n\r\n{body}").as_bytes());
    let mut reader = BufReader::new(stream);
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap() == 0 {
            std::process::exit(0);
        }
        match line.trim_end() {
            "" => break,
            header => headers.push(header.to_owned()),
        }
    }
    let mut body = String::new();
    let _ = reader.read_to_string(&mut body);
    (headers, body)
}
