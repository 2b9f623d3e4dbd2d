//! The directories of sources, and what counts as a change in them.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use notify_debouncer_full::notify::{self, EventKind, RecommendedWatcher, RecursiveMode};
use notify_debouncer_full::{DebounceEventResult, DebouncedEvent, Debouncer, RecommendedCache, new_debouncer};
use tokio::sync::Notify;

use local_core::failure::Failure;

/// A change counts when no other has followed it for this long: an editor writes several files, or one several times.
const QUIET_TIME: Duration = Duration::from_millis(300);

/// Keeps an eye on sources until it is stopped.
pub(super) type Watcher = Debouncer<RecommendedWatcher, RecommendedCache>;

/// Which roots have changed since somebody asked last.
#[derive(Default)]
pub(super) struct Changes {
    roots: Mutex<BTreeSet<PathBuf>>,
    changed: Notify,
}

impl Changes {
    /// Waits for a change, and gives the roots of all that there were.
    pub(super) async fn next(&self) -> BTreeSet<PathBuf> {
        loop {
            self.changed.notified().await;
            let changed = std::mem::take(&mut *self.roots());
            // A change that is told while another wakes us is given with that one, and wakes us once more.
            if !changed.is_empty() {
                return changed;
            }
        }
    }

    fn add(&self, roots: impl IntoIterator<Item = PathBuf>) {
        let mut changed = self.roots();
        changed.extend(roots);
        if !changed.is_empty() {
            self.changed.notify_one();
        }
    }

    fn roots(&self) -> MutexGuard<'_, BTreeSet<PathBuf>> {
        // No step under this lock can panic halfway through a change.
        self.roots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where sources may be.
pub(super) struct Sources {
    /// Directories whose files are sources.
    roots: Vec<PathBuf>,
    /// Those of the roots that are watched: together they hold all.
    watched: Vec<PathBuf>,
    /// Directories that no source is in: where cargo builds, and what the stack itself writes.
    excluded: Vec<PathBuf>,
}

impl Sources {
    /// Sources of cargo packages: each is watched by itself, because `target` may be among them.
    pub(super) fn of_packages(roots: Vec<PathBuf>, targets: Vec<PathBuf>) -> Self {
        Self { watched: roots.clone(), roots, excluded: targets }
    }

    /// Sources of any functions, whose directories may be within each other.
    pub(super) fn of_directories(roots: Vec<PathBuf>, excluded: Vec<PathBuf>) -> Self {
        let is_within =
            |inner: &PathBuf, outer: &PathBuf| inner != outer && inner.starts_with(outer) && is_source(inner, outer);
        let is_outermost = |root: &&PathBuf| !roots.iter().any(|outer| is_within(root, outer));
        Self { watched: roots.iter().filter(is_outermost).cloned().collect(), roots, excluded }
    }

    /// Watches the sources. What changed after `since` is told as a change, too.
    pub(super) fn watch(&self, since: SystemTime, changes: &Arc<Changes>) -> Result<Watcher, Failure> {
        let watcher = self.watcher(changes).map_err(|error| {
            Failure::new(
                format!("cannot watch the sources: {error}"),
                "raise the system's limit of watched files, or use `--no-watch`",
            )
        })?;
        changes.add(self.roots.iter().filter(|root| self.has_changed(root, since)).cloned());
        Ok(watcher)
    }

    fn watcher(&self, changes: &Arc<Changes>) -> notify::Result<Watcher> {
        let mut watcher = watcher(self.roots.clone(), self.excluded.clone(), changes)?;
        for root in &self.watched {
            watcher.watch(root, RecursiveMode::NonRecursive)?;
        }
        self.watch_directories(&mut watcher)?;
        Ok(watcher)
    }

    /// Watches the directories in the roots that there are now.
    pub(super) fn watch_directories(&self, watcher: &mut Watcher) -> notify::Result<()> {
        for directory in self.watched.iter().flat_map(|root| self.directories_in(root)) {
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
            !self.excluded.iter().any(is_above) && !self.watched.iter().any(is_above)
        })
    }

