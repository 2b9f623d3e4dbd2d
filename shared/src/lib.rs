//! A toolkit for WebSocket backends on API Gateway, Lambda and DynamoDB.
//!
//! A whole backend is three small binaries, one for each of `$connect`, `$disconnect` and `$default`. This is the last of
//! the three, for a backend that sends every frame back to where it came from:
//!
//! ```no_run
//! use std::process::ExitCode;
//!
//! use shared::{Error, Message, Response, Sockets, serve};
//!
//! #[tokio::main(flavor = "current_thread")]
//! async fn main() -> ExitCode {
//!     serve(Sockets::from_environment, echo).await
//! }
//!
//! async fn echo(sockets: &Sockets, message: Message) -> Result<Response, Error> {
//!     sockets.send(&message.peer, &message.body).await?;
//!     Ok(Response::ok())
//! }
//! ```
//!
//! The other two remember and forget the connection: see `examples/echo`. In reading order:

mod serve;
mod event;
mod authorize;
mod session;
mod response;
mod peer;
mod endpoint;
mod sockets;
mod connection;
mod connections;
mod management;
mod fan_out;
mod lanes;
mod gone;
mod job;
mod relay;
mod worker;
mod tick;
mod upkeep;
mod need;
mod pace;
mod deadline;
mod logging;
mod metrics;
mod aws;
mod error;

pub use authorize::{Authorize, AuthorizePayload, Verdict};
pub use aws::{Aws, variable};
pub use connection::{Connection, MAX_LIFETIME};
pub use connections::{Audience, Page, PageStart, Remembered};
pub use deadline::Deadline;
pub use endpoint::Endpoint;
pub use error::{BoxError, Error};
pub use event::{Connect, Disconnect, Event, Message};
pub use fan_out::{Broadcast, FanOut, Sender};
pub use gone::Gone;
pub use job::{Delivering, Job};
pub use logging::{log_error, log_warning};
pub use management::{Delivery, Inspection};
pub use metrics::Metrics;
pub use peer::{ConnectionId, Peer};
pub use relay::Relay;
pub use response::Response;
pub use serve::{run, serve};
pub use session::Session;
pub use sockets::Sockets;
pub use tick::Tick;
pub use upkeep::Upkeep;
pub use worker::Worker;
