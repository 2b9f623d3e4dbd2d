//! Which of the ways starts a function.

use std::collections::BTreeSet;

use super::NamedCommand;
use local_core::events::Reporter;
use local_core::failure::Failure;
use local_sam::{Authorization, Code, Function, Integration, Template};

/// How a function is started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Plan {
    /// It is a cargo binary, or an executable that is built already.
    Cargo,
    /// By Node.js with the interface client `aws-lambda-ric`.
    Node,
    /// By Python with the interface client `awslambdaric`.
    Python {
        /// Such as `3.12`.
        version: String,
    },
    /// By what the person named for it.
    Command(NamedCommand),
}

/// A function and what starts it.
#[derive(Clone, Debug)]
pub struct Planned {
    /// The function as the template has it.
    pub function: Function,
    /// What starts it.
    pub plan: Plan,
    /// Whether the stack does without the function if it cannot be started: no API and no schedule invokes it. Most such
    /// functions serve CloudFormation, as custom resources, or are triggered by what is not emulated.
    pub may_be_missing: bool,
}

impl Planned {
    /// What starts it, in a word, where that is not a cargo binary.
    pub fn starter(&self) -> Option<&str> {
        match &self.plan {
            Plan::Cargo => None,
            Plan::Node | Plan::Python { .. } => Some(&self.function.runtime),
            Plan::Command(command) => Some(command.program.rsplit('/').next().unwrap_or_default()),
        }
    }
}

/// The plans for all functions of `template`. The last of several `commands` for a function counts.
///
/// # Errors
/// A command is for a function that the template does not have, or nothing here starts a function.
pub fn plans(template: &Template, commands: &[NamedCommand], reporter: &Reporter) -> Result<Vec<Planned>, Failure> {
    let is_named = |function: &Function, command: &NamedCommand| {
        command.function == function.logical_id || Some(&command.function) == function.binary.as_ref()
    };
    for command in commands {
        if !template.functions.iter().any(|function| is_named(function, command)) {
            return Err(unknown(&command.function, &template.functions));
        }
    }
    let invoked = invoked(template);
    let mut plans = Vec::new();
    for function in &template.functions {
        let may_be_missing = !invoked.contains(function.name.as_str());
        let command = commands.iter().rev().find(|command| is_named(function, command));
        match plan(function, command) {
            Ok(plan) => plans.push(Planned { function: function.clone(), plan, may_be_missing }),
            Err(failure) if may_be_missing => left_out(function, &failure, reporter),
            Err(failure) => return Err(failure),
        }
    }
    Ok(plans)
}

/// Warns of a function that the stack does without.
pub(super) fn left_out(function: &Function, failure: &Failure, reporter: &Reporter) {
    reporter.warning(format_args!("`{}` is not run here: {failure}", function.logical_id));
}

fn plan(function: &Function, command: Option<&NamedCommand>) -> Result<Plan, Failure> {
    let runtime = function.runtime.as_str();
    let is_inline = matches!(function.code, Code::Inline(_));
    if let Some(command) = command {
        Ok(Plan::Command(command.clone()))
    } else if runtime.starts_with("nodejs") {
        Ok(Plan::Node)
    } else if let Some(version) = runtime.strip_prefix("python").filter(|version| version.starts_with("3.")) {
        Ok(Plan::Python { version: version.to_owned() })
    } else if runtime.starts_with("provided") && !is_inline {
        Ok(Plan::Cargo)
    } else {
        Err(nothing_starts(function))
    }
}

fn nothing_starts(function: &Function) -> Failure {
    let Function { logical_id, runtime, .. } = function;
    Failure::new(
        format!("function `{logical_id}` has the runtime `{runtime}`, which nothing here starts by itself"),
        format!(
            "name a program that speaks the Lambda Runtime API with `--command {logical_id}=\"…\"`, or run the \
             functions with another tool, such as `sam local start-lambda --port 9002`, and pass its endpoint: \
             `--lambda http://127.0.0.1:9002`"
        ),
    )
}

