//! Bytes that no client should send: whatever they are, the next client is served.

use futures_util::StreamExt;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::world::{World, soon};

/// Stands for the gateway's address, which is not known before it listens.
const HOST: &str = "host.example";

fn check<T: std::fmt::Debug>(strategy: impl Strategy<Value = T>, mut send: impl FnMut(&World, T) -> Sent) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let world = runtime.block_on(World::start());
    let send = std::cell::RefCell::new(&mut send);
    TestRunner::new(Config { cases: 64, failure_persistence: None, ..Config::default() })
        .run(&strategy, |input| {
            let sent = send.borrow_mut()(&world, input);
            runtime.block_on(async {
                sent.await;
                assert!(!world.serving.is_finished());
                assert_eq!(world.knock("/dev", &[]).await.status, 101);
            });
            Ok(())
        })
        .unwrap();
}

type Sent = std::pin::Pin<Box<dyn Future<Output = ()>>>;

#[test]
fn random_bytes_as_requests_kill_nobody() {
    let method = prop_oneof![Just("GET"), Just("POST"), Just("DELETE"), Just("BREW")];
    let path = prop_oneof!["[!-~]{0,40}", "/dev[!-~]{0,40}", "/dev/@connections/[!-~]{0,40}"];
    let upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
                   Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    let head = (method, path, any::<bool>(), "[ -~]{0,30}").prop_map(move |(method, path, upgrades, header)| {
        let upgrade = if upgrades { upgrade } else { "" };
        format!("{method} {path} HTTP/1.1\r\nHost: {HOST}\r\n{upgrade}{header}\r\n\r\n").into_bytes()
    });
    let request = prop_oneof![head, prop::collection::vec(any::<u8>(), 0..300)];
    check(request, |world, bytes| {
        let address = world.address;
        Box::pin(async move {
            let bytes = match str::from_utf8(&bytes) {
                Ok(text) => text.replace(HOST, &address.to_string()).into_bytes(),
                Err(_) => bytes,
            };
            let mut stream = TcpStream::connect(address).await.unwrap();
            // A gateway that has heard enough may close first.
            let _ = stream.write_all(&bytes).await;
            let _ = stream.shutdown().await;
            let _ = soon(stream.read_to_end(&mut Vec::new())).await;
        })
    });
}

#[test]
fn random_bytes_as_frames_kill_nobody() {
    let opcode = prop_oneof![Just(0x81), Just(0x01), Just(0x80), Just(0x88), Just(0x89), any::<u8>()];
    let frame = (opcode, prop::collection::vec(any::<u8>(), 0..100)).prop_map(|(first, payload)| {
        let masked_length = 0x80 | u8::try_from(payload.len()).unwrap();
        [&[first, masked_length, 0, 0, 0, 0], payload.as_slice()].concat()
    });
    let frames = prop::collection::vec(prop_oneof![4 => frame, 1 => prop::collection::vec(any::<u8>(), 0..50)], 0..8);
    check(frames, |world, frames| {
        let connecting = format!("ws://{}/dev", world.address);
        let address = world.address;
        Box::pin(async move {
            let stream = TcpStream::connect(address).await.unwrap();
            let (mut socket, _) = soon(tokio_tungstenite::client_async(connecting, stream)).await.unwrap();
            for frame in frames {
                let _ = socket.get_mut().write_all(&frame).await;
            }
            let _ = socket.get_mut().shutdown().await;
            soon(async { while let Some(Ok(_)) = socket.next().await {} }).await;
        })
    });
}
