//! The start-up report.

use std::fmt::{self, Display, Formatter};
use std::path::Path;
use std::time::Duration;

use owo_colors::{OwoColorize, Stream::Stderr};

use crate::command_line::StackOptions;
use local_core::settings;
use local_lambda::launch::{Binaries, Plan, Planned};
use local_sam::{Authorization, HttpApi, Integration, Template, WebSocketApi};

use super::functions::{Functions, LocalFunctions};
use super::ready::Ready;

/// The mode, every route with its function, every address, and how long the start took.
pub(super) struct StartupReport<'a> {
    pub(super) options: &'a StackOptions,
    pub(super) template: &'a Template,
    pub(super) functions: &'a Functions,
    pub(super) ready: &'a Ready,
    pub(super) elapsed: Duration,
    pub(super) remark: &'static str,
}

impl Display for StartupReport<'_> {
    fn fmt(&self, to: &mut Formatter<'_>) -> fmt::Result {
        writeln!(to, "\n{}: {}\n", self.options.template.display(), self.mode())?;
        for api in &self.template.web_socket_apis {
            self.web_socket_api(api, to)?;
        }
        for api in &self.template.http_apis {
            self.http_api(api, to)?;
        }
        self.schedules(to)?;
        service(to, "Lambda", &self.ready.lambda, "")?;
        service(to, "DynamoDB", &self.ready.dynamodb, &self.tables())?;
        if let Some(url) = &self.ready.web {
            service(to, "web page", url, "")?;
        }
        let credentials = format!("{} / {}", settings::ACCESS_KEY, settings::SECRET_KEY);
        service(to, "AWS keys", &credentials, &format!("region {}", settings::REGION))?;
        if let Some(file) = &self.ready.certificate_authority {
            let file = file.display().to_string();
            service(to, "https and wss", &file, "to trust, as with NODE_EXTRA_CA_CERTS")?;
        }
        if let Functions::Remote { environment_file, .. } = self.functions {
            let command = format!("cargo lambda watch --env-file {}", short(environment_file).display());
            writeln!(to, "\nstart the functions with `{}`", command.if_supports_color(Stderr, |text| text.bold()))?;
        }
        write!(to, "\nready in {} ms{}", self.elapsed.as_millis(), self.remark)
    }
}

impl StartupReport<'_> {
    fn mode(&self) -> String {
        match self.functions {
            Functions::Local(local) => local.mode(),
            Functions::Remote { endpoint, .. } => format!("functions at {endpoint}"),
        }
    }

    fn web_socket_api(&self, api: &WebSocketApi, to: &mut Formatter<'_>) -> fmt::Result {
        let url = self.ready.web_socket_apis.get(&api.logical_id).map_or("", |addresses| &addresses.url);
        service(to, &api.logical_id, url, "")?;
        match &api.authorization {
            Authorization::None => {}
            Authorization::Iam => route(to, "authorizer", "AWS_IAM")?,
            Authorization::Lambda(authorizer) => {
                route(to, "authorizer", &self.shown(&authorizer.invocable.function.name))?
            }
        }
        for (key, target) in &api.routes {
            let end = match &target.integration {
                Integration::Lambda(invocable) => self.shown(&invocable.function.name),
                Integration::Mock(_) => "mock".to_owned(),
            };
            route(to, key, &end)?;
        }
        writeln!(to)
    }

    fn http_api(&self, api: &HttpApi, to: &mut Formatter<'_>) -> fmt::Result {
        service(to, &api.logical_id, self.ready.http_apis.get(&api.logical_id).map_or("", String::as_str), "")?;
        for target in &api.routes {
            let key = match &target.method {
                Some(method) => format!("{method} {}", target.path),
                None if target.path == "$default" => target.path.clone(),
                None => format!("ANY {}", target.path),
            };
            route(to, &key, &self.shown(&target.function.name))?;
        }
        writeln!(to)
    }

    fn schedules(&self, to: &mut Formatter<'_>) -> fmt::Result {
        if self.template.schedules.is_empty() {
            return Ok(());
        }
        service(to, "schedules", "", "")?;
        for schedule in &self.template.schedules {
            route(to, &schedule.expression, &self.shown(&schedule.function.name))?;
        }
        writeln!(to)
    }

    fn tables(&self) -> String {
        let names: Vec<_> = self.template.tables.iter().map(|table| table.name.as_str()).collect();
        let place = match (&self.options.dynamodb, &self.options.data) {
            (Some(_), _) => String::new(),
            (None, Some(directory)) => format!("in `{}`", directory.display()),
            (None, None) => "in memory".to_owned(),
        };
        let parts: Vec<_> = [names.join(", "), place].into_iter().filter(|part| !part.is_empty()).collect();
        parts.join(" ")
    }

    /// A function by the name of its binary, which is the folder that you edit; a function without a binary with its program.
    fn shown(&self, name: &str) -> String {
        if let Functions::Local(LocalFunctions { functions, .. }) = self.functions
            && let Some(starter) =
                functions.iter().find(|planned| planned.function.name == name).and_then(Planned::starter)
        {
            return format!("{name} ({starter})");
        }
        let function = self.template.functions.iter().find(|function| function.name == name);
        function.and_then(|function| function.binary.as_deref()).unwrap_or(name).to_owned()
    }
}

impl LocalFunctions {
    fn mode(&self) -> String {
        let is_of_cargo = self.functions.iter().any(|planned| planned.plan == Plan::Cargo);
        match (&self.binaries, self.watch) {
            (_, watch) if !is_of_cargo => {
                let watched = if watch { ", restarted when sources change" } else { "" };
                format!("functions on this machine{watched}")
            }
            (Binaries::Built { release }, watch) => {
                let profile = if *release { "release" } else { "dev" };
                let watched = if watch { ", rebuilt when sources change" } else { "" };
                format!("functions of the {profile} profile{watched}")
            }
            (Binaries::Taken { directory }, _) => format!("functions from `{}`", directory.display()),
        }
    }
}

/// A path as you would write it: relative, if it is below the current directory.
fn short(path: &Path) -> &Path {
    let here = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(here).unwrap_or(path)
}

fn service(to: &mut Formatter<'_>, name: &str, address: &str, remark: &str) -> fmt::Result {
    let name = format!("{name:<16}");
    let name = name.if_supports_color(Stderr, |text| text.bold());
    let address = format!("{address:<30}");
    let address = address.if_supports_color(Stderr, |text| text.cyan());
    let remark = remark.if_supports_color(Stderr, |text| text.dimmed());
    writeln!(to, "{}", format!("  {name} {address} {remark}").trim_end())
}

fn route(to: &mut Formatter<'_>, key: &str, function: &str) -> fmt::Result {
    writeln!(to, "    {key:<30} → {function}")
}
