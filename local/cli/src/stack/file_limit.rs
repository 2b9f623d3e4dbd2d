//! Every connection needs a file descriptor, and shells often allow a process no more than 1,024.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// The limit of open files, raised as far as the user may.
pub(super) struct RaisedLimit {
    original: Rlimit,
    raised: Rlimit,
}

impl RaisedLimit {
    /// Raises the limit. If that fails, connections beyond it wait to be accepted, and the gateway says so.
    pub(super) fn raise() -> Self {
        let original = getrlimit(Resource::Nofile);
        let raised = Rlimit { current: original.maximum, maximum: original.maximum };
        let _ = setrlimit(Resource::Nofile, raised);
        Self { original, raised }
    }

    /// Runs `start` with the original limit, which a child inherits: some programs close every descriptor up to it, one by
    /// one, and where the maximum is a billion they take minutes.
    pub(super) fn lowered_for<T>(&self, start: impl FnOnce() -> T) -> T {
        let _ = setrlimit(Resource::Nofile, self.original);
        let started = start();
        let _ = setrlimit(Resource::Nofile, self.raised);
        started
    }
}
