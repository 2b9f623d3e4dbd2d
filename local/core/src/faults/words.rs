//! Times, statuses and directions of faults.

use std::time::Duration;

use jiff::SignedDuration;
use serde::Deserialize;

/// The longest delay: an event is not older in Lambda's queue either (Lambda API, `PutFunctionEventInvokeConfig`).
const LONGEST_DELAY: Duration = Duration::from_secs(6 * 60 * 60);

/// A time with a unit, such as `20ms` or `2s`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Delay(pub(super) Duration);

impl TryFrom<String> for Delay {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let parsed = text.parse::<SignedDuration>().ok().and_then(|delay| Duration::try_from(delay).ok());
        let delay = parsed.ok_or_else(|| format!("`{text}` is no delay, which looks like `20ms` or `2s`"))?;
        if delay <= LONGEST_DELAY { Ok(Self(delay)) } else { Err(format!("the delay `{text}` is longer than 6 hours")) }
    }
}

/// How `@connections` answers a post that it does not deliver.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "u16")]
pub enum PostStatus {
    /// 410 `GoneException`.
    Gone = 410,
    /// 429 `LimitExceededException`.
    LimitExceeded = 429,
    /// 500.
    InternalServerError = 500,
    /// 503.
    ServiceUnavailable = 503,
}

impl TryFrom<u16> for PostStatus {
    type Error = String;

    fn try_from(status: u16) -> Result<Self, String> {
        let all = [Self::Gone, Self::LimitExceeded, Self::InternalServerError, Self::ServiceUnavailable];
        let known = all.into_iter().find(|known| *known as u16 == status);
        known.ok_or_else(|| format!("a post is answered with 410, 429, 500 or 503, and not with {status}"))
    }
}

/// How a socket ends without a close frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SocketEnding {
    /// The client reads the end of the stream.
    #[default]
    End,
    /// The client's system hears that the connection is reset.
    Reset,
}

impl SocketEnding {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::End => "end",
            Self::Reset => "reset",
        }
    }
}

/// Which way a message goes, as API Gateway calls it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// From a client.
    In,
    /// To a client.
    Out,
}
