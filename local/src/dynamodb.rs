//! DynamoDB: an embedded server, and a template's tables in it or in another.

mod tables;

use std::path::{Path, PathBuf};

use dynoxide::Database;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::console;
use crate::failure::Failure;

pub use tables::create_tables;

/// The one file of a kept database in the directory that the person chose.
const FILE: &str = "dynamodb.sqlite";

/// Serves DynamoDB's JSON protocol on `listener` until `shutdown`, from memory or from a file in `data`.
///
/// Rows past their time to live stay: DynamoDB itself deletes them days late, and readers check the time.
///
/// # Errors
/// The directory or the file in it cannot be opened.
pub fn serve(
    listener: TcpListener,
    data: Option<PathBuf>,
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
    Ok(tokio::spawn(async move {
        let served = dynoxide::server::serve_with_shutdown(listener, database, shutdown.cancelled_owned()).await;
        if let Err(reason) = served {
            console::warning(format_args!("the embedded DynamoDB ended: {reason}"));
        }
    }))
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
