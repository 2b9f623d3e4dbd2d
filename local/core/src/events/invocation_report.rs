//! A finished invocation.

use std::time::Duration;

use serde::{Serialize, Serializer};

/// A finished invocation: what Lambda's REPORT line says of it.
#[derive(Clone, Debug, Serialize)]
pub struct InvocationReport {
    /// The function's name.
    pub function: String,
    /// The request id.
    #[serde(rename = "requestId")]
    pub request_id: String,
    /// From the hand-over of the event to the response.
    #[serde(rename = "durationMs", serialize_with = "as_milliseconds")]
    pub duration: Duration,
    /// How long the process took to get ready, if it was started for this invocation.
    #[serde(rename = "initMs", serialize_with = "as_optional_milliseconds")]
    pub init: Option<Duration>,
    /// The template's `MemorySize`.
    #[serde(rename = "memoryMb")]
    pub memory_megabytes: u32,
    /// The peak of the process's resident memory, where the operating system reports it.
    #[serde(rename = "peakMb")]
    pub peak_megabytes: Option<u64>,
    /// How it ended.
    #[serde(rename = "outcome")]
    pub status: InvocationStatus,
}

/// How an invocation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum InvocationStatus {
    /// The function returned a result.
    Returned,
    /// The function failed.
    Failed,
    /// The function reached its timeout.
    TimedOut,
}

#[expect(clippy::ref_option, reason = "serde passes a reference to the field")]
fn as_optional_milliseconds<S: Serializer>(duration: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
    duration.map(in_milliseconds).serialize(serializer)
}

/// Milliseconds, rounded to microseconds.
pub(super) fn as_milliseconds<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(in_milliseconds(*duration))
}

fn in_milliseconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1.0e6).round() / 1.0e3
}