    fn has_changed(&self, root: &Path, since: SystemTime) -> bool {
        let files = entries(root).filter(|path| path.is_file());
        files.chain(self.directories_in(root)).any(|path| has_changed(&path, root, since))
    }
}

/// Watches files, each of which counts as a root of its own.
pub(super) fn watch_files(files: &[PathBuf], changes: &Arc<Changes>) -> notify::Result<Watcher> {
    let mut watcher = watcher(files.to_vec(), Vec::new(), changes)?;
    // Editors often put another file in the place of the one that was there.
    let directories: BTreeSet<&Path> = files.iter().filter_map(|file| file.parent()).collect();
    for directory in directories {
        watcher.watch(directory, RecursiveMode::NonRecursive)?;
    }
    Ok(watcher)
}

/// Watches nothing yet, and will tell of changes in `roots`, but not of those in `excluded` directories.
fn watcher(roots: Vec<PathBuf>, excluded: Vec<PathBuf>, changes: &Arc<Changes>) -> notify::Result<Watcher> {
    let changes = Arc::clone(changes);
    new_debouncer(QUIET_TIME, None, move |result: DebounceEventResult| {
        let is_output = |event: &DebouncedEvent| {
            event.paths.iter().all(|path| excluded.iter().any(|directory| path.starts_with(directory)))
        };
        for event in result.unwrap_or_default().into_iter().filter(|event| !is_output(event)) {
            changes.add(changed_roots(&event, &roots));
        }
    })
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

/// The roots that `event` changes a source of.
fn changed_roots(event: &DebouncedEvent, roots: &[PathBuf]) -> Vec<PathBuf> {
    let is_write = match event.kind {
        EventKind::Access(_) | EventKind::Modify(notify::event::ModifyKind::Metadata(_)) => false,
        EventKind::Any | EventKind::Create(_) | EventKind::Modify(_) | EventKind::Remove(_) | EventKind::Other => true,
    };
    let has_it = |root: &&PathBuf| event.paths.iter().any(|path| path.starts_with(root) && is_source(path, root));
    roots.iter().filter(|root| is_write && has_it(root)).cloned().collect()
}

/// Not hidden, not the output of cargo or Python, not somebody's packages, not an editor's temporary file.
fn is_source(path: &Path, root: &Path) -> bool {
    let mut parts = path.strip_prefix(root).unwrap_or(path).components().map(Component::as_os_str);
    parts.all(|part| {
        let name = part.to_string_lossy();
        let is_temporary = name.ends_with('~') || name.ends_with(".swp") || name.ends_with(".tmp") || name == "4913";
        let is_output = ["target", "node_modules", "__pycache__"].contains(&name.as_ref());
        !(name.starts_with('.') || name.starts_with('#') || is_output || is_temporary)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_the_stack_writes_is_no_change() {
        let root = tempfile::tempdir().unwrap();
        let [code, events, other] = ["code", "code/events", "other"].map(|name| root.path().join(name));
        std::fs::create_dir_all(&events).unwrap();
        std::fs::create_dir_all(&other).unwrap();
        let changes = Arc::new(Changes::default());
        let sources = Sources::of_directories(vec![code, other.clone()], vec![events.clone()]);
        let _watcher = sources.watch(SystemTime::now() + QUIET_TIME, &changes).unwrap();
        std::fs::write(events.join("0001-connect.json"), "{}").unwrap();
        std::fs::write(other.join("app.js"), "changed").unwrap();
        let told = tokio::time::timeout(QUIET_TIME * 60, changes.next()).await.unwrap();
        assert_eq!(told, BTreeSet::from([other]));
    }

    #[test]
    fn editors_and_tools_write_what_is_no_source() {
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
            ("__pycache__/app.cpython-312.pyc", false),
        ] {
            assert_eq!(is_source(&root.join(path), root), expected, "{path}");
        }
    }

    #[test]
    fn only_the_outermost_of_directories_within_each_other_are_watched() {
        let roots = ["/app", "/app/src/talk", "/app/.build/talk", "/application"].map(PathBuf::from);
        let sources = Sources::of_directories(roots.to_vec(), Vec::new());
        assert_eq!(sources.watched, ["/app", "/app/.build/talk", "/application"].map(PathBuf::from));
    }
}
