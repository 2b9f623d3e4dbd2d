//! Why an invocation gave no result, in the words that Lambda uses for it.

use std::io;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::Duration;

use bytes::Bytes;
use rustix::process::Signal;
use serde_json::json;

/// The largest response of a function: 6 MB, and a little for the envelope.
///
/// Lambda's own message names this number: "Response payload size exceeded maximum allowed payload size".
pub(super) const MAX_RESPONSE_BYTES: usize = 6_291_556;

/// A reason for the header `X-Amz-Function-Error`.
#[derive(Debug)]
pub(super) enum FunctionFailure {
    /// The function reported an error; these are its own words.
    Reported(Bytes),
    /// The process ended before it answered.
    Exited(ExitStatus),
    /// The process did not answer, or did not get ready, within its time.
    TimedOut(Duration),
    /// The response was above [`MAX_RESPONSE_BYTES`].
    ResponseTooLarge,
    /// The process could not be started at all.
    NotStarted {
        /// What should have been started.
        executable: PathBuf,
        /// Why it was not.
        error: io::Error,
    },
    /// The host is stopping.
    Stopped,
}

impl FunctionFailure {
    /// The `errorType` in Lambda's vocabulary; `None` for what a function reported itself.
    pub(super) fn error_type(&self) -> Option<&'static str> {
        match self {
            FunctionFailure::Reported(_) => None,
            FunctionFailure::Exited(_) | FunctionFailure::Stopped => Some("Runtime.ExitError"),
            FunctionFailure::TimedOut(_) => Some("Sandbox.Timedout"),
            FunctionFailure::ResponseTooLarge => Some("Function.ResponseSizeTooLarge"),
            FunctionFailure::NotStarted { .. } => Some("Runtime.InvalidEntrypoint"),
        }
    }

    /// The sentence after `RequestId: …`; `None` for what a function reported itself.
    pub(super) fn sentence(&self) -> Option<String> {
        match self {
            FunctionFailure::Reported(_) => None,
            FunctionFailure::Exited(status) => Some(format!("Error: {}", exit_words(*status))),
            FunctionFailure::TimedOut(limit) => {
                Some(format!("Error: Task timed out after {:.2} seconds", limit.as_secs_f64()))
            }
            FunctionFailure::ResponseTooLarge => Some(format!(
                "Error: Response payload size exceeded maximum allowed payload size ({MAX_RESPONSE_BYTES} bytes)."
            )),
            FunctionFailure::NotStarted { executable, error } => {
                Some(format!("Error: {} could not be started: {error}", executable.display()))
            }
            FunctionFailure::Stopped => Some("Error: the local stack is stopping".to_owned()),
        }
    }

    /// The payload that the caller gets.
    pub(super) fn into_payload(self, request_id: &str) -> Bytes {
        match (self.error_type(), self.sentence(), self) {
            (_, _, FunctionFailure::Reported(payload)) => payload,
            (error_type, sentence, _) => json!({
                "errorType": error_type,
                "errorMessage": format!("RequestId: {request_id} {}", sentence.unwrap_or_default()),
            })
            .to_string()
            .into(),
        }
    }
}

fn exit_words(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(0), _) => "Runtime exited without providing a reason".to_owned(),
        (Some(code), _) => format!("Runtime exited with error: exit status {code}"),
        (None, Some(signal)) => format!("Runtime exited with error: signal: {}", signal_name(signal)),
        (None, None) => format!("Runtime exited with error: {status}"),
    }
}

/// Lambda's supervisor is written in Go, and these are Go's names for the signals.
fn signal_name(number: i32) -> String {
    let name = match Signal::from_named_raw(number) {
        Some(Signal::ABORT) => "aborted",
        Some(Signal::BUS) => "bus error",
        Some(Signal::FPE) => "floating point exception",
        Some(Signal::HUP) => "hangup",
        Some(Signal::ILL) => "illegal instruction",
        Some(Signal::INT) => "interrupt",
        Some(Signal::KILL) => "killed",
        Some(Signal::PIPE) => "broken pipe",
        Some(Signal::SEGV) => "segmentation fault",
        Some(Signal::TERM) => "terminated",
        _ => return format!("signal {number}"),
    };
    name.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_read_as_lambda_words_them() {
        // Wait statuses: the exit code stands in the second byte, a signal in the first.
        for (fault, words) in [
            (FunctionFailure::Exited(ExitStatus::from_raw(0x0100)), "Error: Runtime exited with error: exit status 1"),
            (FunctionFailure::Exited(ExitStatus::from_raw(0)), "Error: Runtime exited without providing a reason"),
            (FunctionFailure::Exited(ExitStatus::from_raw(9)), "Error: Runtime exited with error: signal: killed"),
            (FunctionFailure::Exited(ExitStatus::from_raw(6)), "Error: Runtime exited with error: signal: aborted"),
            (FunctionFailure::TimedOut(Duration::from_secs(3)), "Error: Task timed out after 3.00 seconds"),
            (FunctionFailure::TimedOut(Duration::from_millis(250)), "Error: Task timed out after 0.25 seconds"),
        ] {
            assert_eq!(fault.sentence().as_deref(), Some(words));
        }
    }

    #[test]
    fn a_function_s_own_words_pass_unchanged() {
        let own = Bytes::from_static(br#"{"errorMessage":"Unauthorized"}"#);
        assert_eq!(FunctionFailure::Reported(own.clone()).into_payload("id"), own);
    }
}
