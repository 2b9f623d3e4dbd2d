//! Idle connections: how fast they open, and what each of them costs the gateway.
//!
//! `cargo bench -p e2e --bench idle`, with `-- --connections 10000` for another number of them. The API has no `$connect`
//! route, so nothing but the gateway is measured; clients and gateway share the machine.

#![expect(clippy::expect_used, clippy::print_stdout, reason = "a bench prints figures, and fails by panicking")]

mod stack;

use std::time::{Duration, Instant};

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use stack::{Stack, argument};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const TEMPLATE: &str = r#"
Resources:
  Api: {Type: "AWS::ApiGatewayV2::Api", Properties: {Name: idle, ProtocolType: WEBSOCKET, RouteSelectionExpression: "$request.body.action"}}
  Stage: {Type: "AWS::ApiGatewayV2::Stage", Properties: {ApiId: {Ref: Api}, StageName: dev, AutoDeploy: true}}
"#;

/// Handshakes at the same time.
const OPENING: usize = 64;

#[tokio::main]
async fn main() {
    let connections = argument("--connections").unwrap_or(10_000);
    let stack = Stack::start(TEMPLATE, &[]).await;
    let before = stack.resident_kilobytes();

    let began = Instant::now();
    let sockets = open(&stack, connections).await;
    let elapsed = began.elapsed();
    // What handshakes needed is free again once the gateway has had nothing to do for a moment.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let after = stack.resident_kilobytes();

    println!("\nidle connections                     {connections:>10}");
    println!("opened in                            {:>10.2} s", elapsed.as_secs_f64());
    println!("opened per second                    {:>10.0}", count(connections) / elapsed.as_secs_f64());
    println!("the stack's memory before            {:>10.1} MB", megabytes(before));
    println!("the stack's memory with them         {:>10.1} MB", megabytes(after));
    println!("per connection                       {:>10.1} kB", (after - before) / count(connections));
    drop(sockets);
}

async fn open(stack: &Stack, connections: usize) -> Vec<TcpStream> {
    let mut sockets = Vec::with_capacity(connections);
    let mut opening = FuturesUnordered::new();
    for number in 0..connections {
        opening.push(handshake(stack));
        if opening.len() == OPENING || number + 1 == connections {
            sockets.extend(opening.next().await);
        }
    }
    while let Some(socket) = opening.next().await {
        sockets.push(socket);
    }
    sockets
}

/// By hand, so that the client costs next to nothing.
async fn handshake(stack: &Stack) -> TcpStream {
    let (authority, path) = stack.address();
    let mut socket = TcpStream::connect(authority).await.expect("the gateway accepts");
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: {authority}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
    socket.write_all(request.as_bytes()).await.expect("the gateway reads");
    let mut answer = Vec::with_capacity(256);
    while !answer.ends_with(b"\r\n\r\n") {
        assert!(socket.read_buf(&mut answer).await.expect("the gateway answers") > 0, "the gateway hung up");
    }
    assert!(answer.starts_with(b"HTTP/1.1 101 "), "{}", String::from_utf8_lossy(&answer));
    socket
}

#[expect(clippy::cast_precision_loss, reason = "nobody counts beyond 2^52 connections")]
fn count(number: usize) -> f64 {
    number as f64
}

fn megabytes(kilobytes: f64) -> f64 {
    kilobytes / 1024.0
}
