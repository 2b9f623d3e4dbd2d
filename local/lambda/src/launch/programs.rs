//! From plans to programs.

use std::collections::BTreeMap;
use std::path::PathBuf;

use futures_util::future::BoxFuture;

use super::places::Places;
use super::{BuildContext, Plan, Planned, bin_dir, cargo, interpreters};
use crate::Program;
use local_core::failure::Failure;
use local_sam::Function;

/// Where the executables of cargo functions come from.
#[derive(Clone, Debug)]
pub enum Binaries {
    /// Cargo builds them.
    Built {
        /// With the release profile.
        release: bool,
    },
    /// They are in this directory.
    Taken {
        /// The directory.
        directory: PathBuf,
    },
}

/// What starts each function, by logical id. Interpreters are looked for while cargo builds.
///
/// # Errors
/// A build fails, or what a plan takes is not on this machine. A function that may be missing is a warning then.
pub fn programs<'a>(
    functions: &'a [Planned],
    binaries: &'a Binaries,
    places: &'a Places,
    context: &'a BuildContext,
) -> BoxFuture<'a, Result<BTreeMap<String, Program>, Failure>> {
    Box::pin(find(functions, binaries, places, context))
}

async fn find(
    functions: &[Planned],
    binaries: &Binaries,
    places: &Places,
    context: &BuildContext,
) -> Result<BTreeMap<String, Program>, Failure> {
    let built = async {
        let functions = cargo_functions(functions);
        let executables = match binaries {
            Binaries::Built { release } => cargo::executables(&functions, *release, context).await?,
            Binaries::Taken { directory } => bin_dir::executables_in(&functions, directory)?,
        };
        Ok(of_executables(&functions, executables))
    };
    let interpreted = async {
        let programs = interpreters::programs(functions, places, &context.reporter);
        let programs = context.shutdown.run_until_cancelled(programs).await;
        programs.unwrap_or_else(|| Err(Failure::new("the start was stopped", "start it again")))
    };
    let (mut programs, interpreted) = tokio::try_join!(built, interpreted)?;
    programs.extend(interpreted);
    Ok(programs)
}

/// The functions that cargo builds.
pub fn cargo_functions(functions: &[Planned]) -> Vec<Function> {
    let of_cargo = functions.iter().filter(|planned| planned.plan == Plan::Cargo);
    of_cargo.map(|planned| planned.function.clone()).collect()
}

/// The programs of cargo functions, from their executables by logical id.
pub fn of_executables(functions: &[Function], mut executables: BTreeMap<String, PathBuf>) -> BTreeMap<String, Program> {
    let program = |function: &Function| {
        let executable = executables.remove(&function.logical_id)?;
        Some((function.logical_id.clone(), Program::of_executable(executable, &function.code)))
    };
    functions.iter().filter_map(program).collect()
}
