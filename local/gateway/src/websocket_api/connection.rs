//! An open connection: one task that reads, writes and watches the clock until one of them ends it.

use std::future::poll_fn;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::task::Poll;

use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{FutureExt, SinkExt, StreamExt};
use jiff::Timestamp;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::{Semaphore, mpsc};
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message};

use super::client::Client;
use super::closing::Ending;
use super::dispatch;
use super::gateway::Gateway;
use super::limits::{
    CLOSE_DEADLINE, CONCURRENT_MESSAGES, LINGER, MAX_FRAME_BYTES, MAX_MESSAGE_BYTES, MESSAGE_OVERHEAD_BYTES,
    SOCKET_BACKLOG_BYTES, SOCKET_BUFFER_BYTES, UNANSWERED_BYTES, WRITE_DEADLINE,
};
use super::outbox::Outgoing;
use super::registry::{Activity, Session};
use super::socket_faults::SocketFaults;
use super::wire::Wire;
use local_core::faults::Direction;

/// Serves a connection to its end, `$disconnect` included.
pub(super) async fn run<S>(gateway: &Arc<Gateway>, session: Session, socket: S, wire: Option<Wire>)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let Session { client, activity, outbox, outgoing, removed } = session;
    let socket = WebSocketStream::from_raw_socket(socket, Role::Server, Some(config())).await;
    let (sink, mut stream) = socket.split();
    let mut writer = Writer { sink, outgoing, next: None, activity: activity.clone() };
    let socket_faults = SocketFaults::new(gateway.options.faults.clone(), client.clone(), wire);
    let handle = |text| dispatch::run(gateway.clone(), client.clone(), outbox.clone(), Timestamp::now(), text);
    let served = async {
        tokio::select! {
            ending = read(&mut stream, &activity, &socket_faults, turns(gateway), handle) => ending,
            ending = writer.run(Some(&socket_faults)) => ending,
            _ = removed => Ending::Deleted,
            () = idle(&activity, gateway.options.idle_timeout) => Ending::GoingAway,
            () = sleep(gateway.options.max_lifetime) => Ending::GoingAway,
            () = gateway.shutdown.cancelled() => Ending::GoingAway,
        }
    };
    // Not even a mistake of ours, whose panic the terminal shows, may leave a connection registered for ever.
    let ending = AssertUnwindSafe(served).catch_unwind().await.unwrap_or(Ending::Dropped);
    drop(outbox);
    // The socket's own end must be the last.
    drop(socket_faults);
    tokio::join!(end(gateway, &client, &ending), say_goodbye(writer, stream, &ending));
}

/// Makes a connection unreachable, then runs `$disconnect` once; what it answers does not matter.
pub(super) async fn end(gateway: &Gateway, client: &Client, ending: &Ending) {
    gateway.registry.remove(&client.connection_id);
    let (code, reason) = ending.reported();
    dispatch::disconnect(gateway, client, code, reason).await;
}

fn config() -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(SOCKET_BUFFER_BYTES)
        .write_buffer_size(SOCKET_BUFFER_BYTES)
        .max_write_buffer_size(SOCKET_BACKLOG_BYTES)
        .max_frame_size(Some(MAX_FRAME_BYTES))
        .max_message_size(Some(MAX_MESSAGE_BYTES))
}

/// Hands each text message to `handle`, in a task of its own, until the client stops sending or breaks a rule.
///
/// The socket is read however many functions run: pings want their pongs, and a client that leaves is to be noticed.
async fn read<S, F>(
    stream: &mut SplitStream<WebSocketStream<S>>,
    activity: &Activity,
    socket_faults: &SocketFaults,
    turns: usize,
    handle: impl Fn(String) -> F,
) -> Ending
where
    S: AsyncRead + AsyncWrite + Unpin,
    F: Future<Output = ()> + Send + 'static,
{
    let turns = Arc::new(Semaphore::new(turns));
    let room = Arc::new(Semaphore::new(UNANSWERED_BYTES));
    loop {
        match stream.next().await {
            Some(Ok(Message::Text(text))) => {
                activity.touch();
                if socket_faults.breaks(Direction::In) {
                    return Ending::Dropped;
                }
                let Ok(place) = room.clone().try_acquire_many_owned(weight(&text)) else {
                    return Ending::TooMany;
                };
                let handled = handle(text.as_str().to_owned());
                // Asked here, for turns come in the order of asking.
                let mut turn = Box::pin(turns.clone().acquire_owned());
                let asked = poll_fn(|context| Poll::Ready(turn.as_mut().poll(context))).await;
                tokio::spawn(async move {
                    let _turn = match asked {
                        Poll::Ready(turn) => turn,
                        Poll::Pending => turn.await,
                    };
                    handled.await;
                    drop(place);
                });
            }
            Some(Ok(Message::Binary(_))) => return Ending::Binary,
            Some(Ok(Message::Close(frame))) => return Ending::ClosedByClient(frame),
            // Pings are answered by the socket itself.
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {}
            Some(Err(error)) => return Ending::of(&error),
            None => return Ending::Dropped,
        }
    }
}

