//! The command line: what is judged, and which cases judge it.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, ValueEnum};
use jiff::SignedDuration;

use crate::case::{Area, Case};
use crate::suite::{self, CONCURRENCY, Selection, Slow};
use crate::target::{Api, Credentials, Limits, Target};
use crate::{Addresses, addresses};

const ENVIRONMENT: &str = "\
Credentials come from the file of addresses if it has some, else from AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and
AWS_SESSION_TOKEN; the region from --region, from the file, or from AWS_REGION. An unprivileged credential may also stand in
UNPRIVILEGED_ACCESS_KEY_ID, UNPRIVILEGED_SECRET_ACCESS_KEY and UNPRIVILEGED_SESSION_TOKEN.";

/// Tells whether a WebSocket API behaves as Amazon API Gateway's do, case by case.
#[derive(Clone, Debug, Parser)]
#[command(name = "conformance", version, after_help = ENVIRONMENT, max_term_width = 120)]
struct Options {
    /// What `parlor --json` prints, or the outputs of the stack on AWS; `-` is standard input.
    #[arg(value_name = "FILE")]
    addresses: Option<PathBuf>,

    /// The address of one API, also several times: its logical id, where clients connect and, if that is not on the same host,
    /// where `@connections` is.
    #[arg(long = "api", value_name = "NAME=URL[,URL]", value_parser = named_api)]
    apis: Vec<(String, Api)>,

    /// The region that calls are signed for.
    #[arg(long)]
    region: Option<String>,

    /// A credential without permission for `@connections`: its access key id.
    #[arg(long, value_name = "KEY", requires = "unprivileged_secret_access_key", help_heading = "Credentials")]
    unprivileged_access_key_id: Option<String>,

    /// The secret access key that belongs to it.
    #[arg(long, value_name = "SECRET", requires = "unprivileged_access_key_id", help_heading = "Credentials")]
    unprivileged_secret_access_key: Option<String>,

    /// Print the selected cases and run none.
    #[arg(long, help_heading = "Cases")]
    list: bool,

    /// Only cases of this area, also several times.
    #[arg(long, value_name = "AREA", help_heading = "Cases")]
    area: Vec<Area>,

    /// Only cases whose names contain this text, also several times.
    #[arg(long, value_name = "TEXT", help_heading = "Cases")]
    name: Vec<String>,

    /// Run cases that take minutes on AWS, too.
    #[arg(long, help_heading = "Cases")]
    slow: bool,

    /// Cases at the same time; each keeps a function busy or two.
    #[arg(long, value_name = "NUMBER", default_value_t = CONCURRENCY, help_heading = "Cases")]
    concurrency: usize,

    /// How long a connection may be silent before it is closed.
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "10m", help_heading = "Limits")]
    idle_timeout: Duration,

    /// How long a connection may live before it is closed.
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "2h", help_heading = "Limits")]
    max_lifetime: Duration,
}

impl ValueEnum for Area {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<clap::builder::PossibleValue> {
        Some(self.name().into())
    }
}

/// Words for the person at the terminal: what is wrong, and what to do.
struct Failure {
    message: String,
    hint: &'static str,
}

