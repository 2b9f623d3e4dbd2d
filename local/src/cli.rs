//! The command line: what it accepts, and in which words it says so.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use jiff::SignedDuration;

use crate::console::Format;
use crate::launch::NamedCommand;

const PORTS: &str = "\
Ports: if a template has several APIs of a kind, the first gets the port of its
flag, and each further one the next number that no flag names, counted from the highest of the web, WebSocket and HTTP
ports (by default 3003, 3004, …), WebSocket APIs first. 0 stands for any free port, for all APIs of that kind.

Durations: `90s`, `10m`, `2h`, or plain seconds.";

/// Runs a SAM template's WebSocket APIs, HTTP APIs, functions and tables on this machine.
#[derive(Clone, Debug, Parser)]
#[command(name = "parlor", version, after_help = PORTS, max_term_width = 120, args_override_self = true)]
pub struct Options {
    /// The SAM or CloudFormation template to run, in YAML or JSON.
    #[arg(long, value_name = "FILE", default_value = "template.yaml")]
    pub template: PathBuf,

    /// Values for the template's parameters, as `sam` takes them: `Key=Value …`, repeatable.
    ///
    /// They win over `parameter_overrides` in the configuration file, and those over the template's defaults. Write a value
    /// with spaces as `"Key='one two'"`; `ParameterKey=Key,ParameterValue=Value` is read, too.
    #[arg(long, value_name = "KEY=VALUE", num_args = 1.., help_heading = "Parameters")]
    pub parameter_overrides: Vec<String>,

    /// The configuration file of `sam` to take parameters from [default: `samconfig.toml` beside the template, if there is one]
    ///
    /// Relative paths start at the template's directory, as for `sam`. Of the tables `local_start_api`, `deploy` and
    /// `global` of the environment, the first with `parameter_overrides` counts.
    #[arg(long, value_name = "FILE", help_heading = "Parameters")]
    pub config_file: Option<PathBuf>,

    /// The environment in the configuration file [default: `default`]
    #[arg(long, value_name = "NAME", help_heading = "Parameters")]
    pub config_env: Option<String>,

    /// The value of an export of another stack, for `Fn::ImportValue`; repeatable.
    #[arg(long, value_name = "NAME=VALUE", help_heading = "Parameters")]
    pub import: Vec<String>,

    /// Print one line of JSON on standard output when everything is ready, and nothing else there.
    #[arg(long)]
    pub json: bool,

    /// How lines about what happens look: `text`, `json`, or `quiet` for problems only.
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t, hide_possible_values = true)]
    pub log: Format,

    /// Do what AWS does on bad days, by the plan in this file.
    ///
    /// It is YAML or JSON, with a number `seed` and a list `faults`. In each, `fault` is one of `lose-disconnect`, `answer-post`
    /// (`status`), `delay-post` (`delay`), `drop-socket` (`ending`, `direction`), `kill-function` (`delay`), `repeat-event`,
    /// `delay-event` (`delay`), `throttle-dynamodb` (`error`) and `fail-dynamodb`. It happens at a `rate` from 0 to 1, `after` so
    /// many events, `at_most` so often; at chosen `connections` (`query`, `headers`), `functions`, `operations`, `tables`.
    #[arg(long, value_name = "FILE")]
    pub faults: Option<PathBuf>,

    /// Invoke functions at this Lambda endpoint instead of running them: `cargo lambda watch`, `sam local start-lambda`.
    #[arg(long, value_name = "URL", value_parser = endpoint, help_heading = "Functions")]
    pub lambda: Option<String>,

    /// Build the functions with cargo's release profile.
    #[arg(long, conflicts_with = "lambda", help_heading = "Functions")]
    pub release: bool,

    /// Take the functions' binaries from this directory and build nothing.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["lambda", "release"], help_heading = "Functions")]
    pub bin_dir: Option<PathBuf>,

    /// Start this function with a command of your own, run without a shell in its code directory: `Fn="java -cp …"`.
    #[arg(long = "command", value_name = "FUNCTION=COMMAND", conflicts_with = "lambda", help_heading = "Functions")]
    pub commands: Vec<NamedCommand>,

    /// Do not build and restart functions when their sources change.
    #[arg(long, help_heading = "Functions")]
    pub no_watch: bool,

    /// Write every event that a function gets into this directory, a file each, for tests to replay; they hold what clients
    /// sent, tokens included.
    #[arg(long, value_name = "DIR", help_heading = "Functions")]
    pub record: Option<PathBuf>,

    /// Use the DynamoDB at this endpoint instead of the embedded one; missing tables are created in it.
    #[arg(long, value_name = "URL", value_parser = endpoint, help_heading = "Tables")]
    pub dynamodb: Option<String>,

    /// Keep the tables in this directory instead of in memory.
    #[arg(long, value_name = "DIR", conflicts_with = "dynamodb", help_heading = "Tables")]
    pub data: Option<PathBuf>,

    /// Refuse calls signed with another key than the local one, instead of accepting them with a warning.
    #[arg(long, help_heading = "APIs")]
    pub require_signature: bool,

    /// Handle the messages of a connection one after the other; API Gateway handles them at the same time.
    #[arg(long, help_heading = "APIs")]
    pub serial: bool,

    /// How long a WebSocket may be silent before it is closed, as API Gateway does after 10 minutes.
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "10m", help_heading = "APIs")]
    pub idle_timeout: Duration,

    /// How long a WebSocket may live before it is closed, as API Gateway does after 2 hours.
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "2h", help_heading = "APIs")]
    pub max_lifetime: Duration,

    /// The address that every service listens at: `0.0.0.0` lets others on the network use the stack, and everything in it.
    #[arg(long, value_name = "ADDRESS", default_value_t = Ipv4Addr::LOCALHOST.into(), help_heading = "Network")]
    pub bind: IpAddr,

    /// How others call this machine: in URLs, in `domainName` of events, in the certificate [default: the address of `--bind`]
    #[arg(long, value_name = "HOST", value_parser = host, help_heading = "Network")]
    pub advertise: Option<String>,

    /// The directory of the certificate authority for `https` and `wss` [default: `parlor` in the user's data directory]
    #[arg(long, value_name = "DIR", help_heading = "Network")]
    pub authority: Option<PathBuf>,

    /// The directory of the web page [default: `web` beside the template, if there is one]
    #[arg(long, value_name = "DIR", help_heading = "Web page")]
    pub web: Option<PathBuf>,

    /// The port of the web page.
    #[arg(long, value_name = "PORT", default_value_t = 3000, help_heading = "Ports")]
    pub web_port: u16,

    /// The port of the first WebSocket API.
    #[arg(long, value_name = "PORT", default_value_t = 3001, help_heading = "Ports")]
    pub websocket_port: u16,

    /// The port of the first HTTP API.
    #[arg(long, value_name = "PORT", default_value_t = 3002, help_heading = "Ports")]
    pub http_port: u16,

    /// The port of the Lambda Invoke API.
    #[arg(long, value_name = "PORT", default_value_t = 9001, help_heading = "Ports")]
    pub lambda_port: u16,

    /// The port of the embedded DynamoDB.
    #[arg(long, value_name = "PORT", default_value_t = 8000, help_heading = "Ports")]
    pub dynamodb_port: u16,
}

