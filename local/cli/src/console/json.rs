//! Events as objects, one for each line.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use local_core::events::Event;
use local_core::failure::Failure;

/// The line of an event, if it has one.
pub(super) fn line(event: &Event) -> Option<String> {
    let (kind, fields) = match event {
        // Its own `kind` replaces this one.
        Event::Connection(event) => ("activity", json!(event)),
        Event::ApiCall(call) => ("line", json!({ "source": call.api, "text": super::text::problem(call)? })),
        Event::Invocation(report) => ("invocation", json!(report)),
        Event::Output { source, line } => ("line", json!({ "source": source, "text": line.trim() })),
        Event::Fault(fault) => ("fault", json!(fault)),
        Event::Note { source: Some(source), text } => ("line", json!({ "source": source, "text": text.trim() })),
        Event::Note { source: None, text } => ("line", json!({ "text": text.trim() })),
        Event::Warning(text) => ("warning", json!({ "text": text.trim() })),
    };
    Some(object(kind, fields))
}

/// The line of a failure.
pub(super) fn failure(failure: &Failure) -> String {
    object("failure", json!({ "text": failure.message(), "hint": failure.hint() }))
}

/// An object with the time and, unless the fields have a kind of their own, `kind`.
fn object(kind: &str, fields: Value) -> String {
    let mut object = Map::from_iter([
        ("time".to_owned(), format!("{:.3}", Timestamp::now()).into()),
        ("kind".to_owned(), kind.into()),
    ]);
    if let Value::Object(fields) = fields {
        object.extend(fields);
    }
    Value::Object(object).to_string()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use local_core::events::{ConnectionEvent, ConnectionEventKind, InjectedFault, InvocationReport, InvocationStatus};

    fn fields(event: &Event) -> Value {
        let mut fields: Value = serde_json::from_str(&line(event).unwrap()).unwrap();
        assert!(fields.as_object_mut().unwrap().remove("time").is_some());
        fields
    }

    #[test]
    fn each_event_is_an_object() {
        let connection = ConnectionEvent {
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
        let report = InvocationReport {
            function: "chat".to_owned(),
            request_id: "1f0c".to_owned(),
            duration: Duration::from_micros(1230),
            init: None,
            memory_megabytes: 128,
            peak_megabytes: Some(9),
            status: InvocationStatus::TimedOut,
        };
        let fault = InjectedFault {
            number: 2,
            fault: "kill-function",
            effect: None,
            target: "chat 1f0c".to_owned(),
            event: 7,
            times: 1,
        };
        let table = [
            (
                Event::Connection(connection),
                json!({
                    "kind": "message", "api": "Api", "connectionId": "SOqGjdZioAMCEeg=",
                    "requestId": "SOqHkFxLIAMFpOw=", "routeKey": "$default", "function": "chat", "status": 200,
                    "durationMs": 1.234,
                }),
            ),
            (
                Event::Invocation(report),
                json!({
                    "kind": "invocation", "function": "chat", "requestId": "1f0c", "durationMs": 1.23, "initMs": null,
                    "memoryMb": 128, "peakMb": 9, "outcome": "timedOut",
                }),
            ),
            (
                Event::Fault(fault),
                json!({ "kind": "fault", "number": 2, "fault": "kill-function", "hit": "chat 1f0c", "event": 7, "times": 1 }),
            ),
            (Event::Warning("look ".to_owned()), json!({ "kind": "warning", "text": "look" })),
            (
                Event::Note { source: Some("Api".to_owned()), text: "one-way".to_owned() },
                json!({ "kind": "line", "source": "Api", "text": "one-way" }),
            ),
        ];
        for (event, expected) in table {
            assert_eq!(fields(&event), expected);
        }
    }
}
