//! Where the functions run: in the own Lambda host, or at another Lambda endpoint.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use tokio::net::TcpListener;

use crate::cli::StackOptions;
use crate::failure::Failure;
use crate::faults::Faults;
use crate::lambda::{self, Endpoints, Host, LambdaClient, Program, Recorder, RunnableFunction};
use crate::launch::{self, Binaries, Places, Planned};
use crate::template::{Function, Template};
use crate::watch;

use super::services::Services;

/// What the command line says about the functions of a template.
pub(super) enum Functions {
    /// The own Lambda host runs them.
    Local(LocalFunctions),
    /// Another Lambda endpoint runs them.
    Remote { endpoint: String, environment_file: PathBuf, functions: Vec<Function> },
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
}

impl Functions {
    pub(super) fn chosen_by(
        options: &StackOptions,
        watch: bool,
        template: &Template,
        faults: &Faults,
    ) -> Result<Self, Failure> {
        if let Some(endpoint) = &options.lambda {
            let environment_file = target_directory(&options.template).join("parlor").join("watch.env");
            let functions = template.functions.clone();
            return Ok(Self::Remote { endpoint: endpoint.clone(), environment_file, functions });
        }
        let binaries = match &options.bin_dir {
            Some(directory) => Binaries::Taken { directory: directory.clone() },
            None => Binaries::Built { release: options.release },
        };
        Ok(Self::Local(LocalFunctions {
            functions: launch::plans(template, &options.commands)?,
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
        }))
    }

    /// The program of each function; none for remote functions.
    pub(super) async fn programs(&self, services: &mut Services) -> Result<BTreeMap<String, Program>, Failure> {
        let Self::Local(LocalFunctions { functions, binaries, places, .. }) = self else { return Ok(BTreeMap::new()) };
        let (functions, binaries, places) = (functions.clone(), binaries.clone(), places.clone());
        let shutdown = services.shutdown();
        let programs = async move { launch::programs(&functions, &binaries, &places, &shutdown).await };
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
            Self::Remote { endpoint, environment_file, functions } => {
                lambda::write_watch_file(environment_file, functions, endpoints)?;
                services.serve("Lambda", lambda::forward(listener, endpoint.clone(), recorder, services.shutdown()));
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
            let environment = lambda::environment(function, endpoints);
            Some(RunnableFunction { function: function.clone(), program, environment })
        });
        let host = Arc::new(Host::start(listener, runnable.collect(), recorder, &self.faults, services.shutdown()));
        // It ends when the last process has ended.
        services.serve("Lambda", host.stopped());
        if !self.watch {
            return;
        }
        let of_cargo = launch::cargo_functions(&self.functions);
        let mut others = programs;
        others.retain(|logical_id, _| !of_cargo.iter().any(|function| function.logical_id == *logical_id));
        let (shutdown, restarting) = (services.shutdown(), Arc::clone(&host));
        services
            .run("watcher", watch::restart_on_change(others, self.written.clone(), built_from, restarting, shutdown));
        if let Binaries::Built { release } = self.binaries {
            let shutdown = services.shutdown();
            services.run("watcher", watch::rebuild_on_change(of_cargo, release, built_from, host, shutdown));
        }
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
