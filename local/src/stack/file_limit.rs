//! Every connection takes a file descriptor, and shells often allow a process no more than 1,024.

use rustix::process::{Resource, getrlimit, setrlimit};

/// Allows this process as many open files as its user may ask for. Where that fails, connections beyond the limit wait to
/// be accepted, and the gateway says so.
pub(super) fn raise() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    let _ = setrlimit(Resource::Nofile, limit);
}
