//! The listener of an API.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use local_sam::WebSocketApi;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::gateway::Gateway;
use super::options::WebSocketApiOptions;
use super::{limits, server};

/// Serves `api` at `listener` until `shutdown` is cancelled; then clients are closed with 1001, and no function runs.
pub fn serve(
    listener: TcpListener,
    api: WebSocketApi,
    options: WebSocketApiOptions,
    shutdown: CancellationToken,
) -> BoxFuture<'static, ()> {
    let gateway = Arc::new(Gateway::new(api, options, shutdown.clone()));
    Box::pin(accept(listener, gateway, shutdown))
}

async fn accept(listener: TcpListener, gateway: Arc<Gateway>, shutdown: CancellationToken) {
    // Every task that holds a peer's socket holds a clone: when the last is gone, clients have heard of the end.
    // Functions that still run are not waited for.
    let (alive, mut ended) = mpsc::channel(1);
    while let Some(accepted) = shutdown.run_until_cancelled(listener.accept()).await {
        match accepted {
            Ok((stream, peer)) => drop(tokio::spawn(server::serve_peer(gateway.clone(), stream, peer, alive.clone()))),
            Err(error) => {
                gateway.note(format_args!("cannot accept a connection: {error}"));
                sleep(limits::ACCEPT_PAUSE).await;
            }
        }
    }
    drop(listener);
    drop(alive);
    let _: Result<Option<()>, _> = timeout(limits::SHUTDOWN_GRACE, ended.recv()).await;
}
