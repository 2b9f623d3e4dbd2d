//! One frame to a whole audience.

use futures_util::stream::{self, StreamExt};

use crate::error::Chain;
use crate::{Connection, Delivery, Error, Page, Peer, Sockets};

/// Posts on their way at once. A post takes a few milliseconds within a region, so this many keep one connection pool
/// busy at some thousand posts a second without holding more frames in memory than these.
const CONCURRENT_POSTS: usize = 64;

/// A frame, and who shall have it.
#[derive(Debug)]
pub struct FanOut<'a> {
    /// The text of the frame, the same for everybody.
    pub frame: &'a str,
    /// The first page of the audience; the pages after it are read as the posts go on.
    pub first: Page,
    /// Who gets the frame after everybody else: its sender, to whom it says that all the others have it.
    pub last: Option<&'a Peer>,
}

/// What became of a fan-out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Connections that got the frame.
    pub sent: usize,
    /// Connections that were gone.
    pub gone: usize,
    /// Connections that could not be reached, after retries. The log says why.
    pub failed: usize,
}

impl Sockets {
    /// Sends a frame to an audience, page after page, with up to 64 posts at a time. Connections that are gone are
    /// forgotten at the end, off the way of everybody's frame; what goes wrong with one recipient concerns no other.
    ///
    /// # Errors
    /// A page cannot be read, or the last recipient cannot be reached for another reason than that it is gone.
    pub async fn fan_out(&self, job: FanOut<'_>) -> Result<Report, Error> {
        let mut report = Report::default();
        let mut gone = Vec::new();
        let mut page = job.first;
        loop {
            let recipients = page.connections.into_iter().filter(|connection| Some(&connection.peer) != job.last);
            let mut posts =
                stream::iter(recipients).map(|to| self.post(to, job.frame)).buffer_unordered(CONCURRENT_POSTS);
            while let Some((connection, delivery)) = posts.next().await {
                match delivery {
                    Ok(Delivery::Sent) => report.sent += 1,
                    Ok(Delivery::Gone) => gone.push(connection),
                    Ok(Delivery::TooLarge) => report.failed += 1,
                    Err(error) => {
                        tracing::warn!(recipient = %connection.peer.id, cause = %Chain(&error), "a frame was not delivered");
                        report.failed += 1;
                    }
                }
            }
            drop(posts);
            match page.next {
                Some(start) => page = self.page(start).await?,
                None => break,
            }
        }
        if let Some(peer) = job.last {
            report.sent += usize::from(self.send(peer, job.frame).await? == Delivery::Sent);
        }
        report.gone = gone.len();
        self.forget_all(gone).await;
        Ok(report)
    }

    async fn post(&self, connection: Connection, frame: &str) -> (Connection, Result<Delivery, Error>) {
        let delivery = self.send(&connection.peer, frame).await;
        (connection, delivery)
    }

    async fn forget_all(&self, gone: Vec<Connection>) {
        let forgotten = stream::iter(&gone).map(|connection| self.forget_gone(connection));
        forgotten
            .buffer_unordered(CONCURRENT_POSTS)
            .for_each(|outcome| async {
                // The row stays for the next 410, or for its expiry.
                if let Err(error) = outcome {
                    tracing::warn!(cause = %Chain(&error), "a dead connection was not forgotten");
                }
            })
            .await;
    }
}
