//! DynamoDB: an embedded server, and a template's tables in it or in another.

mod door;
mod tables;

use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use dynoxide::Database;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use local_core::events::Reporter;
use local_core::failure::Failure;
use local_core::faults::Faults;
use local_core::forward::{self, Upstream};

pub use tables::create_tables;

/// The one file of a kept database in the directory that the person chose.
const FILE: &str = "dynamodb.sqlite";
/// DynamoDB takes requests of up to 16 MB, the size of a `BatchWriteItem`.
const MAX_BODY_BYTES: usize = 16 * 1024 * 1024;
/// Far longer than any operation on a local table takes.
const CALL_LIMIT: Duration = Duration::from_secs(60);

/// Serves DynamoDB's JSON protocol on `listener` until `shutdown`, from memory or from a file in `data`, unless `faults`
/// answer.
///
/// The embedded server lets every web page read and write, so it gets an address that nobody is told or can guess,
/// and what stands on `listener` passes on what comes from programs. Should either of the two end, so does the other.
///
/// Rows past their time to live stay: DynamoDB itself deletes them days late, and readers check the time.
///
/// # Errors
/// The directory or the file in it cannot be opened.
pub async fn serve(
    listener: TcpListener,
    data: Option<PathBuf>,
    faults: &Faults,
    reporter: Reporter,
    shutdown: CancellationToken,
) -> Result<JoinHandle<()>, Failure> {
    let database = match &data {
        Some(directory) => open(directory)?,
        None => Database::memory().map_err(|error| {
            Failure::new(
                format!("the embedded DynamoDB does not start: {error}"),
                "pass `--dynamodb URL` to use another",
            )
        })?,
    };
    let (behind, url) = hidden_listener().await?;
    let upstream = Upstream { name: "embedded DynamoDB", url, max_body_bytes: MAX_BODY_BYTES, call_limit: CALL_LIMIT };
    let either_ended = shutdown.child_token();
    let name = upstream.name;
    let router = door::with_faults(forward::router(upstream, reporter.clone()), faults);
    let server = dynoxide::server::serve_with_shutdown(behind, database, either_ended.clone().cancelled_owned());
    Ok(tokio::spawn(async move {
        let front = async {
            forward::serve(listener, name, router, &reporter, either_ended.clone()).await;
            either_ended.cancel();
        };
        let server = async {
            if let Err(reason) = server.await {
                reporter.warning(format_args!("the embedded DynamoDB ended: {reason}"));
            }
            either_ended.cancel();
        };
        tokio::join!(front, server);
    }))
}

/// Somewhere among the 16 million addresses of loopback, where no page can try them all with every port. Only on
/// Linux do all of them exist: elsewhere the port alone is hidden.
async fn hidden_listener() -> Result<(TcpListener, String), Failure> {
    let [second, third, fourth] = rand::random::<[u8; 3]>();
    let bind = async {
        let listener = match TcpListener::bind((Ipv4Addr::new(127, second, third, fourth), 0)).await {
            Ok(listener) => listener,
            Err(_) => TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?,
        };
        let url = format!("http://{}", listener.local_addr()?);
        std::io::Result::Ok((listener, url))
    };
    bind.await.map_err(|error| {
        Failure::new(
            format!("the embedded DynamoDB finds no free port: {error}"),
            "pass `--dynamodb URL` to use another",
        )
    })
}

fn open(directory: &Path) -> Result<Database, Failure> {
    let refused = |reason: String| {
        Failure::new(
            format!("the tables in `{}` cannot be opened: {reason}", directory.display()),
            "pass `--data` with a directory that you may write to, or leave it out to keep the tables in memory",
        )
    };
    std::fs::create_dir_all(directory).map_err(|error| refused(error.to_string()))?;
    let file = directory.join(FILE);
    let path = file.to_str().ok_or_else(|| refused("its name is not UTF-8".to_owned()))?;
    Database::new(path).map_err(|error| refused(error.to_string()))
}

#[cfg(test)]
mod tests {
    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn the_hidden_address_is_not_where_pages_look() {
        let (listener, url) = super::hidden_listener().await.unwrap();
        let address = listener.local_addr().unwrap();
        assert!(address.ip().is_loopback() && address.ip() != std::net::Ipv4Addr::LOCALHOST, "{address}");
        assert_eq!(url, format!("http://{address}"));
    }
}