/// How many messages of a connection are handled at the same time.
fn turns(gateway: &Gateway) -> usize {
    if gateway.options.is_serial { 1 } else { CONCURRENT_MESSAGES }
}

/// What a message takes of [`UNANSWERED_BYTES`].
fn weight(text: &str) -> u32 {
    u32::try_from(text.len() + MESSAGE_OVERHEAD_BYTES).unwrap_or(u32::MAX)
}

/// Returns when no message has passed for `limit`.
async fn idle(activity: &Activity, limit: std::time::Duration) {
    loop {
        // A limit beyond the clock's range is none.
        let Some(deadline) = activity.last().checked_add(limit) else {
            return std::future::pending().await;
        };
        if deadline <= Instant::now() {
            return;
        }
        sleep_until(deadline).await;
    }
}

/// The writing half. Every method can be dropped at any await and called again: nothing gets lost.
struct Writer<S> {
    sink: SplitSink<WebSocketStream<S>, Message>,
    outgoing: mpsc::Receiver<Outgoing>,
    /// Taken from the queue, not yet by the socket.
    next: Option<Outgoing>,
    activity: Arc<Activity>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Writer<S> {
    /// Writes what is queued, until nothing more can come, the socket refuses for too long, or `socket_faults` breaks it.
    async fn run(&mut self, socket_faults: Option<&SocketFaults>) -> Ending {
        loop {
            if self.next.is_none() {
                self.next = self.outgoing.recv().await;
                if self.next.is_some()
                    && socket_faults.is_some_and(|socket_faults| socket_faults.breaks(Direction::Out))
                {
                    return Ending::Dropped;
                }
            }
            match timeout(WRITE_DEADLINE, self.write_next()).await {
                Ok(Ok(true)) => {}
                Ok(Ok(false)) => return Ending::Deleted,
                Ok(Err(_)) | Err(_) => return Ending::Dropped,
            }
        }
    }

    /// Gives the next message to the socket, and flushes unless another follows; false if there is none.
    async fn write_next(&mut self) -> Result<bool, Error> {
        poll_fn(|context| self.sink.poll_ready_unpin(context)).await?;
        let written = match self.next.take() {
            Some(outgoing) => {
                self.sink.start_send_unpin(Message::Text(outgoing.text))?;
                self.activity.touch();
                true
            }
            None => false,
        };
        if self.outgoing.is_empty() {
            self.sink.flush().await?;
        }
        Ok(written)
    }
}

/// Writes what was accepted for the client, then the close frame, and makes sure that it arrives.
async fn say_goodbye<S>(mut writer: Writer<S>, stream: SplitStream<WebSocketStream<S>>, ending: &Ending)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    if matches!(ending, Ending::Dropped) {
        return;
    }
    writer.outgoing.close();
    let told = timeout(CLOSE_DEADLINE, async {
        if let Some(frame) = ending.frame() {
            writer.run(None).await;
            writer.sink.send(Message::Close(Some(frame))).await
        } else {
            writer.sink.flush().await
        }
    });
    let told = matches!(told.await, Ok(Ok(())));
    if let (true, Ok(socket)) = (told, writer.sink.reunite(stream)) {
        linger(socket.into_inner()).await;
    }
}

/// Closing a socket with unread input resets it, and the reset overtakes the close frame: so read on for a while.
async fn linger(mut socket: impl AsyncRead + AsyncWrite + Unpin) {
    let mut discarded = [0; SOCKET_BUFFER_BYTES];
    let _ = timeout(LINGER, async {
        socket.shutdown().await?;
        while socket.read(&mut discarded).await? > 0 {}
        std::io::Result::Ok(())
    })
    .await;
}
