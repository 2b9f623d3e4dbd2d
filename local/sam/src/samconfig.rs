//! `samconfig.toml`, or its YAML form: the values of parameters in it.
//!
//! `sam` reads one table for each of its commands, and takes from `global` what the command's own has not. No command of
//! `sam` runs WebSocket APIs, so the first of [`COMMANDS`] with `parameter_overrides` counts here.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::parameter_overrides;
use local_core::failure::Failure;

/// Whose parameters are taken: a local run's own, else what is deployed, else what all commands share.
pub const COMMANDS: [&str; 3] = ["local_start_api", "deploy", "global"];
/// The environment that is read by default.
const DEFAULT_ENVIRONMENT: &str = "default";
/// The names of the file beside the template, in the order in which `sam` prefers them.
const FILES: [&str; 3] = ["samconfig.toml", "samconfig.yaml", "samconfig.yml"];
/// What `sam` follows to another file, and nothing here does.
const INCLUDE: &str = "$include";

/// Which part of which file is read.
#[derive(Clone, Debug, Default)]
pub struct Choice {
    /// The file; relative paths start at the template's directory, as for `sam`.
    pub file: Option<PathBuf>,
    /// The environment: `default` if none is named.
    pub environment: Option<String>,
}

/// What the file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Configuration {
    /// The name of the file, if there is one.
    pub file: String,
    /// The values of parameters.
    pub parameters: BTreeMap<String, String>,
}

/// The file that is read: the one that is asked for, or the one next to `template`.
pub fn file(template: &Path, choice: &Choice) -> Option<PathBuf> {
    let directory = template.parent().unwrap_or(Path::new(""));
    match &choice.file {
        Some(file) => Some(directory.join(file)),
        None => FILES.iter().map(|name| directory.join(name)).find(|path| path.is_file()),
    }
}

/// Reads the configuration next to `template`. If no file is there, and none is asked for, it is empty.
///
/// # Errors
/// The file or the environment that is asked for does not exist, or the file cannot be read.
pub fn read(template: &Path, choice: &Choice) -> Result<Configuration, Failure> {
    let Some(path) = file(template, choice) else {
        return match &choice.environment {
            None => Ok(Configuration::default()),
            Some(name) => Err(Failure::new(
                format!("the environment `{name}` does not exist: no `{}` is next to the template", FILES[0]),
                "name the file with `--config-file FILE`",
            )),
        };
    };
    let file = path.display().to_string();
    let text = std::fs::read_to_string(&path).map_err(|error| {
        Failure::new(
            format!("cannot read the configuration `{file}`: {error}"),
            "name another one with `--config-file FILE`; relative paths start at the template's directory",
        )
    })?;
    let is_toml = path.extension().is_none_or(|extension| extension != "yaml" && extension != "yml");
    let parameters = parse(&text, is_toml, &file, choice.environment.as_deref())?;
    Ok(Configuration { file, parameters })
}

/// The values in the `text` of `file`.
pub(super) fn parse(
    text: &str,
    is_toml: bool,
    file: &str,
    environment: Option<&str>,
) -> Result<BTreeMap<String, String>, Failure> {
    let document = if is_toml { toml_document(text) } else { yaml_document(text) };
    let document = document.map_err(|reason| {
        Failure::new(format!("`{file}` is not a configuration of `sam`: {reason}"), "correct it, or move it away")
    })?;
    let name = environment.unwrap_or(DEFAULT_ENVIRONMENT);
    let Some(commands) = document.get(name) else {
        return match environment {
            None => Ok(BTreeMap::new()),
            Some(_) => Err(unknown_environment(name, file, &document)),
        };
    };
    let overrides = COMMANDS
        .iter()
        .find_map(|command| Some((command, commands.get(command)?.get("parameters")?.get("parameter_overrides")?)));
    let Some((command, overrides)) = overrides else {
        return Ok(BTreeMap::new());
    };
    let mut parameters = BTreeMap::new();
    collect(overrides, &mut parameters).map_err(|failure| {
        let place = format!("`parameter_overrides` of `{name}.{command}` in `{file}`");
        Failure::new(format!("{place}: {}", failure.message()), failure.hint())
    })?;
    Ok(parameters)
}

