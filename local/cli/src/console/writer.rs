//! Lines on their way to a terminal or a pipe.
//!
//! A pipe that is not read, or a terminal that is held, must not hold the stack. So a thread writes, and nothing waits for it.
//! Lines that do not fit are lost, and the next line that fits says how many.

use std::io::Write;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;

use super::text::warning;

/// A thread that writes lines.
pub(super) struct Writer {
    lines: SyncSender<String>,
    /// Disconnects when the thread has written everything.
    ended: Receiver<()>,
    /// How many lines were lost since the last one that was taken.
    lost: u64,
}

impl Writer {
    pub(super) fn new(max_waiting: usize, mut output: impl Write + Send + 'static) -> Self {
        let (lines, waiting) = sync_channel::<String>(max_waiting);
        let (alive, ended) = sync_channel(0);
        let write_all = move || {
            let _alive = alive;
            for line in waiting {
                // A terminal that is gone is no reason to stop serving.
                let _ = writeln!(output, "{line}");
            }
        };
        // Without a thread every line is lost, and everything else works.
        let _ = std::thread::Builder::new().name("console".to_owned()).spawn(write_all);
        Self { lines, ended, lost: 0 }
    }

    pub(super) fn write(&mut self, line: String) {
        self.report_lost_lines();
        if self.lost > 0 || self.lines.try_send(line).is_err() {
            self.lost += 1;
        }
    }

    fn report_lost_lines(&mut self) {
        let lost = self.lost;
        if lost > 0
            && self.lines.try_send(warning(&format!("{lost} lines were lost here: they were not read in time"))).is_ok()
        {
            self.lost = 0;
        }
    }

    /// Whether everything was written within `limit`.
    pub(super) fn finish(mut self, limit: Duration) -> bool {
        self.report_lost_lines();
        let Self { lines, ended, .. } = self;
        drop(lines);
        ended.recv_timeout(limit) == Err(RecvTimeoutError::Disconnected)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    /// Writes only while the test lets it.
    #[derive(Clone, Default)]
    struct Held(Arc<Mutex<Vec<u8>>>);

    impl Write for Held {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn lines_that_are_not_read_are_counted_and_not_waited_for() {
        let output = Held::default();
        let held = output.0.lock().unwrap();
        let mut writer = Writer::new(4, output.clone());
        for number in 0..100 {
            writer.write(format!("line {number}"));
        }
        drop(held);
        while writer.lost > 0 {
            std::thread::yield_now();
            writer.report_lost_lines();
        }
        assert!(writer.finish(Duration::from_secs(20)));
        let written = String::from_utf8(output.0.lock().unwrap().clone()).unwrap();
        assert!(written.starts_with("line 0\nline 1\nline 2\nline 3\n"), "{written}");
        let lines = written.lines().filter(|line| line.starts_with("line ")).count();
        // Four wait, and the thread may hold one more; where it takes that one late, the loss is told in two parts.
        assert!(lines == 4 || lines == 5, "{written}");
        let lost =
            written.lines().filter_map(|line| line.strip_suffix(" lines were lost here: they were not read in time"));
        let lost: usize = lost.filter_map(|line| line.rsplit(' ').next()?.parse::<usize>().ok()).sum();
        assert_eq!(lines + lost, 100, "{written}");
    }

    #[test]
    fn the_end_does_not_wait_for_a_pipe_that_is_not_read() {
        let output = Held::default();
        let _held = output.0.lock().unwrap();
        let mut writer = Writer::new(4, output.clone());
        writer.write("never read".to_owned());
        assert!(!writer.finish(Duration::from_millis(10)));
    }
}
