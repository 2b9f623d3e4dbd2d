//! Metrics for CloudWatch, written as a line of the log (CloudWatch embedded metric format).

use std::collections::BTreeMap;
use std::io::Write;
use std::time::{Duration, SystemTime};

use aws_sdk_dynamodb::primitives::{DateTime, DateTimeFormat};
use serde_json::{Value, json};

/// The one dimension: the metrics of a function are summed over everything that it does. A dimension for each group would
/// make a metric for each group, and each metric has its price.
const DIMENSION: &str = "FunctionName";

/// The figures of one piece of work: a line of the log that CloudWatch makes metrics of, by function, in a namespace of yours.
///
/// A line has up to 100 figures (CloudWatch's limit). Names are those of metrics, such as `Recipients`; `_aws`,
/// `FunctionName`, `level` and `timestamp` are fields of the line itself.
///
/// ```
/// parlor::Metrics::new("MyApp").count("MovesRejected", 2).emit();
/// ```
#[derive(Debug)]
#[must_use = "figures that are not emitted are lost"]
pub struct Metrics {
    namespace: &'static str,
    figures: BTreeMap<&'static str, Figure>,
}

#[derive(Debug)]
struct Figure {
    unit: &'static str,
    value: Value,
}

impl Metrics {
    /// A line without figures.
    pub fn new(namespace: &'static str) -> Self {
        Self { namespace, figures: BTreeMap::new() }
    }

    /// Adds a count.
    pub fn count(self, name: &'static str, count: usize) -> Self {
        self.with(name, "Count", count.into())
    }

    /// Adds a duration or an age, in milliseconds.
    pub fn milliseconds(self, name: &'static str, duration: Duration) -> Self {
        let milliseconds = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        self.with(name, "Milliseconds", milliseconds.into())
    }

    /// Writes the line to standard output.
    pub fn emit(self) {
        let variable = |name| std::env::var(name).unwrap_or_default();
        let line =
            self.line(&variable("AWS_LAMBDA_FUNCTION_NAME"), &variable("AWS_LAMBDA_LOG_LEVEL"), SystemTime::now());
        // One write, so that no other line comes in between. A failure cannot be logged: the log is what failed.
        let _unwritten = std::io::stdout().lock().write_all(format!("{line}\n").as_bytes());
    }

    fn with(mut self, name: &'static str, unit: &'static str, value: Value) -> Self {
        self.figures.insert(name, Figure { unit, value });
        self
    }

    /// The line has the function's own log level: Lambda drops lines below it, takes a line without level and time for INFO,
    /// and makes no exception for metrics. With another level, a function that logs errors only would have no metrics.
    fn line(&self, function: &str, log_level: &str, now: SystemTime) -> Value {
        let now = DateTime::from(now);
        let definitions: Vec<_> =
            self.figures.iter().map(|(name, figure)| json!({ "Name": name, "Unit": figure.unit })).collect();
        let mut line = json!({
            "_aws": {
                "Timestamp": now.to_millis().unwrap_or_default(),
                "CloudWatchMetrics": [
                    { "Namespace": self.namespace, "Dimensions": [[DIMENSION]], "Metrics": definitions },
                ],
            },
            DIMENSION: function,
            "level": if log_level.is_empty() { "INFO" } else { log_level },
            "timestamp": now.fmt(DateTimeFormat::DateTime).unwrap_or_default(),
        });
        for (name, figure) in &self.figures {
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
    fn a_line_has_the_embedded_metric_format() {
        let metrics =
            Metrics::new("Parlor").count("Recipients", 3).milliseconds("AgeOfFrame", Duration::from_millis(41));
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
    fn a_line_passes_every_log_level() {
        for level in ["DEBUG", "INFO", "WARN", "ERROR"] {
            let line = Metrics::new("Parlor").count("Dropped", 1).line("f", level, SystemTime::now());
            assert_eq!(line["level"], level);
        }
    }
}