fn unknown(name: &str, functions: &[Function]) -> Failure {
    let names: Vec<String> = functions.iter().map(|function| format!("`{}`", function.logical_id)).collect();
    let existing = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    Failure::new(
        format!("`--command` is for the function `{name}`, which the template does not have"),
        format!("the functions with code at hand are: {existing}"),
    )
}

/// The functions that something in the template invokes.
fn invoked(template: &Template) -> BTreeSet<&str> {
    let mut names = BTreeSet::new();
    for api in &template.web_socket_apis {
        if let Authorization::Lambda(authorizer) = &api.authorization {
            names.insert(authorizer.invocable.function.name.as_str());
        }
        for route in api.routes.values() {
            if let Integration::Lambda(invocable) = &route.integration {
                names.insert(&invocable.function.name);
            }
        }
    }
    names.extend(template.http_apis.iter().flat_map(|api| &api.routes).map(|route| route.function.name.as_str()));
    names.extend(template.schedules.iter().map(|schedule| schedule.function.name.as_str()));
    names
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use local_sam::EventInvoke;

    fn function(runtime: &str, code: Code) -> Function {
        Function {
            logical_id: "Talk".to_owned(),
            name: "talk".to_owned(),
            code,
            runtime: runtime.to_owned(),
            handler: "app.handler".to_owned(),
            binary: Some("talk-binary".to_owned()),
            environment: Default::default(),
            timeout: Duration::from_secs(3),
            memory_megabytes: 128,
            reserved_concurrency: None,
            asynchronous: EventInvoke { maximum_retry_attempts: 0, maximum_event_age: Duration::from_secs(60) },
            allows_recursion: false,
        }
    }

    fn plans_for(function: Function, commands: &[&str]) -> Result<Vec<Planned>, Failure> {
        let commands: Vec<NamedCommand> = commands.iter().map(|text| text.parse().unwrap()).collect();
        plans(&Template { functions: vec![function], ..Template::default() }, &commands, &Reporter::default())
    }

    #[test]
    fn a_runtime_has_a_plan_or_none() {
        let python = |version: &str| Some(Plan::Python { version: version.to_owned() });
        for (runtime, in_directory, inline) in [
            ("provided.al2023", Some(Plan::Cargo), None),
            ("provided", Some(Plan::Cargo), None),
            ("nodejs22.x", Some(Plan::Node), Some(Plan::Node)),
            ("python3.13", python("3.13"), python("3.13")),
            ("python2.7", None, None),
            ("java21", None, None),
            ("", None, None),
        ] {
            let directory = function(runtime, Code::Directory("/code".into()));
            assert_eq!(plan(&directory, None).ok(), in_directory, "{runtime}");
            let text = function(runtime, Code::Inline(String::new()));
            assert_eq!(plan(&text, None).ok(), inline, "{runtime}, inline");
        }
    }

    #[test]
    fn the_last_command_for_a_function_wins_over_its_runtime() {
        for runtime in ["provided.al2023", "nodejs22.x", "java21"] {
            let talk = function(runtime, Code::Directory("/code".into()));
            let planned = plans_for(talk, &["Talk=./first", "talk-binary=/opt/java/bin/java -jar app.jar"]).unwrap();
            assert_eq!(planned[0].starter(), Some("java"), "{runtime}");
        }
        let talk = function("nodejs22.x", Code::Directory("/code".into()));
        assert_eq!(plans_for(talk, &[]).unwrap()[0].starter(), Some("nodejs22.x"));
    }

    #[test]
    fn a_function_that_nobody_invokes_may_be_missing() {
        assert!(plans_for(function("ruby3.4", Code::Inline(String::new())), &[]).unwrap().is_empty());
        assert!(plans_for(function("nodejs22.x", Code::Inline(String::new())), &[]).unwrap()[0].may_be_missing);
        assert!(plans_for(function("ruby3.4", Code::Directory("/code".into())), &[]).unwrap().is_empty());
    }
}
