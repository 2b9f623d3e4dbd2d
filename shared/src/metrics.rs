//! Figures for CloudWatch, written as a line of the log (CloudWatch embedded metric format).

use std::collections::BTreeMap;
use std::io::Write;
use std::time::{Duration, SystemTime};

use aws_sdk_dynamodb::primitives::{DateTime, DateTimeFormat};
use serde_json::{Value, json};

/// Where CloudWatch files the figures.
const NAMESPACE: &str = "Parlor";

/// The one dimension: figures of one function are summed over all that it does. A dimension for each group would be a metric
/// of its own for each, and each has its price.
const DIMENSION: &str = "FunctionName";

/// What one piece of work came to: a line that CloudWatch makes metrics of, in the namespace `Parlor`, by function.
///
/// A line carries up to 100 figures (CloudWatch's limit). Names are those of metrics, such as `Recipients`, and not `_aws`,
/// `FunctionName`, `level` or `timestamp`, which stand beside them.
#[derive(Debug, Default)]
#[must_use = "figures that are not emitted are lost"]
pub struct Metrics(BTreeMap<&'static str, Figure>);

#[derive(Debug)]
struct Figure {
    unit: &'static str,
    value: Value,
}

impl Metrics {
    /// No figure yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds how many there were of something.
    pub fn count(self, name: &'static str, count: usize) -> Self {
        self.with(name, "Count", count.into())
    }

    /// Adds how long something took or how old it was, in milliseconds.
    pub fn milliseconds(self, name: &'static str, duration: Duration) -> Self {
        let milliseconds = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        self.with(name, "Milliseconds", milliseconds.into())
    }

    /// Writes the line to standard output.
    pub fn emit(self) {
        let variable = |name| std::env::var(name).unwrap_or_default();
        let line =
            self.line(&variable("AWS_LAMBDA_FUNCTION_NAME"), &variable("AWS_LAMBDA_LOG_LEVEL"), SystemTime::now());
        // One write, so that no other line comes in between. There is nobody to tell that it failed.
        let _unwritten = std::io::stdout().lock().write_all(format!("{line}\n").as_bytes());
    }

    fn with(mut self, name: &'static str, unit: &'static str, value: Value) -> Self {
        self.0.insert(name, Figure { unit, value });
        self
    }

    /// The line calls itself as important as the least that the log takes: Lambda drops what is below the function's log
    /// level, takes a line without level and time for INFO, and makes no exception for metrics. With the level ERROR, alarms
    /// would hear nothing any more.
    fn line(&self, function: &str, log_level: &str, now: SystemTime) -> Value {
        let now = DateTime::from(now);
        let definitions: Vec<_> =
            self.0.iter().map(|(name, figure)| json!({ "Name": name, "Unit": figure.unit })).collect();
        let mut line = json!({
            "_aws": {
                "Timestamp": now.to_millis().unwrap_or_default(),
                "CloudWatchMetrics": [
                    { "Namespace": NAMESPACE, "Dimensions": [[DIMENSION]], "Metrics": definitions },
                ],
            },
            DIMENSION: function,
            "level": if log_level.is_empty() { "INFO" } else { log_level },
            "timestamp": now.fmt(DateTimeFormat::DateTime).unwrap_or_default(),
        });
        for (name, figure) in &self.0 {
            line[*name] = figure.value.clone();
        }
        line
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    #[test]
    fn a_line_is_what_cloudwatch_makes_metrics_of() {
        let metrics = Metrics::new().count("Recipients", 3).milliseconds("AgeOfFrame", Duration::from_millis(41));
        let now = UNIX_EPOCH + Duration::from_millis(1_669_969_280_754);
        let expected = json!({
            "_aws": {
                "Timestamp": 1_669_969_280_754_u64,
                "CloudWatchMetrics": [{
                    "Namespace": "Parlor",
                    "Dimensions": [["FunctionName"]],
                    "Metrics": [
                        { "Name": "AgeOfFrame", "Unit": "Milliseconds" },
                        { "Name": "Recipients", "Unit": "Count" },
                    ],
                }],
            },
            "FunctionName": "parlor-dev-Fanout",
            "level": "INFO",
            "timestamp": "2022-12-02T08:21:20.754Z",
            "AgeOfFrame": 41,
            "Recipients": 3,
        });
        assert_eq!(metrics.line("parlor-dev-Fanout", "", now), expected);
    }

    #[test]
    fn no_log_level_silences_a_line() {
        for level in ["DEBUG", "INFO", "WARN", "ERROR"] {
            let line = Metrics::new().count("Dropped", 1).line("f", level, SystemTime::now());
            assert_eq!(line["level"], level);
        }
    }
}
