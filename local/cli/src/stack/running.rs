//! A stack whose services run.

use std::time::Duration;

use crate::command_line::StackOptions;
use local_lambda::Endpoints;
use local_sam::Template;

use super::functions::Functions;
use super::ready::Ready;
use super::startup_report::StartupReport;

/// What runs, and where.
pub(super) struct RunningStack {
    pub(super) template: Template,
    pub(super) functions: Functions,
    pub(super) ready: Ready,
    /// What SDK clients need to find the services.
    pub(super) endpoints: Endpoints,
    /// How long the start took, without builds.
    pub(super) elapsed: Duration,
}

impl RunningStack {
    /// The line that `--json` promises.
    pub(super) fn json(&self) -> String {
        self.ready.json(self.elapsed)
    }

    /// The start-up report; `remark` follows its last words.
    pub(super) fn report<'a>(&'a self, options: &'a StackOptions, remark: &'static str) -> StartupReport<'a> {
        let Self { template, functions, ready, elapsed, .. } = self;
        StartupReport { options, template, functions, ready, elapsed: *elapsed, remark }
    }
}