fn duration(text: &str) -> Result<Duration, String> {
    let duration = match text.parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_not_a_number) => text
            .parse::<SignedDuration>()
            .ok()
            .and_then(|duration| Duration::try_from(duration).ok())
            .ok_or("a duration looks like `90s`, `10m` or `2h`")?,
    };
    if duration.is_zero() { Err("a duration is longer than nothing".to_owned()) } else { Ok(duration) }
}

fn endpoint(text: &str) -> Result<String, String> {
    match reqwest::Url::parse(text) {
        // Both flags are for services on this machine or near it; the local stack carries no TLS client.
        Ok(url) if url.scheme() == "http" && url.has_host() => Ok(text.trim_end_matches('/').to_owned()),
        _ => Err("an endpoint looks like `http://127.0.0.1:9000`".to_owned()),
    }
}

/// A name or an address; one of version 6 may stand in brackets, as in a URL.
fn host(text: &str) -> Result<String, String> {
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.';
    if bare.parse::<Ipv6Addr>().is_ok() || !text.is_empty() && text.bytes().all(is_name) {
        Ok(bare.to_ascii_lowercase())
    } else {
        Err("a host looks like `192.168.1.5` or `laptop.local`, without a port".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_units_or_are_seconds() {
        for (text, seconds) in [("90s", 90), ("10m", 600), ("2h", 7200), ("1h 30m", 5400), ("45", 45)] {
            assert_eq!(duration(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        assert_eq!(duration("250ms"), Ok(Duration::from_millis(250)));
        for text in ["", "0", "0s", "-5s", "-5", "soon", "10 parsecs"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn endpoints_are_plain_http_urls() {
        assert_eq!(endpoint("http://127.0.0.1:9000/").as_deref(), Ok("http://127.0.0.1:9000"));
        for text in ["127.0.0.1:9000", "https://example.com", "file:///tmp", ""] {
            assert!(endpoint(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_host_is_a_name_or_an_address() {
        for (text, expected) in [("192.168.1.5", "192.168.1.5"), ("Laptop.local", "laptop.local"), ("[::1]", "::1")] {
            assert_eq!(host(text).as_deref(), Ok(expected));
        }
        for text in ["", "laptop:3000", "http://laptop", "a b", "[laptop]"] {
            assert!(host(text).is_err(), "{text}");
        }
    }

    #[test]
    fn parameters_are_given_in_several_words_and_several_times() {
        let arguments = ["parlor", "--parameter-overrides", "A=1", "B=2", "--json", "--parameter-overrides", "C=3"];
        let options = Options::parse_from(arguments);
        assert_eq!(options.parameter_overrides, ["A=1", "B=2", "C=3"]);
        let options = Options::parse_from(["parlor", "--import", "a=1", "--import", "b=2"]);
        assert_eq!(options.import, ["a=1", "b=2"]);
    }

    #[test]
    fn the_defaults_are_those_of_api_gateway() {
        let options = Options::parse_from(["parlor"]);
        assert_eq!(options.idle_timeout, crate::gateway::IDLE_TIMEOUT);
        assert_eq!(options.max_lifetime, crate::gateway::MAX_LIFETIME);
    }
}
