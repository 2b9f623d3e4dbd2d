//! Tests of handlers in process: events to build or to replay, a table in memory, and a recorder in place of the management
//! API. Needs the feature `testing`, which belongs into `[dev-dependencies]`.
//!
//! ```
//! use parlor::testing::{self, Backend};
//! use parlor::{Connect, Connection, Error, Message, Response, Sockets};
//!
//! async fn on_connect(sockets: &Sockets, connect: Connect) -> Result<Response, Error> {
//!     let Some(name) = connect.query("name") else { return Ok(Response::unauthorized()) };
//!     sockets.directory().register(&Connection::new(&connect, "lobby", name)).await?;
//!     Ok(Response::ok())
//! }
//!
//! async fn on_message(sockets: &Sockets, message: Message) -> Result<Response, Error> {
//!     sockets.group("lobby").except(&message.peer).send(message.body()).await?;
//!     Ok(Response::ok())
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Error> {
//! let backend = Backend::start().await;
//! let sockets = backend.sockets();
//! assert_eq!(on_connect(&sockets, testing::connect("Nameless=").build()).await?.status(), 401);
//! on_connect(&sockets, testing::connect("Ada=").query("name", "ada").build()).await?;
//! on_connect(&sockets, testing::connect("Ben=").query("name", "ben").build()).await?;
//!
//! on_message(&sockets, testing::message("Ada=", "hello").build()).await?;
//!
//! assert_eq!(backend.sent_to("Ben="), ["hello"]);
//! assert!(backend.sent_to("Ada=").is_empty());
//! # Ok(())
//! # }
//! ```

#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod backend;
mod events;
mod recorder;

pub use backend::Backend;
pub use events::{EventBuilder, authorizer_request, connect, disconnect, message, replay, scheduled_event};