/// Runs what the command line asks for; the exit code tells whether every case holds.
pub async fn main() -> ExitCode {
    let options = Options::parse();
    let outcome = if options.list { Ok((listed(&options.selection().cases()), true)) } else { judge(&options).await };
    match outcome {
        Ok((text, holds)) => {
            // Who closes the pipe has read enough.
            let _ = write!(std::io::stdout(), "{text}");
            if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(Failure { message, hint }) => {
            let _ = writeln!(std::io::stderr(), "error: {message}\n\nhint: {hint}");
            ExitCode::from(2)
        }
    }
}

async fn judge(options: &Options) -> Result<(String, bool), Failure> {
    let board = suite::run(options.target()?, &options.selection()).await;
    Ok((board.to_string(), board.holds()))
}

fn listed(cases: &[Case]) -> String {
    let line = |case: &Case| {
        let speed = if case.slow { " (slow)" } else { "" };
        format!("{:<11}  {:<10}  {}{speed}\n{:25}{}\n", case.area.name(), case.mark, case.name, "", case.source)
    };
    cases.iter().map(line).collect()
}

impl Options {
    fn selection(&self) -> Selection {
        let slow = if self.slow { Slow::With } else { Slow::Without };
        Selection { areas: self.area.clone(), names: self.name.clone(), slow, concurrency: self.concurrency }
    }

    fn target(&self) -> Result<Target, Failure> {
        let read = self.addresses.as_deref().map(read).transpose()?;
        let (mut apis, region, credentials) =
            read.map(|read| (read.apis, read.region, read.credentials)).unwrap_or_default();
        apis.extend(self.apis.iter().cloned());
        if apis.is_empty() {
            return Err(Failure {
                message: "no API has an address".to_owned(),
                hint: "give the file with the line that `parlor --json` prints, or `--api MainApi=URL`",
            });
        }
        let region = self.region.clone().or(region).or_else(|| variable("AWS_REGION"));
        let region = region.ok_or_else(|| Failure {
            message: "no region is given, and signatures name one".to_owned(),
            hint: "give it with `--region`, or in `AWS_REGION`",
        })?;
        let flags = self.unprivileged_access_key_id.clone().zip(self.unprivileged_secret_access_key.clone());
        let unprivileged = flags.map(|(access_key_id, secret_access_key)| Credentials {
            access_key_id,
            secret_access_key,
            session_token: None,
        });
        Ok(Target {
            apis,
            region,
            credentials: credentials.or_else(|| credentials_in("AWS_")),
            unprivileged: unprivileged.or_else(|| credentials_in("UNPRIVILEGED_")),
            limits: Limits { idle_timeout: self.idle_timeout, max_lifetime: self.max_lifetime },
        })
    }
}

fn read(file: &Path) -> Result<Addresses, Failure> {
    let text = if file == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).map(|_| text)
    } else {
        std::fs::read_to_string(file)
    };
    let text = text.map_err(|error| Failure {
        message: format!("`{}` cannot be read: {error}", file.display()),
        hint: "give the file that the addresses of the stack were written to",
    })?;
    Addresses::read(&text).map_err(|problem| Failure {
        message: format!("`{}`: {problem}", file.display()),
        hint: "write into it what `parlor --json` prints, or the outputs of the stack",
    })
}

fn credentials_in(prefix: &str) -> Option<Credentials> {
    let part = |name: &str| variable(&format!("{prefix}{name}"));
    Some(Credentials {
        access_key_id: part("ACCESS_KEY_ID")?,
        secret_access_key: part("SECRET_ACCESS_KEY")?,
        session_token: part("SESSION_TOKEN"),
    })
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn named_api(text: &str) -> Result<(String, Api), String> {
    let (name, urls) = text.split_once('=').ok_or("an API looks like `MainApi=wss://host/stage`")?;
    let (url, management) = urls.split_once(',').map_or((urls, None), |(url, management)| (url, Some(management)));
    let api = addresses::api(url, management).map_err(|invalid| invalid.to_string())?;
    Ok((name.to_owned(), api))
}

fn duration(text: &str) -> Result<Duration, String> {
    let parsed = text.parse::<SignedDuration>().ok().and_then(|duration| Duration::try_from(duration).ok());
    parsed.filter(|duration| !duration.is_zero()).ok_or_else(|| "a duration looks like `90s`, `10m` or `2h`".to_owned())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Options::command().debug_assert();
    }

    #[test]
    fn an_api_has_a_name_and_one_or_two_addresses() {
        let (name, api) = named_api("MainApi=ws://127.0.0.1:3001/dev,http://127.0.0.1:3002/dev").unwrap();
        assert_eq!((name.as_str(), api.url.port, api.management.port), ("MainApi", 3001, 3002));
        assert_eq!(named_api("A=ws://127.0.0.1:3001/dev").unwrap().1.management.port, 3001);
        for text in ["", "MainApi", "MainApi=", "=", "A=ws://a/b,"] {
            assert!(named_api(text).is_err(), "{text}");
        }
    }

    #[test]
    fn durations_have_units() {
        assert_eq!(duration("1500ms"), Ok(Duration::from_millis(1500)));
        for text in ["", "0s", "-5s", "soon"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }
}
