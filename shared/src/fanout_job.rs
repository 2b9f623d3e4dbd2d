//! A fan-out job: a frame, and the connections that it still has to be sent to.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use lambda_runtime::Context as Invocation;
use serde::{Deserialize, Serialize};

use crate::broadcast::Except;
use crate::pause::pause;
use crate::{Audience, Connection, Deadline, Error, Event, PageStart, Peer};

/// The version of the format of jobs. A function that does not know a job's version drops it with an error: during a
/// deployment both versions run.
const VERSION: u32 = 2;

/// The age at which a frame's jobs are dropped. Lambda starts a job whose process died once more, after a minute (Lambda
/// Developer Guide, "How Lambda handles errors and retries with asynchronous invocation"): the job of a process that died
/// early still arrives in time. Set `MaximumEventAgeInSeconds` in the template to the same.
pub(crate) const MAX_AGE: Duration = Duration::from_secs(120);

/// How often a connection is tried, by as many jobs.
pub(crate) const MAX_ATTEMPTS: u32 = 3;

/// The shortest pauses before a second and a third attempt; a random part makes them up to twice as long. What throttled the
/// first attempt has some room again by the second, and an outage of some seconds is over by the third.
const RETRY_PAUSES: [Duration; MAX_ATTEMPTS as usize - 1] = [Duration::from_millis(250), Duration::from_secs(6)];

/// Connections of one explicit job: with frames of some kilobytes they stay below the 256 KB that an asynchronous invocation
/// has always accepted (Lambda quotas). Lambda would reject a much larger frame for so many.
pub(crate) const JOB_CONNECTIONS: usize = 500;

/// A frame on its way, and where it still has to be sent.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FanoutJob {
    version: u32,
    pub(crate) frame: String,
    /// The frame's own id, for the log.
    pub(crate) frame_id: String,
    /// When the frame was accepted, in milliseconds since the epoch.
    accepted_at: u64,
    /// How often these connections have been tried; of a walk, how often its first page could not be read.
    pub(crate) attempt: u32,
    pub(crate) group: String,
    pub(crate) target: Target,
    /// What the broadcast leaves out, the sender's connection among it.
    pub(crate) except: Except,
}

/// Where a frame has to be sent.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Target {
    /// An audience, from a page on.
    #[serde(rename_all = "camelCase")]
    Audience {
        /// The one member of the audience; all members of the group if it is absent.
        member: Option<String>,
        /// The sort key that the page begins after; the first page if it is absent.
        after: Option<String>,
    },
    /// These connections.
    Connections(Vec<Recipient>),
    /// A connection whose handshake is about to complete.
    Connecting(Recipient),
}

/// A connection without its group, which is the job's.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Recipient {
    #[serde(rename = "m")]
    member: String,
    #[serde(flatten)]
    peer: Peer,
    #[serde(rename = "c")]
    connected_at: u64,
    #[serde(rename = "e")]
    ends_at: u64,
}

impl FanoutJob {
    /// A frame that has just been accepted, for an audience from the page at `start` on.
    pub(crate) fn walk(frame: &str, frame_id: &str, start: PageStart, except: &Except) -> Self {
        let (audience, after) = start.into_parts();
        let target = Target::Audience { member: audience.member, after };
        Self { except: except.clone(), ..Self::new(frame, frame_id, audience.group, target) }
    }

    /// A frame for a connection whose handshake is about to complete.
    pub(crate) fn greeting(frame: &str, connection: &Connection) -> Self {
        Self::new(frame, "", connection.group.clone(), Target::Connecting(Recipient::of(connection)))
    }

    fn new(frame: &str, frame_id: &str, group: String, target: Target) -> Self {
        let (frame, frame_id, except) = (frame.to_owned(), frame_id.to_owned(), Except::default());
        Self { version: VERSION, frame, frame_id, accepted_at: now(), attempt: 0, group, target, except }
    }

