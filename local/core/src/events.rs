//! What happens in a running stack, as values.
//!
//! Services report events, and know nothing of who receives them. The console makes lines of them; other subscribers of the same
//! stream can do something else.

mod api_call;
mod connection_event;
mod injected_fault;
mod invocation_report;
mod reporter;

pub use api_call::ApiCall;
pub use connection_event::{ConnectionEvent, ConnectionEventKind};
pub use injected_fault::InjectedFault;
pub use invocation_report::{InvocationReport, InvocationStatus};
pub use reporter::{Reporter, Subscriber};

/// Something that happened. No event has the content of a message, a token or a credential, but for what functions write
/// themselves.
#[derive(Clone, Debug)]
pub enum Event {
    /// A WebSocket connection: a handshake, a message, a call of `@connections`, a close.
    Connection(ConnectionEvent),
    /// A call of an HTTP API.
    ApiCall(ApiCall),
    /// A function has run.
    Invocation(InvocationReport),
    /// A program has written a line: a function, or a build.
    Output {
        /// The function's name, or the program.
        source: String,
        /// The line, without its end.
        line: String,
    },
    /// A fault of the plan was injected.
    Fault(InjectedFault),
    /// A fact about one part of the stack, or about all of it.
    Note {
        /// The API or function that it is about.
        source: Option<String>,
        /// A sentence.
        text: String,
    },
    /// Something that the person who runs the stack should act on.
    Warning(String),
}
