//! What is left when everybody has gone quiet.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use serde_json::Value;

use super::promises::Broken;

/// What a job may cost: it is invoked for once, and whatever repeats it stays within twice as much again.
const INVOCATIONS_PER_JOB: usize = 3;

/// Reads the recorded invocations of `fanout`, and tells how many jobs there were.
pub(super) fn jobs(recorded: &Path) -> Result<usize, Broken> {
    let mut frames: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for event in events(&recorded.join("FanoutFunction")) {
        let job: Value = serde_json::from_str(&event).map_err(|error| format!("no job: {error}: {event}"))?;
        frames.entry(job["frameId"].to_string()).or_default().push(event);
    }
    let mut jobs = 0;
    for (frame, invocations) in frames {
        let distinct: HashSet<_> = invocations.iter().collect();
        if invocations.len() > INVOCATIONS_PER_JOB * distinct.len() {
            return Err(format!(
                "the frame {frame} took {} invocations for {} jobs; the last is {}",
                invocations.len(),
                distinct.len(),
                invocations.last().map_or("", String::as_str)
            ));
        }
        jobs += distinct.len();
    }
    Ok(jobs)
}

fn events(directory: &Path) -> Vec<String> {
    let files = std::fs::read_dir(directory).into_iter().flatten();
    files.map(|file| std::fs::read_to_string(file.expect("a file").path()).expect("an event")).collect()
}
