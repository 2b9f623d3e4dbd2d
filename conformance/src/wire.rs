//! HTTP/1.1 by the byte: a library would fold the names of headers, add its own and normalise paths.

use std::io::{Error, ErrorKind};
use std::sync::{Arc, OnceLock};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpSocket, lookup_host};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::Address;

/// Largest head and largest body of an answer, in bytes: far more than any answer has.
const LARGEST_ANSWER: usize = 1024 * 1024;
/// Headers of an answer, at most.
const MOST_HEADERS: usize = 64;

/// Anything that bytes go through.
pub(crate) trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

/// A TCP connection, encrypted or not.
pub(crate) type Stream = Box<dyn Duplex>;

/// A request as it goes over the wire. `Host` and, if there is a body, `Content-Length` are added.
#[derive(Clone, Debug, Default)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// Path and query, sent as they are.
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// Bytes that the system may receive before anybody reads them; its own choice if `None`.
    pub(crate) receive_buffer: Option<u32>,
}

/// An answer as it came over the wire.
#[derive(Clone, Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Response {
    /// The value of a header, whatever the case of its name.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// An answer with what follows it.
pub(crate) struct Exchanged {
    pub(crate) response: Response,
    pub(crate) stream: Stream,
    /// Bytes that came after the answer's head, if it has no body.
    pub(crate) rest: Vec<u8>,
}

/// Sends `request` over a connection of its own, and reads the answer.
pub(crate) async fn exchange(address: &Address, request: &Request) -> Result<Exchanged, Error> {
    let mut stream = dial(address, request.receive_buffer).await?;
    let mut bytes = head(address, request).into_bytes();
    bytes.extend_from_slice(&request.body);
    // Who refuses a request early may close before all of it is sent; its answer is there to be read.
    let sent = async { stream.write_all(&bytes).await.and(stream.flush().await) }.await;
    let mut received = Vec::new();
    let (mut response, head_bytes) = loop {
        if let Some(parsed) = parse(&received)? {
            break parsed;
        }
        if read_more(&mut stream, &mut received).await? == 0 {
            return Err(sent.err().unwrap_or_else(|| ErrorKind::UnexpectedEof.into()));
        }
    };
    let mut rest = received.split_off(head_bytes);
    if !matches!(response.status, 101 | 204 | 304) {
        let body = read_body(&response, &mut stream, std::mem::take(&mut rest)).await?;
        response.body = String::from_utf8_lossy(&body).into_owned();
    }
    Ok(Exchanged { response, stream, rest })
}

fn head(address: &Address, request: &Request) -> String {
    let mut head = format!("{} {} HTTP/1.1\r\nHost: {}\r\n", request.method, request.target, address.authority);
    let length = ("Content-Length".to_owned(), request.body.len().to_string());
    let has_body = !request.body.is_empty() || request.method == "POST";
    for (name, value) in request.headers.iter().chain(has_body.then_some(&length)) {
        head.extend([name, ": ", value, "\r\n"]);
    }
    head + "\r\n"
}

async fn dial(address: &Address, receive_buffer: Option<u32>) -> Result<Stream, Error> {
    let mut addresses = lookup_host((address.host.as_str(), address.port)).await?;
    let found = addresses.next().ok_or(ErrorKind::NotFound)?;
    let socket = if found.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    if let Some(size) = receive_buffer {
        socket.set_recv_buffer_size(size)?;
    }
    let stream = socket.connect(found).await?;
    stream.set_nodelay(true)?;
    if !address.secure {
        return Ok(Box::new(stream));
    }
    let name = ServerName::try_from(address.host.clone()).map_err(Error::other)?;
    Ok(Box::new(TlsConnector::from(tls()?).connect(name, stream).await?))
}

/// The system's certificate authorities, or those of `SSL_CERT_FILE`, decide whom to trust.
fn tls() -> Result<Arc<ClientConfig>, Error> {
    static TLS: OnceLock<Arc<ClientConfig>> = OnceLock::new();
    if let Some(tls) = TLS.get() {
        return Ok(Arc::clone(tls));
    }
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let tls = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(Error::other)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::clone(TLS.get_or_init(|| Arc::new(tls))))
}

