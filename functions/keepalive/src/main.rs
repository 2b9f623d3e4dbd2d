//! Every few minutes: keeps quiet connections open, asks old ones to renew themselves, closes those whose session is over, and
//! forgets the dead.

use std::process::ExitCode;

use chat::Frame;
use shared::{Error, Sockets, Tick, Upkeep, serve};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    serve(Sockets::from_environment, keep_up).await
}

async fn keep_up(sockets: &Sockets, tick: Tick) -> Result<(), Error> {
    let (alive, expired) = (Frame::keep_alive().to_json()?, Frame::expired().to_json()?);
    sockets.keep_up(Upkeep { alive: &alive, expired: &expired }, tick.deadline).await
}
