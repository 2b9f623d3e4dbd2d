//! How the first request of a TCP connection spells its header names.
//!
//! API Gateway hands header names to functions as the client wrote them, while an HTTP library folds them to lower
//! case. So the head of the first request is read here, noted, and replayed to the library. A handshake that is not
//! the first request of its TCP connection, which no WebSocket client sends, has lower-case names.

use std::collections::HashMap;

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt};

use super::limits::MAX_HEAD_BYTES;

/// Header names as a client wrote them, by their lower-case form.
#[derive(Clone, Debug, Default)]
pub(super) struct Spelling(HashMap<String, String>);

impl Spelling {
    /// `name` as the client wrote it.
    pub(super) fn of<'a>(&'a self, name: &'a str) -> &'a str {
        self.0.get(name).map_or(name, String::as_str)
    }

    fn read(head: &[u8]) -> Self {
        let lines = head.split(|&byte| byte == b'\n').skip(1);
        let names = lines.filter_map(|line| {
            let name = line.split(|&byte| byte == b':').next().filter(|name| name.len() < line.len())?;
            let name = std::str::from_utf8(name).ok()?;
            Some((name.to_ascii_lowercase(), name.to_owned()))
        });
        Self(names.collect())
    }
}

/// Reads until the end of a request's head, of the input, or of what a head may be; the bytes are to be replayed.
pub(super) async fn read(input: &mut (impl AsyncRead + Unpin)) -> std::io::Result<(Bytes, Spelling)> {
    let mut head = BytesMut::with_capacity(1024);
    while end(&head).is_none() && head.len() <= MAX_HEAD_BYTES && input.read_buf(&mut head).await? > 0 {}
    let spelling = Spelling::read(&head[..end(&head).unwrap_or(head.len())]);
    Ok((head.freeze(), spelling))
}

fn end(head: &[u8]) -> Option<usize> {
    head.windows(4).position(|window| window == b"\r\n\r\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn names_keep_their_spelling_and_every_byte_is_replayed() {
        let request = b"GET /dev HTTP/1.1\r\nHost: a\r\nX-hELLO: Big: Value\r\nnonsense\r\n\r\nBody: 1\r\n";
        let (head, spelling) = read(&mut &request[..]).await.unwrap();
        assert_eq!(head, &request[..]);
        assert_eq!(spelling.of("x-hello"), "X-hELLO");
        assert_eq!(spelling.of("host"), "Host");
        for absent in ["body", "nonsense", "big"] {
            assert_eq!(spelling.of(absent), absent);
        }
    }

    #[tokio::test]
    async fn a_head_without_end_is_read_to_the_limit_only() {
        let (head, _) = read(&mut tokio::io::repeat(b'a')).await.unwrap();
        assert!(head.len() <= 2 * MAX_HEAD_BYTES + 1024, "{}", head.len());
    }
}
