//! Where the functions run: in the own Lambda host, or at another Lambda endpoint.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use tokio::net::TcpListener;

use crate::command_line::StackOptions;
use crate::console::Format;
use local_core::events::Reporter;
use local_core::failure::Failure;
use local_core::faults::Faults;
use local_lambda::launch::{self, Binaries, BuildContext, Places, Planned};
use local_lambda::watch;
use local_lambda::{self, Endpoints, Host, LambdaClient, Program, Recorder, RunnableFunction};
use local_sam::{Function, Template};

use super::services::Services;

/// What the command line says about the functions of a template.
pub(super) enum Functions {
    /// The own Lambda host runs them.
    Local(LocalFunctions),
    /// Another Lambda endpoint runs them.
    Remote { endpoint: String, environment_file: PathBuf, functions: Vec<Function>, reporter: Reporter },
}

/// The functions that the own Lambda host runs.
pub(super) struct LocalFunctions {
    pub(super) functions: Vec<Planned>,
    pub(super) binaries: Binaries,
    /// Directories that the stack itself writes into.
    written: Vec<PathBuf>,
    /// Whether they are restarted when their sources change.
    pub(super) watch: bool,
    places: Places,
    faults: Faults,
    reporter: Reporter,
    /// Whether the terminal's lines are for a program, so that cargo may not write there.
    reports_progress: bool,
}

impl Functions {
    pub(super) fn chosen_by(
        options: &StackOptions,
        watch: bool,
        template: &Template,
        faults: &Faults,
        reporter: &Reporter,
    ) -> Result<Self, Failure> {
        if let Some(endpoint) = &options.lambda {
            let environment_file = target_directory(&options.template).join("parlor").join("watch.env");
            return Ok(Self::Remote {
                endpoint: endpoint.clone(),
                environment_file,
                functions: template.functions.clone(),
                reporter: reporter.clone(),
            });
        }
        let binaries = match &options.bin_dir {
            Some(directory) => Binaries::Taken { directory: directory.clone() },
            None => Binaries::Built { release: options.release },
        };
        Ok(Self::Local(LocalFunctions {
            functions: launch::plans(template, &options.commands, reporter)?,
            binaries,
            written: [&options.record, &options.data]
                .into_iter()
                .flatten()
                .filter_map(|path| std::path::absolute(path).ok())
                .collect(),
            watch,
            places: Places {
                template: directory_of(&options.template),
                current: std::env::current_dir().unwrap_or_else(|_gone| "/".into()),
            },
            faults: faults.clone(),
            reporter: reporter.clone(),
            reports_progress: options.log == Format::Json,
        }))
    }

    /// The program of each function; none for remote functions.
    pub(super) async fn programs(&self, services: &mut Services) -> Result<BTreeMap<String, Program>, Failure> {
        let Self::Local(local) = self else { return Ok(BTreeMap::new()) };
        let LocalFunctions { functions, binaries, places, .. } = local;
        let (functions, binaries, places) = (functions.clone(), binaries.clone(), places.clone());
        let context = local.build_context(services);
        let programs = async move { launch::programs(&functions, &binaries, &places, &context).await };
        services.result_of("build", programs).await
    }

    /// Serves the Invoke API on `listener`, and restarts functions whose sources have changed since `built_from`, when the build
    /// of `programs` began.
    pub(super) fn start(
        &self,
        listener: TcpListener,
        programs: BTreeMap<String, Program>,
        built_from: SystemTime,
        endpoints: &Endpoints,
        recorder: Option<Recorder>,
        services: &mut Services,
    ) -> Result<(), Failure> {
        match self {
            Self::Local(local) => local.start(listener, programs, built_from, endpoints, recorder, services),
            Self::Remote { endpoint, environment_file, functions, reporter } => {
                local_lambda::write_watch_file(environment_file, functions, endpoints, reporter)?;
                let (endpoint, reporter) = (endpoint.clone(), reporter.clone());
                let shutdown = services.shutdown();
                services.serve("Lambda", local_lambda::forward(listener, endpoint, recorder, reporter, shutdown));
            }
        }
        Ok(())
    }

    /// The client with which the gateways and schedules invoke functions. It calls a remote endpoint itself, unless events are
    /// recorded: then it calls the stack's own port, which forwards to that endpoint.
    pub(super) fn client(&self, endpoints: &Endpoints, is_recorded: bool) -> LambdaClient {
        match self {
            Self::Remote { endpoint, .. } if !is_recorded => LambdaClient::new(endpoint).without_qualifiers(),
            Self::Remote { .. } => LambdaClient::new(&endpoints.lambda).without_qualifiers(),
            Self::Local(_) => LambdaClient::new(&endpoints.lambda),
        }
    }
}

impl LocalFunctions {
    fn start(
        &self,
        listener: TcpListener,
        programs: BTreeMap<String, Program>,
        built_from: SystemTime,
        endpoints: &Endpoints,
        recorder: Option<Recorder>,
        services: &mut Services,
    ) {
        let runnable = self.functions.iter().filter_map(|Planned { function, .. }| {
            let program = programs.get(&function.logical_id)?.clone();
            let environment = local_lambda::environment(function, endpoints);
            Some(RunnableFunction { function: function.clone(), program, environment })
        });
        let (faults, reporter, shutdown) = (&self.faults, self.reporter.clone(), services.shutdown());
        let host = Host::start(listener, runnable.collect(), recorder, faults, reporter, shutdown);
        let host = Arc::new(host);
        // It ends when the last process has ended.
        services.serve("Lambda", host.stopped());
        if !self.watch {
            return;
        }
        let of_cargo = launch::cargo_functions(&self.functions);
        let mut others = programs;
        others.retain(|logical_id, _| !of_cargo.iter().any(|function| function.logical_id == *logical_id));
        let (written, reporter, shutdown) = (self.written.clone(), self.reporter.clone(), services.shutdown());
        let restarting = Arc::clone(&host);
        services.run("watcher", watch::restart_on_change(others, written, built_from, restarting, reporter, shutdown));
        if let Binaries::Built { release } = self.binaries {
            let context = self.build_context(services);
            services.run("watcher", watch::rebuild_on_change(of_cargo, release, built_from, host, context));
        }
    }

    fn build_context(&self, services: &Services) -> BuildContext {
        let (reporter, reports_progress) = (self.reporter.clone(), self.reports_progress);
        BuildContext { reporter, reports_progress, shutdown: services.shutdown() }
    }
}

/// `target` of the workspace around the template, or beside the template without one.
fn target_directory(template: &Path) -> PathBuf {
    let beside = directory_of(template);
    let workspace = beside.ancestors().find(|directory| directory.join("Cargo.lock").is_file());
    workspace.unwrap_or(&beside).join("target")
}

/// The directory that a file is in.
fn directory_of(file: &Path) -> PathBuf {
    let absolute = std::path::absolute(file).unwrap_or_else(|_unknown| file.to_owned());
    absolute.parent().unwrap_or(&absolute).to_owned()
}
