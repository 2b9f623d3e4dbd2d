//! How the first request of a TCP connection spells its header names.
//!
//! API Gateway hands header names to functions as the client wrote them, while an HTTP library folds them to lower
//! case. So the head of the first request is read here, noted, and replayed to the library. Later requests of the same
//! TCP connection are not looked at: they count as spelt like the first, and names that it did not have are lower
//! case. No WebSocket client sends its handshake so.

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
    let mut searched = 0;
    let end = loop {
        if let Some(end) = end(&head, searched) {
            break end;
        }
        searched = head.len();
        if head.len() > MAX_HEAD_BYTES || input.read_buf(&mut head).await? == 0 {
            break head.len();
        }
    };
    let spelling = Spelling::read(&head[..end]);
    Ok((head.freeze(), spelling))
}

/// Where the empty line is that ends a head. A bare LF ends a line, too: RFC 9112, section 2.2. It is not in the first
/// `searched` bytes.
fn end(head: &[u8], searched: usize) -> Option<usize> {
    // An end of which these bytes have all but the last begins at most two before.
    let from = searched.saturating_sub(2);
    let found = |at: &usize| matches!(head[*at..], [b'\n', b'\n', ..] | [b'\n', b'\r', b'\n', ..]);
    (from..head.len()).find(found)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::io::AsyncWriteExt;
    use tokio::time::timeout;

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
    async fn a_head_ends_with_its_empty_line_however_it_arrives() {
        for request in ["GET / HTTP/1.1\r\nA: b\r\n\r\n", "GET / HTTP/1.1\nA: b\n\n", "GET / HTTP/1.1\nA: b\n\r\n"] {
            for size in 1..=request.len() {
                // The sender stays, so waiting for more than the head would take for ever.
                let (mut sender, mut input) = tokio::io::duplex(size);
                let transfer = async { tokio::join!(sender.write_all(request.as_bytes()), read(&mut input)) };
                let (_, received) = timeout(Duration::from_secs(10), transfer).await.expect("the end is seen");
                let (head, spelling) = received.unwrap();
                assert_eq!((&head[..], spelling.of("a")), (request.as_bytes(), "A"), "{size}");
            }
        }
    }

    #[tokio::test]
    async fn a_head_without_end_is_read_to_the_limit_only() {
        let (head, _) = read(&mut tokio::io::repeat(b'a')).await.unwrap();
        assert!(head.len() <= 2 * MAX_HEAD_BYTES + 1024, "{}", head.len());
    }
}
