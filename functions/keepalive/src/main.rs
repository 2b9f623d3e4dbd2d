//! Every few minutes: keeps quiet connections open, asks old ones to renew themselves, closes those whose session is over, and
//! prunes stale ones.

use std::process::ExitCode;

use chat::{Frame, METRICS_NAMESPACE};
use parlor::{Aws, Error, ScheduledEvent, Sockets, SweepFrames, serve};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    serve(async |aws: Aws| Sockets::from_environment(&aws), sweep).await
}

async fn sweep(sockets: &Sockets, event: ScheduledEvent) -> Result<(), Error> {
    let (keep_alive, renew) = (Frame::keep_alive().to_json()?, Frame::expired().to_json()?);
    let frames = SweepFrames { keep_alive: &keep_alive, renew: &renew };
    sockets.sweep(frames, event.deadline).await?.emit(METRICS_NAMESPACE);
    Ok(())
}