    /// The same frame for these connections alone, as one attempt more.
    pub(crate) fn again_for(&self, connections: &[Connection]) -> Self {
        let recipients = connections.iter().map(Recipient::of).collect();
        Self { attempt: self.attempt + 1, ..self.with_target(Target::Connections(recipients)) }
    }

    /// The same greeting, as one attempt more.
    pub(crate) fn greeting_again(&self, connection: &Connection) -> Self {
        Self { attempt: self.attempt + 1, ..self.with_target(Target::Connecting(Recipient::of(connection))) }
    }

    /// The same frame for these connections alone, as the first attempt.
    pub(crate) fn for_these(&self, connections: &[Connection]) -> Self {
        self.with_target(Target::Connections(connections.iter().map(Recipient::of).collect()))
    }

    /// The rest of the walk, of which no connection has been tried; `reads` is how often its first page could not be read.
    pub(crate) fn rest(&self, start: PageStart, reads: u32) -> Self {
        let (audience, after) = start.into_parts();
        Self { attempt: reads, ..self.with_target(Target::Audience { member: audience.member, after }) }
    }

    /// When the frame was accepted.
    pub(crate) fn accepted_at(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_millis(self.accepted_at)
    }

    /// How old the frame is.
    pub(crate) fn age(&self) -> Duration {
        Duration::from_millis(now().saturating_sub(self.accepted_at))
    }

    /// Whether the frame is too old, or was tried often enough.
    pub(crate) fn is_exhausted(&self) -> bool {
        self.age() >= MAX_AGE || self.attempt >= MAX_ATTEMPTS
    }

    /// Waits until it is time for this attempt.
    pub(crate) async fn pause(&self) {
        let retry = usize::try_from(self.attempt).ok().and_then(|attempt| attempt.checked_sub(1));
        if let Some(shortest) = retry.and_then(|retry| RETRY_PAUSES.get(retry)) {
            pause(*shortest).await;
        }
    }

    fn with_target(&self, target: Target) -> Self {
        let Self { frame, frame_id, group, except, .. } = self;
        let (frame, frame_id, group) = (frame.clone(), frame_id.clone(), group.clone());
        Self { frame, frame_id, group, target, except: except.clone(), ..*self }
    }
}

impl Recipient {
    fn of(connection: &Connection) -> Self {
        let Connection { member, peer, connected_at, ends_at, .. } = connection.clone();
        Self { member, peer, connected_at, ends_at }
    }

    pub(crate) fn into_connection(self, group: &str) -> Connection {
        let Self { member, peer, connected_at, ends_at } = self;
        Connection::from_parts(peer, connected_at, group, member).until(ends_at)
    }
}

impl FanoutJob {
    /// The audience of a walk.
    pub(crate) fn audience(&self, member: Option<String>) -> Audience {
        Audience { group: self.group.clone(), member }
    }
}

/// The event of a fan-out function: a job, and how long its invocation may take.
///
/// ```
/// use parlor::{Error, FanoutEvent, FanoutWorker};
///
/// async fn deliver(worker: &FanoutWorker, event: FanoutEvent) -> Result<(), Error> {
///     worker.carry_out(event).await
/// }
/// ```
pub struct FanoutEvent {
    pub(crate) job: FanoutJob,
    pub(crate) deadline: Deadline,
    /// The ARN that was invoked, with the alias if there was one: further jobs are invoked as this one, with the same limits. `cargo lambda watch`
    /// gives none.
    pub(crate) invoked: Option<String>,
}

impl Event for FanoutEvent {
    type Payload = serde_json::Value;
    type Answer = ();

    fn parse(payload: Self::Payload, invocation: &Invocation) -> Result<Self, Error> {
        let job: FanoutJob = serde_json::from_value(payload).map_err(|_content| Error::Event("an unreadable job"))?;
        if job.version != VERSION {
            return Err(Error::Event("a job of another version"));
        }
        let invoked = Some(invocation.invoked_function_arn.clone()).filter(|arn| arn.starts_with("arn:"));
        Ok(Self { job, deadline: Deadline::of_background(invocation.deadline), invoked })
    }
}

