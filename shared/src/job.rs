//! What one function hands to another: a frame, and to whom it still has to go.

use std::hash::{BuildHasher, RandomState};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use lambda_runtime::Context as Invocation;
use serde::{Deserialize, Serialize};

use crate::connections::PageStart;
use crate::{Connection, ConnectionId, Deadline, Endpoint, Error, Event, Peer};

/// The version of the form that jobs are written in. A function that does not know a job's version drops it, loudly: during a
/// deployment both versions run.
const VERSION: u32 = 1;

/// How old a frame may grow before its jobs are dropped. Lambda starts a job whose process died once more, after a minute
/// (Lambda Developer Guide, "How Lambda handles errors and retries with asynchronous invocation"): one that died early comes in
/// time. Beyond that, what was said is history. The template's `MaximumEventAgeInSeconds` says the same to Lambda.
pub(crate) const LONGEST_LIFE: Duration = Duration::from_secs(120);

/// How often a recipient is tried, by as many jobs.
pub(crate) const MOST_ATTEMPTS: u32 = 3;

/// The least pauses before a second and a third attempt; with chance they are up to twice as long. Whatever throttled the first
/// has some room again by the second, and an outage of some seconds is over by the third.
const RETRY_PAUSES: [Duration; MOST_ATTEMPTS as usize - 1] = [Duration::from_millis(250), Duration::from_secs(6)];

/// Recipients of one explicit job: with frames of some kilobytes they are below the 256 KB that an asynchronous invocation
/// has carried from the beginning (Lambda quotas). A much larger frame for so many would not be taken.
pub(crate) const EXPLICIT_RECIPIENTS: usize = 500;

/// A frame on its way, and who shall still have it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Job {
    version: u32,
    pub(crate) frame: String,
    /// The frame's own id, for the log.
    pub(crate) frame_id: String,
    /// When the frame was accepted, in milliseconds since the epoch.
    pub(crate) accepted_at: u64,
    /// How often these recipients have been tried; of a walk, how often its first page was read in vain.
    pub(crate) attempt: u32,
    pub(crate) group: String,
    pub(crate) to: Recipients,
    /// The sender's connection, which gets the frame from whoever accepted it.
    pub(crate) skips: Option<String>,
}

/// Who shall have a frame.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Recipients {
    /// Everybody from a page on.
    #[serde(rename_all = "camelCase")]
    Walk {
        /// The one member who is meant; everybody in the group if there is none.
        member: Option<String>,
        /// The sort key after which the page begins; the first page if there is none.
        after: Option<String>,
    },
    /// These and nobody else.
    Explicit(Vec<Recipient>),
}

/// A connection without its group, which is the job's.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Recipient {
    #[serde(rename = "m")]
    member: String,
    #[serde(rename = "i")]
    id: String,
    #[serde(rename = "u")]
    endpoint: String,
    #[serde(rename = "c")]
    connected_at: u64,
    #[serde(rename = "e")]
    ends_at: u64,
}

impl Job {
    /// A frame that has just been accepted, for `group` from the page at `start` on.
    pub(crate) fn walk(frame: &str, frame_id: &str, start: PageStart, skips: Option<&ConnectionId>) -> Self {
        let (group, member, after) = start.into_parts();
        Self {
            version: VERSION,
            frame: frame.to_owned(),
            frame_id: frame_id.to_owned(),
            accepted_at: now(),
            attempt: 0,
            group,
            to: Recipients::Walk { member, after },
            skips: skips.map(ToString::to_string),
        }
    }

    /// The same frame for these connections alone, tried once more.
    pub(crate) fn again_for(&self, connections: &[Connection]) -> Self {
        Self { attempt: self.attempt + 1, to: explicit(connections), ..self.without_recipients() }
    }

    /// The same frame for these connections alone, tried for the first time.
    pub(crate) fn for_these(&self, connections: &[Connection]) -> Self {
        Self { to: explicit(connections), ..self.without_recipients() }
    }

    /// The rest of the walk, whose recipients nobody has tried; `reads` says how often its first page was read in vain.
    pub(crate) fn rest(&self, start: PageStart, reads: u32) -> Self {
        let (_group, member, after) = start.into_parts();
        Self { attempt: reads, to: Recipients::Walk { member, after }, ..self.without_recipients() }
    }

    /// When the frame was accepted.
    pub(crate) fn accepted(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_millis(self.accepted_at)
    }

    /// How old the frame is.
    pub(crate) fn age(&self) -> Duration {
        Duration::from_millis(now().saturating_sub(self.accepted_at))
    }

    /// Whether nobody wants to hear the frame any more, or often enough was tried.
    pub(crate) fn is_exhausted(&self) -> bool {
        self.age() >= LONGEST_LIFE || self.attempt >= MOST_ATTEMPTS
    }

    /// Waits until it is time for this attempt.
    pub(crate) async fn pause(&self) {
        let retry = usize::try_from(self.attempt).ok().and_then(|attempt| attempt.checked_sub(1));
        if let Some(least) = retry.and_then(|retry| RETRY_PAUSES.get(retry)) {
            pause(*least).await;
        }
    }