fn toml_document(text: &str) -> Result<Value, String> {
    let table: toml::Table = toml::from_str(text).map_err(|error| place(&error, text))?;
    Ok(Value::Object(table.into_iter().map(|(key, value)| (key, json(value))).collect()))
}

/// The parser's own message shows the line, in which a secret may stand.
fn place(error: &toml::de::Error, text: &str) -> String {
    let before = error.span().and_then(|span| text.get(..span.start));
    let line = before.map_or(String::new(), |before| format!(" in line {}", before.matches('\n').count() + 1));
    format!("{}{line}", error.message())
}

fn json(value: toml::Value) -> Value {
    match value {
        toml::Value::String(text) => Value::String(text),
        toml::Value::Integer(number) => number.into(),
        toml::Value::Float(number) => number.into(),
        toml::Value::Boolean(boolean) => boolean.into(),
        toml::Value::Datetime(time) => time.to_string().into(),
        toml::Value::Array(items) => items.into_iter().map(json).collect(),
        toml::Value::Table(table) => table.into_iter().map(|(key, value)| (key, json(value))).collect(),
    }
}

fn yaml_document(text: &str) -> Result<Value, String> {
    serde_yaml_ng::from_str(text).map_err(|error| {
        let line = error.location().map_or(String::new(), |location| format!(" in line {}", location.line()));
        format!("it is not YAML{line}")
    })
}

/// Adds what a text, a list or a table says to `parameters`.
fn collect(overrides: &Value, parameters: &mut BTreeMap<String, String>) -> Result<(), Failure> {
    match overrides {
        Value::Null => {}
        Value::String(text) if text.starts_with("file://") => return Err(elsewhere()),
        Value::String(text) => parameters.extend(parameter_overrides::parse([text])?),
        Value::Array(items) => items.iter().try_for_each(|item| collect(item, parameters))?,
        Value::Object(table) if table.contains_key(INCLUDE) => return Err(elsewhere()),
        Value::Object(table) => {
            for (key, value) in table {
                parameters.insert(key.clone(), table_value(key, value)?);
            }
        }
        Value::Bool(_) | Value::Number(_) => {
            return Err(Failure::new("it is neither text nor a list nor a table", "write it as `[\"Key=Value\"]`"));
        }
    }
    Ok(())
}

/// Lists become texts with commas between, and what is missing becomes empty.
fn table_value(key: &str, value: &Value) -> Result<String, Failure> {
    let scalar = super::scalar::scalar_text;
    match value {
        Value::Null => Ok(String::new()),
        Value::Array(items) => {
            let items = items.iter().filter_map(scalar).map(|item| item.trim().to_owned());
            Ok(items.filter(|item| !item.is_empty()).collect::<Vec<_>>().join(","))
        }
        _ => scalar(value).ok_or_else(|| {
            Failure::new(format!("the value of `{key}` is a table"), "write it as text, a number or a list")
        }),
    }
}

fn elsewhere() -> Failure {
    Failure::new(
        "it is in another file, which is not read here",
        "write the values here, or pass them with `--parameter-overrides`",
    )
}

fn unknown_environment(name: &str, file: &str, document: &Value) -> Failure {
    let environments = document.as_object().into_iter().flatten().filter(|(_, value)| value.is_object());
    let names: Vec<String> = environments.map(|(name, _)| format!("`{name}`")).collect();
    let hint = match names.len() {
        0 => "it has no environments".to_owned(),
        _ => format!("it has {}", names.join(", ")),
    };
    Failure::new(format!("`{file}` has no environment `{name}`"), hint)
}