/// The head at the beginning of `received` and its length, once it is there.
fn parse(received: &[u8]) -> Result<Option<(Response, usize)>, Error> {
    let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
    let mut parsed = httparse::Response::new(&mut headers);
    let length = match parsed.parse(received).map_err(Error::other)? {
        httparse::Status::Complete(length) => length,
        httparse::Status::Partial => return Ok(None),
    };
    let text = |header: &httparse::Header<'_>| {
        (header.name.to_owned(), String::from_utf8_lossy(header.value).trim().to_owned())
    };
    let headers = parsed.headers.iter().map(text).collect();
    Ok(Some((Response { status: parsed.code.unwrap_or_default(), headers, body: String::new() }, length)))
}

async fn read_body(response: &Response, stream: &mut Stream, mut bytes: Vec<u8>) -> Result<Vec<u8>, Error> {
    if response.header("transfer-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked")) {
        return read_chunks(stream, bytes).await;
    }
    let length = response.header("content-length").and_then(|length| length.parse::<usize>().ok());
    while length.is_none_or(|length| bytes.len() < length) {
        // Without a length the end of the connection is the end of the body, however it comes.
        match read_more(stream, &mut bytes).await {
            Ok(1..) => {}
            _ if length.is_none() => break,
            Ok(_) => return Err(ErrorKind::UnexpectedEof.into()),
            Err(error) => return Err(error),
        }
    }
    bytes.truncate(length.unwrap_or(usize::MAX));
    Ok(bytes)
}

async fn read_chunks(stream: &mut Stream, mut bytes: Vec<u8>) -> Result<Vec<u8>, Error> {
    let mut body = Vec::new();
    loop {
        if let httparse::Status::Complete((at, size)) =
            httparse::parse_chunk_size(&bytes).map_err(|_| ErrorKind::InvalidData)?
        {
            let end = usize::try_from(size).ok().and_then(|size| at.checked_add(size)).ok_or(ErrorKind::InvalidData)?;
            // The chunk's own end of line follows it.
            if bytes.len() >= end.saturating_add(2) {
                body.extend_from_slice(&bytes[at..end]);
                if size == 0 {
                    return Ok(body);
                }
                bytes.drain(..end + 2);
                continue;
            }
        }
        if read_more(stream, &mut bytes).await? == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
    }
}

async fn read_more(stream: &mut Stream, bytes: &mut Vec<u8>) -> Result<usize, Error> {
    if bytes.len() > LARGEST_ANSWER {
        return Err(ErrorKind::FileTooLarge.into());
    }
    stream.read_buf(bytes).await
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    /// Asks a server that answers with these bytes, one by one, and then closes.
    async fn asked(answer: &'static str) -> Result<Response, Error> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address: Address = format!("http://{}/", listener.local_addr()?).parse().unwrap();
        let served = async {
            let (mut peer, _) = listener.accept().await?;
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                peer.read_buf(&mut head).await?;
            }
            for byte in answer.as_bytes() {
                peer.write_all(&[*byte]).await?;
            }
            peer.shutdown().await
        };
        let request = Request { method: "GET".to_owned(), target: "/".to_owned(), ..Request::default() };
        // A client that has read enough leaves before the last bytes.
        let (exchanged, _served): (_, Result<(), Error>) = tokio::join!(exchange(&address, &request), served);
        exchanged.map(|exchanged| exchanged.response)
    }

    #[tokio::test]
    async fn a_body_ends_as_its_head_says() {
        let table = [
            ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello and more", "hello"),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n", "hello"),
            ("HTTP/1.1 200 OK\r\n\r\nhello", "hello"),
            ("HTTP/1.1 204 No Content\r\n\r\n", ""),
        ];
        for (answer, body) in table {
            assert_eq!(asked(answer).await.expect(answer).body, body, "{answer}");
        }
    }

    #[tokio::test]
    async fn an_answer_that_breaks_off_is_an_error() {
        for answer in [
            "",
            "HTTP/1.1 200",
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhell",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n",
            "no HTTP at all",
        ] {
            assert!(asked(answer).await.is_err(), "{answer}");
        }
    }
}