    fn without_recipients(&self) -> Self {
        Self {
            version: VERSION,
            frame: self.frame.clone(),
            frame_id: self.frame_id.clone(),
            group: self.group.clone(),
            skips: self.skips.clone(),
            to: Recipients::Explicit(Vec::new()),
            ..*self
        }
    }
}

/// Waits so long at least, and up to twice as long: those who try again shall not do so at the same time.
pub(crate) async fn pause(least: Duration) {
    let random = RandomState::new().hash_one(least);
    let chance = f64::from(u32::try_from(random >> 32).unwrap_or_default()) / f64::from(u32::MAX);
    tokio::time::sleep(least + least.mul_f64(chance)).await;
}

fn explicit(connections: &[Connection]) -> Recipients {
    Recipients::Explicit(connections.iter().map(Recipient::of).collect())
}

impl Recipient {
    fn of(connection: &Connection) -> Self {
        Self {
            member: connection.member.clone(),
            id: connection.peer.id.to_string(),
            endpoint: connection.peer.endpoint.to_string(),
            connected_at: connection.connected_at,
            ends_at: connection.ends_at,
        }
    }

    pub(crate) fn into_connection(self, group: &str) -> Connection {
        let peer = Peer { id: ConnectionId::new(self.id), endpoint: Endpoint::recorded(self.endpoint) };
        let Self { member, connected_at, ends_at, .. } = self;
        Connection { group: group.to_owned(), member, peer, connected_at, ends_at }
    }
}

/// A job as it arrives, and how long its invocation may take.
pub struct Delivering {
    pub(crate) job: Job,
    pub(crate) deadline: Deadline,
}

impl Event for Delivering {
    type Payload = Job;

    fn parse(job: Self::Payload, invocation: &Invocation) -> Result<Self, Error> {
        if job.version != VERSION {
            return Err(Error::Event("a job of another version"));
        }
        Ok(Self { job, deadline: Deadline::of_background(invocation.deadline) })
    }
}

fn now() -> u64 {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Audience;

    fn connection(id: &str) -> Connection {
        Connection {
            group: "room".to_owned(),
            member: "Zoë 🦀".to_owned(),
            peer: Peer {
                id: ConnectionId::new(id.to_owned()),
                endpoint: Endpoint::recorded("https://abcdef1234.execute-api.us-east-1.amazonaws.com/dev".to_owned()),
            },
            connected_at: 1_700_000_000_123,
            ends_at: 1_700_003_600,
        }
    }

    fn job() -> Job {
        Job::walk("{}", "frame", Audience::group("room").into(), Some(&ConnectionId::new("sender=".to_owned())))
    }

    #[test]
    fn a_job_survives_its_way_through_lambda() {
        let connection = connection("SOqGjdZioAMCEeg=");
        let job = job().again_for(std::slice::from_ref(&connection));
        let read: Job = serde_json::from_slice(&serde_json::to_vec(&job).unwrap()).unwrap();
        assert_eq!((read.attempt, read.skips.as_deref()), (1, Some("sender=")));
        let Recipients::Explicit(recipients) = read.to else { panic!("it names its recipients") };
        let connections: Vec<_> = recipients.into_iter().map(|recipient| recipient.into_connection("room")).collect();
        assert_eq!(connections, [connection]);
    }

    #[test]
    fn a_full_job_with_the_longest_frame_fits_into_an_invocation() {
        const ASYNCHRONOUS_PAYLOAD: usize = 256 * 1024;
        let user = "u".repeat(36);
        let connections: Vec<_> = (0..EXPLICIT_RECIPIENTS)
            .map(|number| Connection { member: user.clone(), ..connection(&format!("{number:015}=")) })
            .collect();
        // The longest of this project: 500 code points of four bytes each, twice 1 KB of attributes, names and ids.
        let job = Job { frame: "f".repeat(6 * 1024), ..job().for_these(&connections) };
        let bytes = serde_json::to_vec(&job).unwrap().len();
        assert!(bytes <= ASYNCHRONOUS_PAYLOAD, "{bytes} bytes");
    }

    #[test]
    fn old_jobs_and_those_that_were_tried_often_are_dropped() {
        assert!(!job().is_exhausted());
        assert!(Job { attempt: MOST_ATTEMPTS, ..job() }.is_exhausted());
        let longest_life = u64::try_from(LONGEST_LIFE.as_millis()).unwrap();
        assert!(Job { accepted_at: now() - longest_life, ..job() }.is_exhausted());
        assert!(!Job { accepted_at: now() + longest_life, ..job() }.is_exhausted(), "a clock may be ahead");
    }

    #[test]
    fn the_rest_of_a_walk_is_for_whom_the_walk_was() {
        let start = PageStart::from_parts("room", Some("ada".to_owned()), Some("3:ada:x".to_owned()));
        let next = job().rest(start, 2);
        let Recipients::Walk { member, after } = next.to else { panic!("it walks") };
        assert_eq!((member.as_deref(), after.as_deref(), next.attempt), (Some("ada"), Some("3:ada:x"), 2));
    }

    #[test]
    fn a_job_of_another_version_is_refused() {
        let other = Job { version: VERSION + 1, ..job() };
        assert!(Delivering::parse(other, &Invocation::default()).is_err());
    }
}
