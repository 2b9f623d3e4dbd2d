//! Events as lines for a person.

use std::fmt::{self, Display, Formatter};
use std::time::Duration;

use http::StatusCode;
use owo_colors::{OwoColorize, Stream::Stderr};

use local_core::events::{
    ApiCall, ConnectionEvent, ConnectionEventKind, Event, InjectedFault, InvocationReport, InvocationStatus,
};
use local_core::failure::Failure;

/// The line of an event, if it has one.
pub(super) fn line(event: &Event) -> Option<String> {
    Some(match event {
        Event::Connection(event) => sourced(&event.api, OneLine(event)),
        Event::ApiCall(call) => sourced(&call.api, problem(call)?),
        Event::Invocation(report) => sourced(&report.function, OneLine(report)),
        Event::Output { source, line: text } | Event::Note { source: Some(source), text } => sourced(source, text),
        Event::Fault(fault) => sourced(&format!("fault {}", fault.number), OneLine(fault)),
        Event::Note { source: None, text } => text.clone(),
        Event::Warning(text) => warning(text),
    })
}

/// Whether an event is about something that goes well, or about what always happens.
pub(super) fn is_routine(event: &Event) -> bool {
    match event {
        Event::Connection(event) => event.problem.is_none(),
        Event::Invocation(_) => true,
        Event::ApiCall(_) | Event::Output { .. } | Event::Fault(_) | Event::Note { .. } | Event::Warning(_) => false,
    }
}

/// Why an HTTP API itself answered. Of calls that went well there is no line.
pub(super) fn problem(call: &ApiCall) -> Option<String> {
    let ApiCall { method, path, status, function, problem, .. } = call;
    let problem = problem.as_ref()?;
    Some(match (StatusCode::from_u16(*status), function) {
        (Ok(status), Some(function)) if status != StatusCode::FORBIDDEN => {
            format!("{status} for a call of `{function}`: {problem}")
        }
        _ => format!("{method} {path} is forbidden: {problem}"),
    })
}

/// The lines of a failure.
pub(super) fn failure(failure: &Failure) -> String {
    let error = "error:".if_supports_color(Stderr, |word| word.red()).to_string();
    format!("{error} {}\n\nhint: {}", failure.message(), failure.hint())
}

/// The line of a warning.
pub(super) fn warning(text: &str) -> String {
    format!("{} {text}", "warning:".if_supports_color(Stderr, |word| word.yellow()))
}

fn sourced(source: &str, text: impl Display) -> String {
    format!("{} {text}", format_args!("[{source}]").if_supports_color(Stderr, |word| word.dimmed()))
}

/// An event in words.
struct OneLine<'a, T>(&'a T);

impl Display for OneLine<'_, ConnectionEvent> {
    fn fmt(&self, to: &mut Formatter<'_>) -> fmt::Result {
        let event = self.0;
        write!(to, "{:<9} {:<16}", word(event.kind), event.connection_id)?;
        if let Some(status) = event.status {
            let is_fine = matches!(status, 101 | 200..300 | 1000 | 1001 | 1005);
            let status = status.to_string();
            match is_fine {
                true => write!(to, " {}", status.if_supports_color(Stderr, |text| text.green()))?,
                false => write!(to, " {}", status.if_supports_color(Stderr, |text| text.yellow()))?,
            }
        }
        if let Some(route_key) = &event.route_key {
            write!(to, " {}", route_key.if_supports_color(Stderr, |text| text.bold()))?;
        }
        if let Some(function) = &event.function {
            write!(to, " → {function}")?;
        }
        write!(to, " {:.1} ms", milliseconds(event.duration))?;
        if let Some(request_id) = &event.request_id {
            write!(to, " {}", request_id.if_supports_color(Stderr, |text| text.dimmed()))?;
        }
        match &event.problem {
            Some(problem) => write!(to, ": {}", problem.if_supports_color(Stderr, |text| text.red())),
            None => Ok(()),
        }
    }
}

fn word(kind: ConnectionEventKind) -> &'static str {
    match kind {
        ConnectionEventKind::Handshake => "handshake",
        ConnectionEventKind::Message => "message",
        ConnectionEventKind::Post => "post",
        ConnectionEventKind::Get => "get",
        ConnectionEventKind::Delete => "delete",
        ConnectionEventKind::Unknown => "unknown",
        ConnectionEventKind::Request => "request",
        ConnectionEventKind::Close => "close",
    }
}

