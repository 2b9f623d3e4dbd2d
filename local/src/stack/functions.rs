//! Where the functions' code runs: in the own host, from binaries that cargo builds or that are there already, or at
//! another Lambda endpoint.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use tokio::net::TcpListener;

use crate::cli::Options;
use crate::failure::Failure;
use crate::lambda::{self, Endpoints, Host, RunnableFunction};
use crate::template::{Function, Template};
use crate::{build, watch};

use super::services::Services;

/// What the command line says about functions.
pub(super) enum Functions {
    /// Cargo builds them.
    Built { release: bool, watch: bool },
    /// Their binaries are in this directory.
    Taken { directory: PathBuf },
    /// Somebody else runs them.
    Elsewhere { endpoint: String, environment_file: PathBuf },
}

impl Functions {
    pub(super) fn chosen_by(options: &Options) -> Self {
        if let Some(endpoint) = &options.lambda {
            let environment_file = target_directory(&options.template).join("parlor").join("watch.env");
            Self::Elsewhere { endpoint: endpoint.clone(), environment_file }
        } else if let Some(directory) = &options.bin_dir {
            Self::Taken { directory: directory.clone() }
        } else {
            Self::Built { release: options.release, watch: !options.no_watch }
        }
    }

    /// The own host runs executables, so it has nothing to run an interpreter's or a container's functions with.
    pub(super) fn check(&self, template: &Template) -> Result<(), Failure> {
        let is_foreign = |function: &&Function| !function.runtime.starts_with("provided");
        match template.functions.iter().find(is_foreign) {
            Some(function) if !matches!(self, Self::Elsewhere { .. }) => Err(Failure::new(
                format!(
                    "function `{}` has the runtime `{}`, and only `provided` runtimes run here",
                    function.logical_id, function.runtime
                ),
                "run the functions with another tool, such as `sam local start-lambda --port 9002`, and pass its \
                 endpoint: `--lambda http://127.0.0.1:9002`",
            )),
            _ => Ok(()),
        }
    }

    /// The executable of every function; none if others run them.
    pub(super) async fn build(
        &self,
        template: &Template,
        services: &mut Services,
    ) -> Result<BTreeMap<String, PathBuf>, Failure> {
        match self {
            Self::Built { release, .. } => {
                let (functions, release, shutdown) = (template.functions.clone(), *release, services.shutdown());
                let build = async move { build::executables(&functions, release, &shutdown).await };
                services.result_of("build", build).await
            }
            Self::Taken { directory } => build::executables_in(&template.functions, directory),
            Self::Elsewhere { .. } => Ok(BTreeMap::new()),
        }
    }

    /// Serves the Invoke API on `listener`, and keeps the functions up to date with their sources, which `executables`
    /// have as they were at `built_from`.
    pub(super) fn start(
        &self,
        listener: TcpListener,
        template: &Template,
        mut executables: BTreeMap<String, PathBuf>,
        built_from: SystemTime,
        endpoints: &Endpoints,
        services: &mut Services,
    ) -> Result<(), Failure> {
        if let Self::Elsewhere { endpoint, environment_file } = self {
            lambda::write_watch_file(environment_file, &template.functions, endpoints)?;
            services.serve("Lambda", lambda::forward(listener, endpoint.clone(), services.shutdown()));
            return Ok(());
        }
        let runnable = template.functions.iter().filter_map(|function| {
            let executable = executables.remove(&function.logical_id)?;
            let environment = lambda::environment(function, endpoints);
            Some(RunnableFunction { function: function.clone(), executable, environment })
        });
        let host = Arc::new(Host::start(listener, runnable.collect(), services.shutdown()));
        // It ends when the last process is gone.
        services.serve("Lambda", host.stopped());
        if let Self::Built { release, watch: true } = self {
            let functions = template.functions.clone();
            let (host, shutdown) = (Arc::clone(&host), services.shutdown());
            services.run("watcher", watch::rebuild_on_change(functions, *release, built_from, host, shutdown));
        }
        Ok(())
    }

    /// Where the gateways and schedules invoke functions: without a detour over the own port if others run them.
    pub(super) fn endpoint(&self, endpoints: &Endpoints) -> String {
        match self {
            Self::Elsewhere { endpoint, .. } => endpoint.clone(),
            Self::Built { .. } | Self::Taken { .. } => endpoints.lambda.clone(),
        }
    }
}

/// `target` of the workspace around the template, or beside the template without one.
fn target_directory(template: &Path) -> PathBuf {
    let absolute = std::path::absolute(template).unwrap_or_else(|_unknown| template.to_owned());
    let beside = absolute.parent().unwrap_or(&absolute);
    let workspace = beside.ancestors().find(|directory| directory.join("Cargo.lock").is_file());
    workspace.unwrap_or(beside).join("target")
}
