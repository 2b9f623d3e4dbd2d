//! Follows changes of the functions' sources.

mod sources;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use futures_util::future::BoxFuture;
use tokio_util::sync::CancellationToken;

use crate::launch::{self, BuildContext, cargo};
use crate::{Host, Program};
use local_core::events::Reporter;
use local_core::failure::Failure;
use local_sam::Function;

use sources::{Changes, Sources, Watcher};

/// Watches the packages of the workspaces that `functions` come from. After a change it builds them, and `host` runs
/// the new code from then on; a build that fails leaves the old code running.
///
/// What changed after `built_from`, when the build began that `host` runs, counts as a change too.
pub fn rebuild_on_change(
    functions: Vec<Function>,
    release: bool,
    built_from: SystemTime,
    host: Arc<Host>,
    context: BuildContext,
) -> BoxFuture<'static, ()> {
    Box::pin(rebuild(functions, release, built_from, host, context))
}

async fn rebuild(
    functions: Vec<Function>,
    release: bool,
    built_from: SystemTime,
    host: Arc<Host>,
    context: BuildContext,
) {
    if functions.is_empty() {
        return;
    }
    let BuildContext { reporter, shutdown, .. } = &context;
    let changes = Arc::new(Changes::default());
    let started = async {
        let sources = sources_of(&cargo::workspaces(&functions, &context).await?);
        let watcher = sources.watch(built_from, &changes)?;
        Ok((sources, watcher))
    };
    let (sources, mut watcher) = match started.await {
        Ok(started) => started,
        Err(_stopped) if shutdown.is_cancelled() => return,
        Err(failure) => return not_watched(&failure, reporter),
    };
    // Whatever was built before this moment runs already.
    let mut last_build = SystemTime::now();
    while shutdown.run_until_cancelled(changes.next()).await.is_some() {
        // First, so that what is saved in a new directory from now on is another change.
        follow(&sources, &mut watcher, reporter);
        let started = SystemTime::now();
        match cargo::executables(&functions, release, &context).await {
            Ok(executables) => {
                let executables = written_since(last_build, executables);
                replace(&host, &functions, executables, started, reporter);
                last_build = started;
            }
            Err(_stopped) if shutdown.is_cancelled() => break,
            Err(failure) => reporter.warning(format_args!("the old code keeps running: {failure}")),
        }
    }
    watcher.stop_nonblocking();
}

/// Watches the directories of `programs`, which run sources as they are. After a change `host` starts them anew. What the
/// stack itself has `written` is none.
///
/// What changed after `since`, when nothing was started yet, counts as a change too.
pub fn restart_on_change(
    programs: BTreeMap<String, Program>,
    written: Vec<PathBuf>,
    since: SystemTime,
    host: Arc<Host>,
    reporter: Reporter,
    shutdown: CancellationToken,
) -> BoxFuture<'static, ()> {
    Box::pin(restart(programs, written, since, host, reporter, shutdown))
}

async fn restart(
    mut programs: BTreeMap<String, Program>,
    written: Vec<PathBuf>,
    since: SystemTime,
    host: Arc<Host>,
    reporter: Reporter,
    shutdown: CancellationToken,
) {
    // Nobody edits what was written for the programs alone.
    programs.retain(|_, program| program.kept.is_none());
    if programs.is_empty() {
        return;
    }
    let changes = Arc::new(Changes::default());
    let roots: BTreeSet<PathBuf> = programs.values().map(|program| program.directory.clone()).collect();
    let sources = Sources::of_directories(roots.into_iter().collect(), written);
    let mut watcher = match sources.watch(since, &changes) {
        Ok(watcher) => watcher,
        Err(failure) => return not_watched(&failure, &reporter),
    };
    while let Some(roots) = shutdown.run_until_cancelled(changes.next()).await {
        follow(&sources, &mut watcher, &reporter);
        let mut changed = programs.clone();
        changed.retain(|_, program| roots.contains(&program.directory));
        let (names, verb) = (names(&changed), if changed.len() == 1 { "starts" } else { "start" });
        host.replace(changed);
        // Whether the new code can be loaded shows only then.
        reporter.note(format_args!("{names} {verb} anew with the next event"));
    }
    watcher.stop_nonblocking();
}

/// Watches files that are read at start only, and warns of each change that it has no effect yet.
pub fn report_changes(files: Vec<PathBuf>, reporter: Reporter, shutdown: CancellationToken) -> BoxFuture<'static, ()> {
    Box::pin(report(files, reporter, shutdown))
}

async fn report(files: Vec<PathBuf>, reporter: Reporter, shutdown: CancellationToken) {
    let changes = Arc::new(Changes::default());
    let files: Vec<PathBuf> = files.iter().filter_map(|file| std::path::absolute(file).ok()).collect();
    let watcher = match sources::watch_files(&files, &changes) {
        Ok(watcher) => watcher,
        Err(error) => return reporter.warning(format_args!("the template is not watched: {error}")),
    };
    while let Some(changed) = shutdown.run_until_cancelled(changes.next()).await {
        for name in changed.iter().filter_map(|file| file.file_name()) {
            reporter.warning(format_args!(
                "`{}` has changed and is read at start only (hint: press Ctrl-C and start again to take it)",
                name.display()
            ));
        }
    }
    watcher.stop_nonblocking();
}

fn sources_of(workspaces: &[cargo::Workspace]) -> Sources {
    Sources::of_packages(
        workspaces.iter().flat_map(cargo::Workspace::directories).collect(),
        workspaces.iter().map(|workspace| workspace.target_directory().to_owned()).collect(),
    )
}

fn follow(sources: &Sources, watcher: &mut Watcher, reporter: &Reporter) {
    if let Err(error) = sources.watch_directories(watcher) {
        reporter.warning(format_args!("some sources are not watched any more: {error}"));
    }
}

fn not_watched(failure: &Failure, reporter: &Reporter) {
    reporter.warning(format_args!("sources are not watched: {failure}"));
}

fn replace(
    host: &Host,
    functions: &[Function],
    executables: BTreeMap<String, PathBuf>,
    started: SystemTime,
    reporter: &Reporter,
) {
    if executables.is_empty() {
        return;
    }
    let names = names(&executables);
    host.replace(launch::of_executables(functions, executables));
    let seconds = started.elapsed().unwrap_or_default().as_secs_f64();
    reporter.note(format_args!("rebuilt {names} in {seconds:.1} s"));
}

fn names<T>(functions: &BTreeMap<String, T>) -> String {
    functions.keys().map(String::as_str).collect::<Vec<_>>().join(", ")
}

/// Cargo leaves an executable alone that would not change.
fn written_since(time: SystemTime, executables: BTreeMap<String, PathBuf>) -> BTreeMap<String, PathBuf> {
    let written = |executable: &PathBuf| executable.metadata().and_then(|metadata| metadata.modified());
    executables.into_iter().filter(|(_, executable)| written(executable).is_ok_and(|at| at > time)).collect()
}
