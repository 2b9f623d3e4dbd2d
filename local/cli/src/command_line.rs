//! The command line: commands, their flags, and the words of `--help`.

mod exec_options;
mod new_options;
mod port_options;
mod run_options;
mod stack_options;
mod values;

use clap::{Parser, Subcommand};

pub use exec_options::ExecOptions;
pub use new_options::{NewOptions, ProjectTemplate};
pub use port_options::PortOptions;
pub use run_options::RunOptions;
pub use stack_options::StackOptions;

/// Run serverless WebSocket backends on this machine.
///
/// `parlor` reads a SAM or CloudFormation template, and runs its WebSocket APIs, HTTP APIs, functions and tables. Without a
/// command it runs the stack: `parlor --release` is `parlor run --release`.
#[derive(Debug, Parser)]
#[command(
    name = "parlor",
    version,
    args_conflicts_with_subcommands = true,
    args_override_self = true,
    max_term_width = 120,
    after_long_help = run_options::AFTER_HELP
)]
pub struct CommandLine {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    run: RunOptions,
}

/// What `parlor` does.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the stack of a template until you stop it; the default
    Run(Box<RunOptions>),
    /// Create a project
    New(NewOptions),
    /// Start the stack, run a command against it, and stop the stack
    Exec(Box<ExecOptions>),
}

impl CommandLine {
    /// The command that was given, or `run`.
    pub fn into_command(self) -> Command {
        self.command.unwrap_or_else(|| Command::Run(Box::new(self.run)))
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::console::Format;

    fn parsed(arguments: &[&str]) -> Command {
        CommandLine::try_parse_from([&["parlor"], arguments].concat()).unwrap().into_command()
    }

    fn error(arguments: &[&str]) -> String {
        CommandLine::try_parse_from([&["parlor"], arguments].concat()).unwrap_err().to_string()
    }

    #[test]
    fn the_command_line_is_consistent() {
        CommandLine::command().debug_assert();
    }

    #[test]
    fn the_word_run_may_be_omitted() {
        for arguments in [&["--json", "--log", "quiet", "--web-port", "0"][..], &["run", "--json", "--log=quiet"]] {
            let Command::Run(options) = parsed(arguments) else { panic!("{arguments:?}") };
            assert!(options.json);
            assert_eq!(options.stack.log, Format::Quiet);
        }
        let Command::Run(options) = parsed(&[]) else { panic!("not the default command") };
        assert_eq!(options.stack.log, Format::Text);
        assert_eq!(options.stack.ports.web_port, 3000);
    }

    #[test]
    fn a_flag_before_another_command_is_rejected() {
        assert!(error(&["--json", "exec", "--", "true"]).contains("cannot be used with"));
    }

    #[test]
    fn exec_takes_any_free_port_and_prints_problems_only() {
        let Command::Exec(options) = parsed(&["exec", "--http-port", "80", "--", "npm", "test", "--json"]) else {
            panic!("another command")
        };
        let PortOptions { web_port, websocket_port, http_port, lambda_port, dynamodb_port } = options.stack.ports;
        assert_eq!([web_port, websocket_port, http_port, lambda_port, dynamodb_port], [0, 0, 80, 0, 0]);
        assert_eq!(options.stack.log, Format::Quiet);
        assert_eq!(options.command, ["npm", "test", "--json"]);
    }

    #[test]
    fn exec_needs_a_command_after_two_hyphens() {
        assert!(error(&["exec"]).contains("-- <COMMAND>"), "{}", error(&["exec"]));
        assert!(error(&["exec", "npm", "test"]).contains("-- <COMMAND>"));
    }

    #[test]
    fn help_lists_the_commands_and_the_flags_of_run() {
        let help = CommandLine::command().render_long_help().to_string();
        for line in
            ["  run   Run", "  new   Create", "  exec  Start", "      --template <FILE>", "Ports:\n", "[default: 3000]"]
        {
            assert!(help.contains(line), "{line}\n{help}");
        }
    }

    #[test]
    fn help_of_exec_names_its_own_defaults_and_every_variable() {
        let help = CommandLine::command().find_subcommand_mut("exec").unwrap().render_long_help().to_string();
        assert!(help.contains("[default: quiet]") && !help.contains("[default: 3000]"), "{help}");
        for name in
            ["PARLOR_WEBSOCKET_URL", "PARLOR_HTTP_URL", "PARLOR_WEB_URL", "PARLOR_READY", "AWS_ENDPOINT_URL_DYNAMODB"]
        {
            assert!(help.contains(name), "{name}\n{help}");
        }
    }
}
