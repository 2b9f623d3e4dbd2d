//! Cases that tell whether a WebSocket API behaves as Amazon API Gateway's do, wherever it runs: on AWS, on the local
//! gateway of this workspace, or on any other emulator.
//!
//! A small stack stands behind them, `template.yaml`, with one function that does what each message and each handshake
//! tells it. What it gets and what comes of it, it posts to the connection that asks, so nothing but API Gateway's own
//! doors is used.
//!
//! In reading order: `case` is one expectation and `suite` runs many, against a `target`; `instruction` is what the
//! function can be told; `world` has the verbs of cases, `handshake`, `client` and `management` what they do, over `wire`;
//! `cases` are the expectations, one file for each area.

mod case;
mod suite;
mod score_board;
mod shortfall;
mod target;
mod address;
mod addresses;
mod cli;
mod instruction;
mod world;
mod handshake;
mod client;
mod management;
mod signing;
mod wire;
mod shape;
mod cases;
mod fixture;

pub use address::{Address, InvalidAddress};
pub use addresses::{Addresses, api};
pub use case::{Area, Case, Mark};
pub use cli::main;
pub use fixture::serve as serve_fixture;
pub use score_board::{Score, ScoreBoard};
pub use shortfall::{Shortfall, Verdict};
pub use suite::{CONCURRENCY, Selection, Slow, run};
pub use target::{Api, Credentials, Limits, Target};
