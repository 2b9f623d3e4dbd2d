//! One line for each thing that happens to a connection: a handshake, a message, a call of `@connections`, a close.

use std::fmt::{self, Display, Formatter};
use std::time::Duration;

use owo_colors::{OwoColorize, Stream::Stderr};
use serde::{Serialize, Serializer};

/// Something that happened at an API. It names ids, routes and outcomes, and never what a message says.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Activity<'a> {
    pub(crate) kind: Kind,
    /// The logical id of the API.
    pub(crate) api: &'a str,
    pub(crate) connection_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) request_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) route_key: Option<&'a str>,
    /// The function behind the route, or `mock`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) function: Option<&'a str>,
    /// An HTTP status, or the code of a close frame.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) status: Option<u16>,
    #[serde(rename = "durationMs", serialize_with = "milliseconds")]
    pub(crate) duration: Duration,
    /// What is wrong and how to mend it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) problem: Option<&'a str>,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Kind {
    Handshake,
    Message,
    Post,
    Get,
    Delete,
    /// A call of `@connections` by a method that it does not have.
    Unknown,
    /// A request that asks neither for a connection nor for something about one.
    Request,
    Close,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Self::Handshake => "handshake",
            Self::Message => "message",
            Self::Post => "post",
            Self::Get => "get",
            Self::Delete => "delete",
            Self::Unknown => "unknown",
            Self::Request => "request",
            Self::Close => "close",
        }
    }
}

impl Display for Activity<'_> {
    fn fmt(&self, to: &mut Formatter<'_>) -> fmt::Result {
        write!(to, "{:<9} {:<16}", self.kind.word(), self.connection_id)?;
        if let Some(status) = self.status {
            let is_fine = matches!(status, 101 | 200..300 | 1000 | 1001 | 1005);
            let status = status.to_string();
            match is_fine {
                true => write!(to, " {}", status.if_supports_color(Stderr, |text| text.green()))?,
                false => write!(to, " {}", status.if_supports_color(Stderr, |text| text.yellow()))?,
            }
        }
        if let Some(route_key) = self.route_key {
            write!(to, " {}", route_key.if_supports_color(Stderr, |text| text.bold()))?;
        }
        if let Some(function) = self.function {
            write!(to, " → {function}")?;
        }
        write!(to, " {:.1} ms", self.duration.as_secs_f64() * 1000.0)?;
        if let Some(request_id) = self.request_id {
            write!(to, " {}", request_id.if_supports_color(Stderr, |text| text.dimmed()))?;
        }
        match self.problem {
            Some(problem) => write!(to, ": {}", problem.if_supports_color(Stderr, |text| text.red())),
            None => Ok(()),
        }
    }
}

fn milliseconds<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64((duration.as_secs_f64() * 1.0e6).round() / 1.0e3)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_activity_is_one_line_and_one_object() {
        let mut activity = Activity {
            kind: Kind::Message,
            api: "Api",
            connection_id: "SOqGjdZioAMCEeg=",
            request_id: Some("SOqHkFxLIAMFpOw="),
            route_key: Some("$default"),
            function: Some("chat"),
            status: Some(200),
            duration: Duration::from_micros(1234),
            problem: None,
        };
        assert_eq!(activity.to_string(), "message   SOqGjdZioAMCEeg= 200 $default → chat 1.2 ms SOqHkFxLIAMFpOw=");
        assert_eq!(
            json!(activity),
            json!({
                "kind": "message", "api": "Api", "connectionId": "SOqGjdZioAMCEeg=", "requestId": "SOqHkFxLIAMFpOw=",
                "routeKey": "$default", "function": "chat", "status": 200, "durationMs": 1.234,
            })
        );
        activity = Activity {
            kind: Kind::Close,
            request_id: None,
            route_key: None,
            function: None,
            status: Some(1006),
            problem: Some("gone"),
            ..activity
        };
        assert_eq!(activity.to_string(), "close     SOqGjdZioAMCEeg= 1006 1.2 ms: gone");
    }
}
