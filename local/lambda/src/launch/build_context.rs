//! What a build needs of the stack around it.

use tokio_util::sync::CancellationToken;

use local_core::events::Reporter;

/// What a build needs of the stack around it.
#[derive(Clone, Debug, Default)]
pub struct BuildContext {
    /// Gets warnings, and the progress of builds if it `reports_progress`.
    pub reporter: Reporter,
    /// Whether cargo's progress is reported line by line. Otherwise cargo writes it to the terminal.
    pub reports_progress: bool,
    /// Ends the build.
    pub shutdown: CancellationToken,
}
