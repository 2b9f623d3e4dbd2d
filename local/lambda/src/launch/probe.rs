//! Questions to programs of this machine.

use std::process::Stdio;
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::process::Command;
use tokio::time::timeout;

use crate::child_group::ChildGroup;

/// How long an answer may take. An interpreter needs a tenth of a second, npm half of one, on a busy machine more.
const ANSWER_LIMIT: Duration = Duration::from_secs(20);

/// The longest answer, which is a path, in bytes.
const MAX_ANSWER_BYTES: u64 = 64 * 1024;

/// The first line that `command` prints, if it then ends well.
pub(super) async fn first_line(command: &mut Command) -> Option<String> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    // Dropped at the limit, and with it whatever the command has started.
    timeout(ANSWER_LIMIT, answer(command)).await.ok()?
}

async fn answer(command: &mut Command) -> Option<String> {
    let mut child = ChildGroup::spawn(command).ok()?;
    let mut output = Vec::new();
    child.take_stdout()?.take(MAX_ANSWER_BYTES).read_to_end(&mut output).await.ok()?;
    let succeeded = child.wait().await.is_ok_and(|status| status.success());
    let first = String::from_utf8(output).ok()?.lines().next()?.to_owned();
    (succeeded && !first.is_empty()).then_some(first)
}
