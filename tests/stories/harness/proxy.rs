//! A TCP proxy that can be told to fail.

use std::sync::Arc;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// What the proxy does to its connections, old and new.
#[derive(Clone, Copy, PartialEq)]
enum Mode {
    Pass,
    Hold,
    Refuse,
}

/// Stands before a server until it is dropped.
pub(crate) struct Proxy {
    address: String,
    mode: Arc<watch::Sender<Mode>>,
    task: tokio::task::JoinHandle<()>,
}

impl Proxy {
    /// Stands before the server at `url`, such as `http://127.0.0.1:8000`.
    pub(crate) async fn start(url: &str) -> Self {
        let server = url.trim_start_matches("http://").trim_end_matches('/').to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a bound listener has an address").to_string();
        let mode = Arc::new(watch::Sender::new(Mode::Pass));
        let modes = mode.subscribe();
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(carry(client, server.clone(), modes.clone()));
            }
        });
        Self { address, mode, task }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Carries everything to and fro.
    pub(crate) fn pass(&self) {
        self.mode.send_replace(Mode::Pass);
    }

    /// Accepts connections and never answers.
    pub(crate) fn hold(&self) {
        self.mode.send_replace(Mode::Hold);
    }

    /// Ends every connection at once.
    pub(crate) fn refuse(&self) {
        self.mode.send_replace(Mode::Refuse);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A connection lives until the mode changes: what it carried is cut off, and a new one meets the new mode.
async fn carry(mut client: TcpStream, server: String, mut modes: watch::Receiver<Mode>) {
    let mode = *modes.borrow_and_update();
    let changed = async { while modes.changed().await.is_ok_and(|()| *modes.borrow() == mode) {} };
    let served = async {
        match mode {
            Mode::Refuse => {}
            Mode::Hold => std::future::pending().await,
            Mode::Pass => {
                let mut server = TcpStream::connect(server).await.expect("the server listens");
                let _ended = copy_bidirectional(&mut client, &mut server).await;
            }
        }
    };
    tokio::select! { () = changed => {}, () = served => {} }
}
