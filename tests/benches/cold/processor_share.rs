//! A share of a processor as Lambda gives it: a control group with a quota. Linux only.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Memory with which a function has one vCPU (AWS Lambda developer guide, "Configure Lambda function memory").
const MEGABYTES_PER_PROCESSOR: u64 = 1_769;
/// How often the quota is renewed.
const PERIOD_MICROSECONDS: u64 = 20_000;

/// A control group that processes can be put into. It is removed when it is dropped.
pub(crate) struct ProcessorShare {
    directory: PathBuf,
    version: Version,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Version {
    V1,
    V2,
}

impl ProcessorShare {
    /// Makes a group; `None` if this process may not limit processes.
    pub(crate) fn create() -> Option<Self> {
        let name = format!("parlor-cold-{}", std::process::id());
        parents().into_iter().find_map(|(version, parent)| {
            let share = Self { directory: parent.join(&name), version };
            fs::create_dir(&share.directory).ok()?;
            // Dropped if it fails.
            share.set(PERIOD_MICROSECONDS).ok().map(|()| share)
        })
    }

    /// The group's directory.
    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    /// Puts a process into the group.
    pub(crate) fn add(&self, process: u32) {
        fs::write(self.directory.join("cgroup.procs"), process.to_string())
            .expect("a process can be put into the group");
    }

    /// Gives the group one processor, as Lambda does during initialization.
    pub(crate) fn allow_one_processor(&self) {
        self.set(PERIOD_MICROSECONDS).expect("the quota can be changed");
    }

    /// Gives the group the share of a function with so much memory.
    pub(crate) fn limit_to(&self, megabytes: u64) {
        self.set(PERIOD_MICROSECONDS * megabytes / MEGABYTES_PER_PROCESSOR).expect("the quota can be changed");
    }

    fn set(&self, quota_microseconds: u64) -> io::Result<()> {
        let mut text = quota_microseconds.to_string();
        match self.version {
            Version::V1 => {
                fs::write(self.directory.join("cpu.cfs_period_us"), PERIOD_MICROSECONDS.to_string())?;
                fs::write(self.directory.join("cpu.cfs_quota_us"), text)
            }
            Version::V2 => {
                let _ = write!(text, " {PERIOD_MICROSECONDS}");
                fs::write(self.directory.join("cpu.max"), text)
            }
        }
    }
}

impl Drop for ProcessorShare {
    fn drop(&mut self) {
        // A group with a process that is about to end cannot be removed yet.
        for _attempt in 0..100 {
            match fs::remove_dir(&self.directory) {
                Err(error) if error.kind() == io::ErrorKind::ResourceBusy => {
                    std::thread::sleep(Duration::from_millis(10));
                }
                _ => return,
            }
        }
    }
}

/// Groups in which this process may be allowed to make another one.
fn parents() -> Vec<(Version, PathBuf)> {
    let mounts = fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    let own = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let mut parents = Vec::new();
    for mount in mounts.lines() {
        let [_device, root, kind, options, ..] = mount.split(' ').collect::<Vec<_>>()[..] else { continue };
        let version = match kind {
            "cgroup" if options.split(',').any(|option| option == "cpu") => Version::V1,
            "cgroup2" => Version::V2,
            _ => continue,
        };
        let root = Path::new(root);
        // In version 2, a group with processes has no groups below it: the new one becomes a sibling.
        let own = own.lines().find_map(|line| own_group(line, version)).unwrap_or("/");
        let own = match version {
            Version::V1 => Path::new(own),
            Version::V2 => Path::new(own).parent().unwrap_or(Path::new("/")),
        };
        parents.push((version, root.join(own.strip_prefix("/").unwrap_or(own))));
        parents.push((version, root.to_owned()));
    }
    parents
}

/// The path in a line of `/proc/self/cgroup`, `number:controllers:path`, if it is that of the controller for processors.
fn own_group(line: &str, version: Version) -> Option<&str> {
    let mut parts = line.splitn(3, ':').skip(1);
    let (controllers, path) = (parts.next()?, parts.next()?);
    let is_wanted = match version {
        Version::V1 => controllers.split(',').any(|controller| controller == "cpu"),
        Version::V2 => controllers.is_empty(),
    };
    is_wanted.then_some(path)
}
