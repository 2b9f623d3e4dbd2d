//! What the kernel knows of a process. Linux only.

use std::time::Duration;

/// Clock ticks a second in `/proc`: the kernel's constant for programs (`USER_HZ`).
const TICKS: u64 = 100;

/// A process of this machine.
pub(crate) struct Process(u32);

impl Process {
    /// Those whose executable has this name.
    pub(crate) fn named(name: &str) -> Vec<Self> {
        let processes = std::fs::read_dir("/proc").expect("benches run on Linux").flatten();
        let numbers = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        let has_name = |number: &u32| {
            std::fs::read_link(format!("/proc/{number}/exe"))
                .is_ok_and(|path| path.file_name().is_some_and(|file| file == name))
        };
        numbers.filter(has_name).map(Self).collect()
    }

    /// This one.
    pub(crate) fn this() -> Self {
        Self(std::process::id())
    }

    /// What it has used of processors.
    pub(crate) fn processor_time(&self) -> Duration {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.0)).unwrap_or_default();
        // The name may have spaces: user and system time are the 12th and 13th fields after it.
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        let ticks: u64 = [11, 12].iter().filter_map(|at| fields.get(*at)?.parse::<u64>().ok()).sum();
        Duration::from_millis(ticks * 1_000 / TICKS)
    }

    /// The most memory that it has held.
    pub(crate) fn peak_kilobytes(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.0)).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
        line.trim().trim_end_matches(" kB").trim().parse().unwrap_or_default()
    }
}
