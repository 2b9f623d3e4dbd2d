//! What the kernel knows of a process. Linux only.

use std::time::Duration;

/// Clock ticks a second in `/proc`: the kernel's constant for programs (`USER_HZ`).
const TICKS: u64 = 100;

/// A process of this machine.
pub(crate) struct Process(u32);

impl Process {
    /// Those that this process has started and that still run. A stack's are its functions'.
    pub(crate) fn children_of(parent: u32) -> Vec<Self> {
        let processes = std::fs::read_dir("/proc").expect("benches run on Linux").flatten();
        let processes = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).map(Self);
        // The parent is the second field after the name.
        processes.filter(|process| process.fields().get(1).is_some_and(|id| *id == parent.to_string())).collect()
    }

    /// This one.
    pub(crate) fn this() -> Self {
        Self(std::process::id())
    }

    /// What it has used of processors.
    pub(crate) fn processor_time(&self) -> Duration {
        // User and system time are the 12th and 13th fields after the name.
        let fields = self.fields();
        let ticks: u64 = [11, 12].iter().filter_map(|at| fields.get(*at)?.parse::<u64>().ok()).sum();
        Duration::from_millis(ticks * 1_000 / TICKS)
    }

    /// What stands after the name, which may have spaces.
    fn fields(&self) -> Vec<String> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.0)).unwrap_or_default();
        stat.rsplit(')').next().unwrap_or_default().split_whitespace().map(str::to_owned).collect()
    }

    /// The most memory that it has held.
    pub(crate) fn peak_kilobytes(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.0)).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
        line.trim().trim_end_matches(" kB").trim().parse().unwrap_or_default()
    }
}
