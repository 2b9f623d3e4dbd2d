//! Every 4 minutes: keeps idle connections open, asks old ones to connect again, and prunes stale ones.

use std::process::ExitCode;

use parlor::{Aws, Error, ScheduledEvent, Sockets, SweepFrames, serve};

/// Frames that the client in `web` ignores.
const FRAMES: SweepFrames<'static> =
    SweepFrames { keep_alive: r#"{"event":"ping"}"#, renew: r#"{"event":"reconnect"}"# };

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    serve(async |aws: Aws| Sockets::from_environment(&aws), sweep).await
}

async fn sweep(sockets: &Sockets, event: ScheduledEvent) -> Result<(), Error> {
    sockets.sweep(FRAMES, event.deadline).await?.emit("WebSocketApp");
    Ok(())
}

#[cfg(test)]
mod tests {
    use parlor::Connection;
    use parlor::testing::{self, Backend};

    use super::*;

    #[tokio::test]
    async fn an_idle_connection_receives_a_frame() {
        let backend = Backend::start().await;
        let sockets = backend.sockets();
        let connection = Connection::new(&testing::connect("Ada=").build(), "everyone", "ada");
        sockets.directory().register(&connection).await.unwrap();

        sweep(&sockets, testing::scheduled_event()).await.unwrap();

        assert_eq!(backend.sent_to("Ada="), [FRAMES.keep_alive]);
    }
}