fn now() -> u64 {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connection(id: &str) -> Connection {
        let endpoint = "https://abcdef1234.execute-api.us-east-1.amazonaws.com/dev".parse().unwrap();
        let peer = Peer::new(id.parse().unwrap(), endpoint);
        Connection::from_parts(peer, 1_700_000_000_123, "room", "Zoë 🦀").until(1_700_003_600)
    }

    fn job() -> FanoutJob {
        let except = Except { connections: vec!["sender=".parse().unwrap()], members: vec!["ada".to_owned()] };
        FanoutJob::walk("{}", "frame", Audience::group("room").into(), &except)
    }

    #[test]
    fn a_job_survives_its_way_through_lambda() {
        let connection = connection("SOqGjdZioAMCEeg=");
        let job = job().again_for(std::slice::from_ref(&connection));
        let payload = serde_json::to_value(&job).unwrap();
        let read = FanoutEvent::parse(payload, &Invocation::default()).unwrap().job;
        assert_eq!((read.attempt, read.except.connections[0].as_str()), (1, "sender="));
        let Target::Connections(recipients) = read.target else { panic!("it names its connections") };
        let connections: Vec<_> = recipients.into_iter().map(|recipient| recipient.into_connection("room")).collect();
        assert_eq!(connections, [connection]);
    }

    #[test]
    fn a_full_job_with_the_longest_frame_fits_into_an_invocation() {
        const ASYNCHRONOUS_PAYLOAD: usize = 256 * 1024;
        let user = "u".repeat(36);
        let connections: Vec<_> = (0..JOB_CONNECTIONS)
            .map(|number| Connection { member: user.clone(), ..connection(&format!("{number:015}=")) })
            .collect();
        // A long frame: 500 code points of four bytes each, twice 1 KB of attributes, names and ids.
        let job = FanoutJob { frame: "f".repeat(6 * 1024), ..job().for_these(&connections) };
        let bytes = serde_json::to_vec(&job).unwrap().len();
        assert!(bytes <= ASYNCHRONOUS_PAYLOAD, "{bytes} bytes");
    }

    #[test]
    fn old_jobs_and_those_that_were_tried_often_are_dropped() {
        assert!(!job().is_exhausted());
        assert!(FanoutJob { attempt: MAX_ATTEMPTS, ..job() }.is_exhausted());
        let max_age = u64::try_from(MAX_AGE.as_millis()).unwrap();
        assert!(FanoutJob { accepted_at: now() - max_age, ..job() }.is_exhausted());
        assert!(!FanoutJob { accepted_at: now() + max_age, ..job() }.is_exhausted(), "a clock may be ahead");
    }

    #[test]
    fn the_rest_of_a_walk_has_the_audience_of_the_walk() {
        let audience = Audience::member("room", "ada");
        let start = PageStart::from_parts(audience, Some("3:ada:x".to_owned()));
        let next = job().rest(start, 2);
        let Target::Audience { member, after } = next.target else { panic!("it walks") };
        assert_eq!((member.as_deref(), after.as_deref(), next.attempt), (Some("ada"), Some("3:ada:x"), 2));
    }

    #[test]
    fn further_jobs_go_to_the_alias_that_was_invoked() {
        let alias = "arn:aws:lambda:us-east-1:123456789012:function:fanout:live";
        for (invoked, expected) in [(alias, Some(alias)), ("function-arn", None), ("", None)] {
            let mut invocation = Invocation::default();
            invocation.invoked_function_arn = invoked.to_owned();
            let event = FanoutEvent::parse(serde_json::to_value(job()).unwrap(), &invocation).unwrap();
            assert_eq!(event.invoked.as_deref(), expected);
        }
    }

    #[test]
    fn a_job_of_another_version_is_rejected() {
        let other = serde_json::to_value(FanoutJob { version: VERSION + 1, ..job() }).unwrap();
        assert!(FanoutEvent::parse(other, &Invocation::default()).is_err());
    }
}
