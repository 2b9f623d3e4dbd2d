//! Every limit of the gateway: API Gateway's own with their source, then those that keep this process healthy.

use std::time::Duration;

/// Longest time without a message in either direction. Source: API Gateway, quotas for WebSocket APIs.
pub const IDLE_TIMEOUT: Duration = Duration::from_secs(10 * 60);
/// Longest life of a connection. Source: API Gateway, quotas for WebSocket APIs.
pub const MAX_LIFETIME: Duration = Duration::from_secs(2 * 60 * 60);
/// Largest frame of a client in bytes. Source: API Gateway, quotas for WebSocket APIs.
pub(super) const MAX_FRAME_BYTES: usize = 32 * 1024;
/// Largest message in bytes, in both directions. Source: API Gateway, quotas for WebSocket APIs.
pub(super) const MAX_MESSAGE_BYTES: usize = 128 * 1024;
/// Longest URL of a handshake in characters. Source: API Gateway, quotas for WebSocket APIs.
pub(super) const MAX_URL_CHARACTERS: usize = 4096;
/// Largest sum of all header lines in bytes. Source: API Gateway, quotas for REST APIs.
const MAX_HEADER_BYTES: usize = 10_240;
/// Request line and header lines together, in bytes.
pub(super) const MAX_HEAD_BYTES: usize = MAX_HEADER_BYTES + MAX_URL_CHARACTERS;
/// How long an authorizer may take. Source: API Gateway, largest integration timeout.
pub(super) const AUTHORIZER_TIMEOUT: Duration = Duration::from_secs(29);
/// Largest answer of an authorizer in bytes. Source: API Gateway, account level quotas.
pub(super) const MAX_AUTHORIZER_RESULT_BYTES: usize = 8 * 1024;

/// Messages of one connection whose functions run at the same time; more wait for their turn.
pub(super) const CONCURRENT_MESSAGES: usize = 64;
/// Bytes of one connection's messages whose functions run or wait, 4096 small messages; a client that sends more is
/// closed, as API Gateway closes those that exceed its rates.
pub(super) const UNANSWERED_BYTES: usize = 4096 * MESSAGE_OVERHEAD_BYTES;
/// What a message costs besides its text, in bytes.
pub(super) const MESSAGE_OVERHEAD_BYTES: usize = 4 * 1024;
/// How long `$disconnect` may take, whatever the timeout of its route. On AWS the function is invoked at once, and a timeout
/// of the route ends only API Gateway's wait. Here it would also end the wait of the invocation for an instance.
pub(super) const DISCONNECT_DEADLINE: Duration = Duration::from_secs(5 * 60);
/// Messages that wait for one connection's socket.
pub(super) const QUEUED_MESSAGES: usize = 1024;
/// Bytes that wait for one connection's socket: eight of the largest messages.
pub(super) const QUEUED_BYTES: usize = 8 * MAX_MESSAGE_BYTES;
/// How long the socket may refuse a message before the connection counts as broken.
pub(super) const WRITE_DEADLINE: Duration = Duration::from_secs(20);
/// How long queued messages and the close frame may take when a connection ends.
pub(super) const CLOSE_DEADLINE: Duration = Duration::from_secs(5);
/// How long input is discarded after the close frame, so that no reset overtakes it.
pub(super) const LINGER: Duration = Duration::from_secs(2);
/// Eagerly allocated for every socket, in bytes: small, because most connections are idle.
pub(super) const SOCKET_BUFFER_BYTES: usize = 4 * 1024;
/// What a socket may hold back when its client does not read, in bytes: the largest message, each of its bytes replaced
/// by the three of U+FFFD, and pongs, which would otherwise grow without end.
pub(super) const SOCKET_BACKLOG_BYTES: usize = 4 * MAX_MESSAGE_BYTES;
/// How long the head of a TCP connection's first request may take.
pub(super) const HEAD_DEADLINE: Duration = Duration::from_secs(30);
/// How long the body of an `@connections` call may take.
pub(super) const BODY_DEADLINE: Duration = Duration::from_secs(30);
/// How much of an oversized body is read and thrown away so that its sender gets to read the answer.
pub(super) const MAX_DISCARDED_BYTES: usize = 16 * MAX_MESSAGE_BYTES;
/// Pause after the system refused a socket, for instance because all file descriptors are in use.
pub(super) const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// How long `serve` waits for its tasks after the end of service was asked for.
pub(super) const SHUTDOWN_GRACE: Duration = Duration::from_secs(1);
