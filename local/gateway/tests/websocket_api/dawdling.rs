//! Peers that take a socket and do nothing with it, or next to nothing.
//!
//! The clock is the tests' own: it runs ahead to the next deadline whenever everybody waits.

use std::time::Duration;

use local_gateway::tls::Tls;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep};

use crate::world::World;

/// Longer than any deadline for somebody who says nothing.
const PATIENCE: Duration = Duration::from_secs(40);

/// Waits until the gateway hangs up.
async fn hang_up(stream: &mut TcpStream) {
    let _ = stream.read_to_end(&mut Vec::new()).await;
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_says_nothing_is_cut_off() {
    let world = World::start().await;
    let began = Instant::now();
    let mut stream = TcpStream::connect(world.address).await.unwrap();
    hang_up(&mut stream).await;
    assert!(began.elapsed() < PATIENCE, "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_handshake_that_drips_in_is_cut_off() {
    let world = World::start().await;
    let began = Instant::now();
    let stream = TcpStream::connect(world.address).await.unwrap();
    let (mut input, mut output) = stream.into_split();
    let request = b"GET /dev HTTP/1.1\r\nHost: a\r\nX-Slow: ".iter().chain(std::iter::repeat(&b'a'));
    let drip = async {
        for byte in request {
            if output.write_all(&[*byte]).await.is_err() {
                break;
            }
            sleep(Duration::from_secs(1)).await;
        }
    };
    let mut answer = Vec::new();
    tokio::select! {
        () = drip => {}
        _ = input.read_to_end(&mut answer) => {}
    }
    assert!(began.elapsed() < PATIENCE, "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn half_a_tls_handshake_is_cut_off() {
    let directory = tempfile::tempdir().unwrap();
    let tls = Tls::open(directory.path(), "127.0.0.1").unwrap();
    let world = World::with(|setup| setup.tls = Some(tls)).await;
    let began = Instant::now();
    let mut stream = TcpStream::connect(world.address).await.unwrap();
    // The head of a record of 512 bytes that never come.
    stream.write_all(&[22, 3, 1, 2, 0]).await.unwrap();
    hang_up(&mut stream).await;
    assert!(began.elapsed() < PATIENCE, "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_body_that_never_comes_holds_no_call() {
    let world = World::start().await;
    let began = Instant::now();
    let mut stream = TcpStream::connect(world.address).await.unwrap();
    let path = "/dev/@connections/SOqGjdZioAMCEeg%3D";
    let head = format!("POST {path} HTTP/1.1\r\nHost: {}\r\nContent-Length: 5\r\n\r\n", world.address);
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 408");
    assert!(began.elapsed() < PATIENCE, "{:?}", began.elapsed());
}
