//! The mark of a child: a variable in its environment, which everything that it starts inherits.

use rustix::io::Errno;
use rustix::process::{Pid, Signal, kill_process};
use std::ffi::OsStr;
use std::fs;
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

/// The name of the variable.
pub(super) const NAME: &str = "CHILD_OF_CROSSWIRE";

/// Most times that the processes of the machine are searched: a process that is killed can start
/// another one before it ends, and is there for a moment after it was killed.
const MOST_ROUNDS: u32 = 1_000;

/// The mark of one child, which no other child on this machine has.
pub(super) struct Mark(String);

impl Mark {
    /// Returns a new mark: the id of this process may be used again, the time not.
    #[expect(clippy::disallowed_methods, reason = "outside every run, and never printed")]
    pub(super) fn new() -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let (id, count) = (process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        // It ends in a letter, so that no mark begins with another one.
        Self(format!("{id}-{count}-{}x", now.as_nanos()))
    }

    /// Returns the value of the variable.
    pub(super) fn value(&self) -> &OsStr {
        OsStr::new(&self.0)
    }

    /// Returns the variable as in an environment.
    pub(super) fn text(&self) -> String {
        format!("{NAME}={}", self.0)
    }

    /// Kills all processes that have the mark.
    pub(super) fn kill_all(&self) {
        for _ in 0..MOST_ROUNDS {
            if self.kill_once() == 0 {
                return;
            }
            thread::yield_now();
        }
    }

    /// Kills the processes that have the mark now and returns their number.
    fn kill_once(&self) -> usize {
        let text = self.text();
        let Ok(entries) = fs::read_dir("/proc") else { return 0 };
        let ids = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        let marked = |id: &i32| {
            // A process that has ended, or that belongs to another user, shows no environment.
            let environment = fs::read(format!("/proc/{id}/environ")).unwrap_or_default();
            environment.split(|byte| *byte == 0).any(|variable| variable == text.as_bytes())
        };
        let marked = ids.filter(marked).filter_map(Pid::from_raw);
        marked.filter(|id| kill_process(*id, Signal::KILL) != Err(Errno::SRCH)).count()
    }
}
