//! A member's connection: a task of its own reads it to its end.

use futures_util::{SinkExt, StreamExt};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio_tungstenite::tungstenite::Message;

use crate::harness::Socket;

/// What a connection without a close frame ends with, as browsers call it.
const ABNORMAL_CLOSURE: u16 = 1006;

/// What a member hears.
#[derive(Debug)]
pub(super) enum Heard {
    Frame(String),
    /// The connection is over, with this close code.
    End(u16),
}

/// Where members tell what they hear, each with its own number.
pub(super) type Ears = UnboundedSender<(usize, Heard)>;

/// The near end of a connection. Without a word, it ends when this is dropped.
#[derive(Debug)]
pub(super) struct Line(UnboundedSender<Command>);

#[derive(Debug)]
enum Command {
    Say(String),
    Leave,
}

impl Line {
    pub(super) fn of(socket: Socket, number: usize, ears: Ears) -> Self {
        let (sender, commands) = unbounded_channel();
        tokio::spawn(carry(socket, commands, number, ears));
        Self(sender)
    }

    pub(super) fn say(&self, text: String) {
        self.command(Command::Say(text));
    }

    /// Says goodbye with a close frame.
    pub(super) fn leave(&self) {
        self.command(Command::Leave);
    }

    /// On a connection that has ended nothing can be done, and its end is being told.
    fn command(&self, command: Command) {
        let _ended = self.0.send(command);
    }
}

async fn carry(mut socket: Socket, mut commands: UnboundedReceiver<Command>, number: usize, ears: Ears) {
    loop {
        tokio::select! {
            command = commands.recv() => match command {
                // What cannot be sent any more is followed by the end of the reading side.
                Some(Command::Say(text)) => drop(socket.send(Message::text(text)).await),
                Some(Command::Leave) => drop(socket.close(None).await),
                None => return,
            },
            message = socket.next() => {
                let heard = match message {
                    Some(Ok(Message::Text(text))) => Heard::Frame(text.to_string()),
                    Some(Ok(Message::Close(frame))) => {
                        Heard::End(frame.map_or(ABNORMAL_CLOSURE, |frame| frame.code.into()))
                    }
                    Some(Ok(_)) => continue,
                    Some(Err(_)) | None => Heard::End(ABNORMAL_CLOSURE),
                };
                let is_over = matches!(heard, Heard::End(_));
                let _nobody_listens = ears.send((number, heard));
                if is_over {
                    // The answer to a close frame is written as the rest is read.
                    while let Some(Ok(_)) = socket.next().await {}
                    return;
                }
            }
        }
    }
}
