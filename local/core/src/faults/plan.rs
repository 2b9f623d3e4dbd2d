//! The file: a seed and a list of faults, in YAML or JSON.

use std::path::Path;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::chance::{Chance, KEYS};
use super::kind::Kind;
use crate::failure::Failure;

/// A fault plan as it is written; whether what it names exists is [`Plan::within`]'s to say.
#[derive(Debug)]
pub struct Plan {
    pub(super) seed: u64,
    pub(super) faults: Vec<(Kind, Chance)>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    seed: u64,
    faults: Vec<Value>,
}

impl Plan {
    /// Reads a file.
    ///
    /// # Errors
    /// It cannot be read, or [`Plan::parse`] fails.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let text = std::fs::read_to_string(path).map_err(|error| {
            let message = format!("cannot read the fault plan `{}`: {error}", path.display());
            Failure::new(message, "pass `--faults` with a file")
        })?;
        Self::parse(&text)
    }

    /// Reads a file's text.
    ///
    /// # Errors
    /// It is neither YAML nor JSON, or something in it is no fault plan's: a key, a rate, a status, a name.
    pub fn parse(text: &str) -> Result<Self, Failure> {
        let written: Written = serde_yaml_ng::from_str(text).map_err(|error| {
            let hint = "write `seed: 1`, and a list `faults:` of maps with a key `fault:` each: see `parlor --help`";
            Failure::new(format!("the fault plan is not understood: {error}"), hint)
        })?;
        let faults = written.faults.into_iter().enumerate().map(|(index, fault)| {
            parse_fault(fault).map_err(|reason| {
                let hint = format!("besides its own keys, each fault has `{}`, and no other", KEYS.join("`, `"));
                Failure::new(format!("fault {} of the plan is not understood: {reason}", index + 1), hint)
            })
        });
        Ok(Self { seed: written.seed, faults: faults.collect::<Result<_, _>>()? })
    }
}

/// The keys of all faults, and then those of its kind.
fn parse_fault(fault: Value) -> Result<(Kind, Chance), String> {
    let Value::Object(mut fault) = fault else {
        return Err("it is no map with a key `fault`".to_owned());
    };
    let of_all: Map<String, Value> = KEYS.iter().filter_map(|key| fault.shift_remove_entry(*key)).collect();
    let chance = serde_json::from_value(of_all.into()).map_err(|error| error.to_string())?;
    let kind = serde_json::from_value(fault.into()).map_err(|error| error.to_string())?;
    Ok((kind, chance))
}
