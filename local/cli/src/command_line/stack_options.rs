//! The flags that describe a stack, whichever command starts it.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;

use super::PortOptions;
use super::values::{duration, endpoint, host};
use crate::console::Format;
use local_lambda::launch::NamedCommand;

/// Which template the stack has, how its functions start, and where its services listen.
#[derive(Clone, Debug, Parser)]
pub struct StackOptions {
    /// The SAM or CloudFormation template, in YAML or JSON
    #[arg(long, value_name = "FILE", default_value = "template.yaml")]
    pub template: PathBuf,

    /// Values for the template's parameters, as `sam` accepts them: `Key=Value …`, repeatable
    ///
    /// They override `parameter_overrides` in the configuration file, which override the template's defaults. Write a value
    /// with spaces as `"Key='one two'"`. `ParameterKey=Key,ParameterValue=Value` works, too.
    #[arg(long, value_name = "KEY=VALUE", num_args = 1.., help_heading = "Parameters")]
    pub parameter_overrides: Vec<String>,

    /// The configuration file of `sam` to read parameters from [default: `samconfig.toml` next to the template, if it exists]
    ///
    /// Relative paths start at the template's directory, as for `sam`. Of the tables `local_start_api`, `deploy` and
    /// `global` of the environment, the first with `parameter_overrides` counts.
    #[arg(long, value_name = "FILE", help_heading = "Parameters")]
    pub config_file: Option<PathBuf>,

    /// The environment in the configuration file [default: `default`]
    #[arg(long, value_name = "NAME", help_heading = "Parameters")]
    pub config_env: Option<String>,

    /// The value of an export of another stack, for `Fn::ImportValue`; repeatable
    #[arg(long, value_name = "NAME=VALUE", help_heading = "Parameters")]
    pub import: Vec<String>,

    /// The format of the stack's log: `text`, `json`, or `quiet` for problems and the functions' own output
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t, hide_possible_values = true)]
    pub log: Format,

    /// Inject failures from the fault plan in this file
    ///
    /// The file is YAML or JSON, with a number `seed` and a list `faults`. Each has a `fault`, one of `lose-disconnect`,
    /// `answer-post` (`status`), `delay-post` (`delay`), `drop-socket` (`ending`, `direction`), `kill-function` (`delay`),
    /// `throttle-function`, `repeat-event`, `delay-event` (`delay`), `throttle-dynamodb` (`error`), `cancel-transaction` and
    /// `fail-dynamodb` (`done`).
    /// `rate`: the probability, from 0 to 1. `after`: skip the first N events. `at_most`: stop after N faults. `connections`
    /// (`query`, `headers`), `functions`, `operations` and `tables` select what the fault applies to.
    #[arg(long, value_name = "FILE")]
    pub faults: Option<PathBuf>,

    /// Invoke functions at this Lambda endpoint instead of running them: `cargo lambda watch`, `sam local start-lambda`
    #[arg(long, value_name = "URL", value_parser = endpoint, help_heading = "Functions")]
    pub lambda: Option<String>,

    /// Build the functions with cargo's release profile
    #[arg(long, conflicts_with = "lambda", help_heading = "Functions")]
    pub release: bool,

    /// Use the functions' binaries in this directory, and build nothing
    #[arg(long, value_name = "DIR", conflicts_with_all = ["lambda", "release"], help_heading = "Functions")]
    pub bin_dir: Option<PathBuf>,

    /// Start this function with a command of your own, without a shell, in its code directory: `Fn="java -cp …"`
    #[arg(long = "command", value_name = "FUNCTION=COMMAND", conflicts_with = "lambda", help_heading = "Functions")]
    pub commands: Vec<NamedCommand>,

    /// Write every event of a function to a file in this directory, for tests to replay; events contain what clients sent,
    /// tokens included
    #[arg(long, value_name = "DIR", help_heading = "Functions")]
    pub record: Option<PathBuf>,

    /// Use the DynamoDB at this endpoint instead of the embedded one, and create missing tables in it
    #[arg(long, value_name = "URL", value_parser = endpoint, help_heading = "Tables")]
    pub dynamodb: Option<String>,

    /// Store the tables in this directory instead of in memory
    #[arg(long, value_name = "DIR", conflicts_with = "dynamodb", help_heading = "Tables")]
    pub data: Option<PathBuf>,

    /// Reject calls that are signed with another key than the local one; without this flag they cause a warning
    #[arg(long, help_heading = "APIs")]
    pub require_signature: bool,

    /// Process the messages of a connection one at a time; API Gateway processes them concurrently
    #[arg(long, help_heading = "APIs")]
    pub serial: bool,

    /// Close a WebSocket that has been idle for this long; API Gateway's limit is 10 minutes
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "10m", help_heading = "APIs")]
    pub idle_timeout: Duration,

    /// Close a WebSocket that has been open for this long; API Gateway's limit is 2 hours
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "2h", help_heading = "APIs")]
    pub max_lifetime: Duration,

    /// The address that every service listens on: with `0.0.0.0`, anyone on the network can use the stack and everything in it
    #[arg(long, value_name = "ADDRESS", default_value_t = Ipv4Addr::LOCALHOST.into(), help_heading = "Network")]
    pub bind: IpAddr,

    /// The name of this machine in URLs, in `domainName` of events and in the certificate [default: the address of `--bind`]
    #[arg(long, value_name = "HOST", value_parser = host, help_heading = "Network")]
    pub advertise: Option<String>,

    /// The directory of the certificate authority for `https` and `wss` [default: `parlor` in the user's data directory]
    #[arg(long, value_name = "DIR", help_heading = "Network")]
    pub authority: Option<PathBuf>,

    /// The directory of the web page [default: `web` next to the template, if it exists]
    #[arg(long, value_name = "DIR", help_heading = "Web page")]
    pub web: Option<PathBuf>,

    /// Where each service listens.
    #[command(flatten)]
    pub ports: PortOptions,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_accept_several_values_and_several_flags() {
        let arguments = ["parlor", "--parameter-overrides", "A=1", "B=2", "--serial", "--parameter-overrides", "C=3"];
        let options = StackOptions::parse_from(arguments);
        assert_eq!(options.parameter_overrides, ["A=1", "B=2", "C=3"]);
        let options = StackOptions::parse_from(["parlor", "--import", "a=1", "--import", "b=2"]);
        assert_eq!(options.import, ["a=1", "b=2"]);
    }

    #[test]
    fn the_default_timeouts_are_those_of_api_gateway() {
        let options = StackOptions::parse_from(["parlor"]);
        assert_eq!(options.idle_timeout, local_gateway::websocket_api::IDLE_TIMEOUT);
        assert_eq!(options.max_lifetime, local_gateway::websocket_api::MAX_LIFETIME);
    }
}
