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
///
/// What changed after `built_from`, when the build began that `host` runs, counts as a change too.
pub async fn rebuild_on_change(
    functions: Vec<Function>,
    release: bool,
    built_from: SystemTime,
    host: Arc<Host>,
    shutdown: CancellationToken,
) {
    let changed = Arc::new(Notify::new());
    let (sources, mut watcher) = match start(&functions, Arc::clone(&changed), &shutdown).await {
        Ok(started) => started,
        Err(_stopped) if shutdown.is_cancelled() => return,
        Err(failure) => return console::warning(format_args!("sources are not watched: {failure}")),
    };
    // Whatever was built before this moment runs already.
    let mut last_build = SystemTime::now();
    if sources.changed_since(built_from) {
        changed.notify_one();
    }
    while shutdown.run_until_cancelled(changed.notified()).await.is_some() {
        // First, so that what is saved in a new directory from now on is another change.
        if let Err(error) = sources.watch_directories(&mut watcher) {
            console::warning(format_args!("some sources are not watched any more: {error}"));
        }
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

async fn start(
    functions: &[Function],
    changed: Arc<Notify>,
    shutdown: &CancellationToken,
) -> Result<(Sources, Watcher), Failure> {
    let sources = Sources::of(&build::workspaces(functions, shutdown).await?);
    let watcher = sources.watch(changed).map_err(|error| {
        Failure::new(
            format!("cannot watch the sources: {error}"),
            "raise the system's limit of watched files, or use `--no-watch`",
        )
    })?;
    Ok((sources, watcher))
}

/// Where sources may be.
struct Sources {
    /// The directories of packages and workspaces.
    roots: Vec<PathBuf>,
    /// Where cargo builds.
    targets: Vec<PathBuf>,
}

impl Sources {
    fn of(workspaces: &[Workspace]) -> Self {
        Self {
            roots: workspaces.iter().flat_map(Workspace::directories).collect(),
            targets: workspaces.iter().map(|workspace| workspace.target_directory().to_owned()).collect(),
        }
    }

    fn watch(&self, changed: Arc<Notify>) -> notify::Result<Watcher> {
        let roots = self.roots.clone();
        let mut watcher = new_debouncer(QUIET_TIME, None, move |result: DebounceEventResult| {
            if result.is_ok_and(|events| events.iter().any(|event| is_change(event, &roots))) {
                changed.notify_one();
            }
        })?;
        for root in &self.roots {
            watcher.watch(root, RecursiveMode::NonRecursive)?;
        }
        self.watch_directories(&mut watcher)?;
        Ok(watcher)
    }

    /// Watches the directories in the roots that there are now.
    fn watch_directories(&self, watcher: &mut Watcher) -> notify::Result<()> {
        for directory in self.roots.iter().flat_map(|root| self.directories_in(root)) {
            // One that was watched may have been replaced by another of the same name, which is not.
            let _ = watcher.unwatch(&directory);
            watcher.watch(&directory, RecursiveMode::Recursive)?;
        }
        Ok(())
    }

    /// The directories in `root` that may hold sources. What cargo builds would take thousands of watches and never be
    /// of interest; other packages are roots.
    fn directories_in(&self, root: &Path) -> impl Iterator<Item = PathBuf> {
        entries(root).filter(|path| path.is_dir() && is_source(path, root)).filter(|directory| {
            let is_above = |other: &PathBuf| other.starts_with(directory);
            !self.targets.iter().any(is_above) && !self.roots.iter().any(is_above)
        })
    }

    fn changed_since(&self, time: SystemTime) -> bool {
        self.roots.iter().any(|root| {
            let files = entries(root).filter(|path| path.is_file());
            files.chain(self.directories_in(root)).any(|path| has_changed(&path, root, time))
        })
    }
}

fn has_changed(path: &Path, root: &Path, time: SystemTime) -> bool {
    // Of a link itself: it may lead round in circles.
    let Ok(metadata) = path.symlink_metadata() else { return false };
    if !is_source(path, root) {
        false
    } else if metadata.is_dir() {
        entries(path).any(|entry| has_changed(&entry, root, time))
    } else {
        metadata.modified().is_ok_and(|at| at > time)
    }
}

fn entries(directory: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    std::fs::read_dir(directory).into_iter().flatten().flatten().map(|entry| entry.path())
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
        let root = Path::new("/projects/.hidden/app");
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
