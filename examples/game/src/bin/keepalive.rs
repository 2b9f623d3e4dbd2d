//! Every 4 minutes: keeps quiet connections open, and asks old ones to connect again.

use parlor::{Aws, Error, ScheduledEvent, Sockets, SweepFrames};

const FRAMES: SweepFrames<'static> =
    SweepFrames { keep_alive: r#"{"event":"ping"}"#, renew: r#"{"event":"reconnect"}"# };

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::process::ExitCode {
    parlor::serve(async |aws: Aws| Sockets::from_environment(&aws), sweep).await
}

async fn sweep(sockets: &Sockets, event: ScheduledEvent) -> Result<(), Error> {
    sockets.sweep(FRAMES, event.deadline).await?.emit("Game");
    Ok(())
}
