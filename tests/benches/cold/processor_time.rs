//! What the threads of a process have used of processors, to the nanosecond. Linux only.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

/// How long all threads must sleep for the process to be idle: longer than an answer of a server takes.
const IDLE: Duration = Duration::from_millis(25);

/// Waits until a process is idle, then returns the processor time of its threads. A thread that has ended does not count;
/// threads for blocking calls stay for ten seconds after their last one.
pub(crate) async fn once_idle(process: u32) -> Duration {
    let (mut last, mut idle) = (processor_time(process), Duration::ZERO);
    while idle < IDLE {
        let step = Duration::from_millis(1);
        tokio::time::sleep(step).await;
        let now = processor_time(process);
        idle = if now == last && is_asleep(process) { idle + step } else { Duration::ZERO };
        last = now;
    }
    last
}

fn processor_time(process: u32) -> Duration {
    let spent = threads(process).into_iter().filter_map(|thread| {
        // The first field is the time that the thread has run.
        let statistics = fs::read_to_string(thread.join("schedstat")).ok()?;
        statistics.split(' ').next()?.parse::<u64>().ok()
    });
    Duration::from_nanos(spent.sum())
}

fn is_asleep(process: u32) -> bool {
    threads(process).into_iter().all(|thread| {
        // The state follows the name, which may have spaces and parentheses.
        let statistics = fs::read_to_string(thread.join("stat")).unwrap_or_default();
        statistics.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with('S'))
    })
}

fn threads(process: u32) -> Vec<PathBuf> {
    let threads = fs::read_dir(format!("/proc/{process}/task")).expect("the function runs, on Linux");
    threads.flatten().map(|thread| thread.path()).collect()
}