impl Display for OneLine<'_, InvocationReport> {
    fn fmt(&self, to: &mut Formatter<'_>) -> fmt::Result {
        let report = self.0;
        // The INIT phase is billed for every function since August 2025:
        // https://aws.amazon.com/blogs/compute/aws-lambda-standardizes-billing-for-init-phase/
        let billed = (report.duration + report.init.unwrap_or_default()).as_nanos().div_ceil(1_000_000);
        write!(
            to,
            "REPORT RequestId: {} Duration: {:.2} ms Billed Duration: {billed} ms Memory Size: {} MB",
            report.request_id,
            milliseconds(report.duration),
            report.memory_megabytes,
        )?;
        if let Some(peak) = report.peak_megabytes {
            write!(to, " Max Memory Used: {peak} MB")?;
        }
        if let Some(init) = report.init {
            write!(to, " Init Duration: {:.2} ms", milliseconds(init))?;
        }
        match report.status {
            InvocationStatus::TimedOut => to.write_str(" Status: timeout"),
            InvocationStatus::Returned | InvocationStatus::Failed => Ok(()),
        }
    }
}

impl Display for OneLine<'_, InjectedFault> {
    fn fmt(&self, to: &mut Formatter<'_>) -> fmt::Result {
        let InjectedFault { fault, effect, target, event, times, .. } = self.0;
        to.write_str(fault)?;
        if let Some(effect) = effect {
            write!(to, " {effect}")?;
        }
        write!(to, " → {target} (time {times}, event {event})")
    }
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_of_a_connection_is_one_line() {
        let mut event = ConnectionEvent {
            kind: ConnectionEventKind::Message,
            api: "Api".to_owned(),
            connection_id: "SOqGjdZioAMCEeg=".to_owned(),
            request_id: Some("SOqHkFxLIAMFpOw=".to_owned()),
            route_key: Some("$default".to_owned()),
            function: Some("chat".to_owned()),
            status: Some(200),
            duration: Duration::from_micros(1234),
            problem: None,
        };
        let line = OneLine(&event).to_string();
        assert_eq!(line, "message   SOqGjdZioAMCEeg= 200 $default → chat 1.2 ms SOqHkFxLIAMFpOw=");
        event = ConnectionEvent {
            kind: ConnectionEventKind::Close,
            request_id: None,
            route_key: None,
            function: None,
            status: Some(1006),
            problem: Some("gone".to_owned()),
            ..event
        };
        assert_eq!(OneLine(&event).to_string(), "close     SOqGjdZioAMCEeg= 1006 1.2 ms: gone");
    }

    #[test]
    fn a_report_reads_as_lambda_words_it() {
        let mut report = InvocationReport {
            function: "scripted".to_owned(),
            request_id: "1f0c".to_owned(),
            duration: Duration::from_micros(1230),
            init: None,
            memory_megabytes: 128,
            peak_megabytes: Some(9),
            status: InvocationStatus::Returned,
        };
        assert_eq!(
            OneLine(&report).to_string(),
            "REPORT RequestId: 1f0c Duration: 1.23 ms Billed Duration: 2 ms Memory Size: 128 MB Max Memory Used: 9 MB"
        );
        report.init = Some(Duration::from_micros(8100));
        report.peak_megabytes = None;
        assert_eq!(
            OneLine(&report).to_string(),
            "REPORT RequestId: 1f0c Duration: 1.23 ms Billed Duration: 10 ms Memory Size: 128 MB Init Duration: 8.10 ms"
        );
    }

    #[test]
    fn a_fault_names_its_effect_and_its_target() {
        let mut fault = InjectedFault {
            number: 6,
            fault: "kill-function",
            effect: Some("20ms".to_owned()),
            target: "chat 1f0c".to_owned(),
            event: 3,
            times: 1,
        };
        assert_eq!(OneLine(&fault).to_string(), "kill-function 20ms → chat 1f0c (time 1, event 3)");
        fault.effect = None;
        assert_eq!(OneLine(&fault).to_string(), "kill-function → chat 1f0c (time 1, event 3)");
    }
}
