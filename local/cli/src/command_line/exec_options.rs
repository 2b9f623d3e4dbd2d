//! The flags of `parlor exec`.

use std::ffi::OsString;

use clap::Args;

use super::StackOptions;

const AFTER_HELP: &str = "\
Examples:
  parlor exec -- cargo test
  parlor exec --template backend/template.yaml -- npm test
  parlor exec -- sh -c 'npx wscat --connect \"$PARLOR_WEBSOCKET_URL\"'

Environment of the command:
  PARLOR_WEBSOCKET_URL       the first WebSocket API, such as ws://127.0.0.1:49152/dev
  PARLOR_WEBSOCKET_URL_<ID>  each WebSocket API, by its logical id in upper case
  PARLOR_HTTP_URL            the first HTTP API
  PARLOR_HTTP_URL_<ID>       each HTTP API, by its logical id in upper case
  PARLOR_WEB_URL             the web page
  PARLOR_READY               all addresses as JSON: the line that `parlor run --json` prints

  AWS_ENDPOINT_URL_DYNAMODB  DynamoDB
  AWS_ENDPOINT_URL_LAMBDA    the Lambda Invoke API
  AWS_ENDPOINT_URL           the same, so that no call of an SDK leaves this machine by accident
  AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI
                             `@connections`, if the template has exactly one WebSocket API
  AWS_REGION, AWS_DEFAULT_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY
                             the region and the credentials of the stack
  NODE_EXTRA_CA_CERTS, AWS_CA_BUNDLE, SSL_CERT_FILE
                             what `https` and `wss` clients trust, unless you have set it

  AWS_PROFILE, AWS_SESSION_TOKEN and your AWS configuration files are hidden from the command.

Exit code:
  The command's own; 128 + n if signal n ended it; 127 if it does not exist, 126 if it cannot be run;
  1, after an `error:` line, if the stack fails.

Signals:
  SIGINT, SIGTERM and SIGHUP are passed on to the command. The stack stops when the command has ended.";

/// Start the stack, run a command against it, and stop the stack
///
/// The stack listens on free ports, does not watch sources, and prints problems only. The command runs in the current directory
/// and finds the addresses of the stack in its environment. Standard input and standard output are the command's alone.
#[derive(Clone, Debug, Args)]
#[command(
    args_override_self = true,
    max_term_width = 120,
    after_long_help = AFTER_HELP,
    mut_arg("log", |log| log.default_value("quiet")),
    mut_arg("web_port", |port| port.default_value("0")),
    mut_arg("websocket_port", |port| port.default_value("0")),
    mut_arg("http_port", |port| port.default_value("0")),
    mut_arg("lambda_port", |port| port.default_value("0")),
    mut_arg("dynamodb_port", |port| port.default_value("0")),
)]
pub struct ExecOptions {
    /// The stack to start.
    #[command(flatten)]
    pub stack: StackOptions,

    /// The command to run, and its arguments
    #[arg(last = true, required = true, num_args = 1.., value_name = "COMMAND")]
    pub command: Vec<OsString>,
}
