//! Rebuilds functions when their sources change.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use notify_debouncer_full::notify::{self, EventKind, RecommendedWatcher, RecursiveMode};
use notify_debouncer_full::{DebounceEventResult, DebouncedEvent, Debouncer, RecommendedCache, new_debouncer};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::build::{self, Workspace};
use crate::console;
use crate::failure::Failure;
use crate::lambda::Host;
use crate::template::Function;

/// A change counts when no other has followed it for this long: an editor writes several files, or one several times.
const QUIET_TIME: Duration = Duration::from_millis(300);

/// Watches the packages of the workspaces that `functions` come from. After a change it builds them, and `host` runs
/// the new code from then on; a build that fails leaves the old code running.
pub async fn rebuild_on_change(functions: Vec<Function>, release: bool, host: Arc<Host>, shutdown: CancellationToken) {
    let changed = Arc::new(Notify::new());
    let watcher = match start(&functions, Arc::clone(&changed), &shutdown).await {
        Ok(watcher) => watcher,
        Err(_stopped) if shutdown.is_cancelled() => return,
        Err(failure) => return console::warning(format_args!("sources are not watched: {failure}")),
    };
    // Whatever was built before this moment runs already.
    let mut last_build = SystemTime::now();
    while shutdown.run_until_cancelled(changed.notified()).await.is_some() {
        let started = SystemTime::now();
        match build::executables(&functions, release, &shutdown).await {
            Ok(executables) => {
                replace(&host, written_since(last_build, executables), started);
                last_build = started;
            }
            Err(_stopped) if shutdown.is_cancelled() => break,
            Err(failure) => console::warning(format_args!("the old code keeps running: {failure}")),
        }
    }
    watcher.stop_nonblocking();
}

fn replace(host: &Host, executables: BTreeMap<String, PathBuf>, started: SystemTime) {
    if executables.is_empty() {
        return;
    }
    let names: Vec<&str> = executables.keys().map(String::as_str).collect();
    let seconds = started.elapsed().unwrap_or_default().as_secs_f64();
    console::line(format_args!("rebuilt {} in {seconds:.1} s", names.join(", ")));
    host.replace(executables);
}

/// Cargo leaves an executable alone that would not change.
fn written_since(time: SystemTime, executables: BTreeMap<String, PathBuf>) -> BTreeMap<String, PathBuf> {
    let written = |executable: &PathBuf| executable.metadata().and_then(|metadata| metadata.modified());
    executables.into_iter().filter(|(_, executable)| written(executable).is_ok_and(|at| at > time)).collect()
}

type Watcher = Debouncer<RecommendedWatcher, RecommendedCache>;

async fn start(functions: &[Function], changed: Arc<Notify>, shutdown: &CancellationToken) -> Result<Watcher, Failure> {
    let workspaces = build::workspaces(functions, shutdown).await?;
    watch(&workspaces, changed).map_err(|error| {
        Failure::new(
            format!("cannot watch the sources: {error}"),
            "raise the system's limit of watched files, or use `--no-watch`",
        )
    })
}

fn watch(workspaces: &[Workspace], changed: Arc<Notify>) -> notify::Result<Watcher> {
    let roots: Vec<PathBuf> = workspaces.iter().flat_map(Workspace::directories).collect();
    let watched = roots.clone();
    let mut watcher = new_debouncer(QUIET_TIME, None, move |result: DebounceEventResult| {
        if result.is_ok_and(|events| events.iter().any(|event| is_change(event, &watched))) {
            changed.notify_one();
        }
    })?;
    let targets: Vec<&Path> = workspaces.iter().map(Workspace::target_directory).collect();
    for root in &roots {
        watcher.watch(root, RecursiveMode::NonRecursive)?;
        for directory in source_directories(root) {
            // What cargo builds would take thousands of watches and never be of interest; other packages are roots.
            let is_target = targets.iter().any(|target| target.starts_with(&directory));
            if !is_target && !roots.iter().any(|other| other.starts_with(&directory)) {
                watcher.watch(&directory, RecursiveMode::Recursive)?;
            }
        }
    }
    Ok(watcher)
}

/// The directories in `root` that may hold sources.
fn source_directories(root: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(root).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).filter(|path| path.is_dir() && is_source(path, root)).collect()
}

fn is_change(event: &DebouncedEvent, roots: &[PathBuf]) -> bool {
    let is_write = match event.kind {
        EventKind::Access(_) | EventKind::Modify(notify::event::ModifyKind::Metadata(_)) => false,
        EventKind::Any | EventKind::Create(_) | EventKind::Modify(_) | EventKind::Remove(_) | EventKind::Other => true,
    };
    let is_ours = |path: &PathBuf| {
        let root = roots.iter().filter(|root| path.starts_with(root)).max_by_key(|root| root.as_os_str().len());
        root.is_some_and(|root| is_source(path, root))
    };
    is_write && event.paths.iter().any(is_ours)
}

/// Not hidden, not cargo's output, not somebody's packages, not an editor's temporary file.
fn is_source(path: &Path, root: &Path) -> bool {
    let mut parts = path.strip_prefix(root).unwrap_or(path).components().map(Component::as_os_str);
    parts.all(|part| {
        let name = part.to_string_lossy();
        let is_temporary = name.ends_with('~') || name.ends_with(".swp") || name.ends_with(".tmp") || name == "4913";
        !(name.starts_with('.') || name.starts_with('#') || name == "target" || name == "node_modules" || is_temporary)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn editors_and_cargo_write_what_is_no_source() {
        let root = Path::new("/work/.hidden/app");
        for (path, expected) in [
            ("src/main.rs", true),
            ("src/deep/words.txt", true),
            ("Cargo.toml", true),
            ("target/debug/app", false),
            (".git/index", false),
            ("src/.main.rs.swp", false),
            ("src/main.rs~", false),
            ("src/4913", false),
            ("web/node_modules/x.js", false),
        ] {
            assert_eq!(is_source(&root.join(path), root), expected, "{path}");
        }
    }
}
