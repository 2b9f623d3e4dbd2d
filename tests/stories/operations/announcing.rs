//! What the three operations have in common that say something into a room.

use aws_sdk_ivschat::client::customize::CustomizableOperation;
use aws_sdk_ivschat::config::Config;
use aws_sdk_ivschat::config::retry::RetryConfig;
use serde_json::Value;

/// Asserts that a frame is an event that no client asked for.
pub(super) fn assert_event(frame: &Value, id: &str, name: &str, attributes: &Value) {
    let mut members: Vec<_> = frame.as_object().expect("a frame is an object").keys().map(String::as_str).collect();
    members.sort_unstable();
    assert_eq!(members, ["Attributes", "EventName", "Id", "RequestId", "SendTime", "Type"]);
    assert_eq!((&frame["Type"], &frame["Id"], &frame["RequestId"]), (&"EVENT".into(), &id.into(), &"".into()));
    assert_eq!((&frame["EventName"], &frame["Attributes"]), (&name.into(), attributes));
    assert_eq!(id.len(), 12);
    assert!(frame["SendTime"].as_str().is_some_and(|time| time.ends_with('Z')), "{frame}");
}

/// Lets the SDK not try again: it would, for seconds.
pub(super) fn quietly<T, E, B>(operation: CustomizableOperation<T, E, B>) -> CustomizableOperation<T, E, B> {
    operation.config_override(Config::builder().retry_config(RetryConfig::disabled()))
}
