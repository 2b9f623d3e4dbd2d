//! The lines that Lambda writes to a function's log about an invocation.

use std::fmt;
use std::time::Duration;

use serde::Serialize;
use serde_json::json;

use super::fault::Fault;
use super::function_error::FunctionError;
use crate::console;

/// A finished invocation.
#[derive(Debug)]
pub(super) struct Report<'a> {
    /// The function's name.
    pub(super) function: &'a str,
    /// The request id.
    pub(super) request_id: &'a str,
    /// From the hand-over of the event to the answer.
    pub(super) duration: Duration,
    /// How long the process took to get ready, if it was started for this invocation.
    pub(super) init: Option<Duration>,
    /// The template's `MemorySize`.
    pub(super) memory_megabytes: u32,
    /// The peak of the process's resident memory, where the operating system tells it.
    pub(super) peak_megabytes: Option<u64>,
    /// How it ended.
    pub(super) outcome: Outcome,
}

impl Report<'_> {
    /// Prints it.
    pub(super) fn print(&self) {
        let fields = json!({
            "function": self.function,
            "requestId": self.request_id,
            "durationMs": milliseconds(self.duration),
            "initMs": self.init.map(milliseconds),
            "memoryMb": self.memory_megabytes,
            "peakMb": self.peak_megabytes,
            "outcome": self.outcome,
        });
        console::report(self.function, self, &fields);
    }
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The INIT phase is billed for every function since August 2025:
        // https://aws.amazon.com/blogs/compute/aws-lambda-standardizes-billing-for-init-phase/
        let billed = (self.duration + self.init.unwrap_or_default()).as_nanos().div_ceil(1_000_000);
        write!(
            formatter,
            "REPORT RequestId: {} Duration: {:.2} ms Billed Duration: {billed} ms Memory Size: {} MB",
            self.request_id,
            milliseconds(self.duration),
            self.memory_megabytes,
        )?;
        if let Some(peak) = self.peak_megabytes {
            write!(formatter, " Max Memory Used: {peak} MB")?;
        }
        if let Some(init) = self.init {
            write!(formatter, " Init Duration: {:.2} ms", milliseconds(init))?;
        }
        match self.outcome {
            Outcome::TimedOut => formatter.write_str(" Status: timeout"),
            Outcome::Returned | Outcome::Failed => Ok(()),
        }
    }
}

/// How an invocation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Outcome {
    Returned,
    Failed,
    TimedOut,
}

impl<T> From<&Result<T, Fault>> for Outcome {
    fn from(result: &Result<T, Fault>) -> Self {
        match result {
            Ok(_) => Self::Returned,
            Err(Fault::TimedOut(_)) => Self::TimedOut,
            Err(_) => Self::Failed,
        }
    }
}

/// Tells of a process that did not get ready.
pub(super) fn init_failure(function: &str, request_id: &str, duration: Duration, fault: &Fault) {
    let status = match fault {
        Fault::TimedOut(_) => "timeout".to_owned(),
        Fault::Reported(payload) => {
            let own = FunctionError::read(payload).error_type;
            format!("error Error Type: {}", own.as_deref().unwrap_or("Runtime.InitError"))
        }
        other => format!("error Error Type: {}", other.error_type().unwrap_or("Runtime.InitError")),
    };
    failure(function, request_id, fault);
    console::from(
        function,
        format_args!("INIT_REPORT Init Duration: {:.2} ms Phase: init Status: {status}", milliseconds(duration)),
    );
}

/// Tells why an invocation failed, unless the function said so itself.
pub(super) fn failure(function: &str, request_id: &str, fault: &Fault) {
    if let Some(sentence) = fault.sentence() {
        console::from(function, format_args!("RequestId: {request_id} {sentence}"));
    }
}

/// The peak of a process's resident memory so far, in megabytes: known on Linux only.
pub(super) fn peak_megabytes(process_id: u32) -> Option<u64> {
    // A file of the kernel's memory, not of a disk: reading it does not block.
    let status = std::fs::read_to_string(format!("/proc/{process_id}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes.div_ceil(1024))
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_reads_as_lambda_words_it() {
        let mut report = Report {
            function: "scripted",
            request_id: "1f0c",
            duration: Duration::from_micros(1230),
            init: None,
            memory_megabytes: 128,
            peak_megabytes: Some(9),
            outcome: Outcome::Returned,
        };
        assert_eq!(
            report.to_string(),
            "REPORT RequestId: 1f0c Duration: 1.23 ms Billed Duration: 2 ms Memory Size: 128 MB Max Memory Used: 9 MB"
        );
        report.init = Some(Duration::from_micros(8100));
        report.peak_megabytes = None;
        assert_eq!(
            report.to_string(),
            "REPORT RequestId: 1f0c Duration: 1.23 ms Billed Duration: 10 ms Memory Size: 128 MB Init Duration: 8.10 ms"
        );
    }
}
