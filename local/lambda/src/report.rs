//! What Lambda writes to a function's log about failures, and how much memory a process has used.

use std::time::Duration;

use super::function_failure::FunctionFailure;
use super::pool::Pool;
use local_core::invocation::FunctionError;

/// Reports a process that did not get ready.
pub(super) fn init_failure(pool: &Pool, request_id: &str, duration: Duration, fault: &FunctionFailure) {
    let status = match fault {
        FunctionFailure::TimedOut(_) => "timeout".to_owned(),
        FunctionFailure::Reported(payload) => {
            let own = FunctionError::read(payload).error_type;
            format!("error Error Type: {}", own.as_deref().unwrap_or("Runtime.InitError"))
        }
        other => format!("error Error Type: {}", other.error_type().unwrap_or("Runtime.InitError")),
    };
    failure(pool, request_id, fault);
    let milliseconds = duration.as_secs_f64() * 1_000.0;
    pool.reporter.note_about(
        &pool.function.function.name,
        format_args!("INIT_REPORT Init Duration: {milliseconds:.2} ms Phase: init Status: {status}"),
    );
}

/// Reports why an invocation failed, unless the function said so itself.
pub(super) fn failure(pool: &Pool, request_id: &str, fault: &FunctionFailure) {
    if let Some(sentence) = fault.sentence() {
        pool.reporter.note_about(&pool.function.function.name, format_args!("RequestId: {request_id} {sentence}"));
    }
}

/// The peak of a process's resident memory so far, in megabytes: known on Linux only.
pub(super) fn peak_megabytes(process_id: u32) -> Option<u64> {
    // A file of the kernel's memory, not of a disk: reading it does not block.
    let status = std::fs::read_to_string(format!("/proc/{process_id}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes.div_ceil(1024))
}
