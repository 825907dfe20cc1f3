//! Child processes that never outlive this process.
//!
//! Each child leads a separate process group, so that a signal to this process's group does not
//! reach it, and so that it can be killed together with everything it starts. Three things kill the
//! group: dropping the [`Child`], [`end_all`], and the child's watchman, a shell that reads from a
//! pipe of this process. However this process ends, even by SIGKILL, the pipe closes, and the
//! watchman kills the group. A parent-death signal (`PR_SET_PDEATHSIG`) would reach only the
//! leader, and can be set between fork and exec only by `unsafe` code. A process that leaves its
//! group (`setsid`) escapes all three.

use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};
use std::collections::BTreeSet;
use std::io::{self, Read};
use std::os::unix::process::CommandExt;
use std::process::{self, Command, ExitStatus, Output, Stdio};
use std::sync::{self, MutexGuard, PoisonError};

/// Waits until the other end of its standard input closes, then kills the group in its argument.
const WATCHMAN: &str = "read -r _; kill -s KILL -- \"-$0\"";

/// The leaders that have not ended.
#[expect(
    clippy::disallowed_types,
    reason = "this crate depends on no other crate of the workspace"
)]
static LIVE: sync::Mutex<BTreeSet<u32>> = sync::Mutex::new(BTreeSet::new());

/// A child process and everything it starts. They end when the value is dropped.
pub struct Child {
    leader: process::Child,
    /// `None` if there is no shell: then a SIGKILL of this process leaves the child behind.
    watchman: Option<process::Child>,
}

impl Child {
    /// Starts a process in a new group.
    pub fn start(command: &mut Command) -> io::Result<Self> {
        let mut live = live();
        let leader = command.process_group(0).spawn()?;
        live.insert(leader.id());
        let watchman = watch(leader.id());
        Ok(Self { leader, watchman })
    }

    /// Returns the process itself, for its pipes.
    pub fn leader(&mut self) -> &mut process::Child {
        &mut self.leader
    }

    /// Returns the id of the process.
    pub fn id(&self) -> u32 {
        self.leader.id()
    }

    /// Waits until the process ends, kills everything it started and returns its exit status.
    pub fn wait(&mut self) -> io::Result<ExitStatus> {
        self.has_ended(WaitIdOptions::empty());
        self.end().ok_or_else(|| io::Error::other("the process cannot be waited for"))
    }

    /// Kills the process and everything it started. [`wait`](Self::wait) returns its exit status.
    pub fn kill(&mut self) {
        self.end();
    }

    /// Returns the exit status of the process if it has ended, and then kills everything it
    /// started.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        if self.has_ended(WaitIdOptions::NOHANG) { self.end() } else { None }
    }

    /// Returns whether the process has ended, without reaping it: until its group is killed, its id
    /// must not be reused.
    fn has_ended(&self, how: WaitIdOptions) -> bool {
        let look = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT | how;
        loop {
            match waitid(WaitId::Pid(pid(self.leader.id())), look) {
                Err(Errno::INTR) => {}
                looked => return !matches!(looked, Ok(None)),
            }
        }
    }

    fn end(&mut self) -> Option<ExitStatus> {
        if live().remove(&self.leader.id()) {
            kill(self.leader.id());
        }
        // The watchman must not kill a later group with the same id.
        if let Some(mut watchman) = self.watchman.take() {
            drop(watchman.kill());
            drop(watchman.wait());
        }
        self.leader.wait().ok()
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.end();
    }
}

/// Runs a process to its end and returns its exit status and its standard output, and its standard
/// error if `command` makes that a pipe.
#[expect(clippy::disallowed_methods, reason = "no run is on this thread: it reads a pipe")]
pub fn output(command: &mut Command) -> io::Result<Output> {
    let mut child = Child::start(command.stdin(Stdio::null()).stdout(Stdio::piped()))?;
    let stderr = child.leader.stderr.take();
    // Both are read at once: a process that has filled one pipe never closes the other.
    let stderr = std::thread::spawn(move || read(stderr));
    let stdout = read(child.leader.stdout.take())?;
    let stderr = stderr.join().expect("reading a pipe does not panic")?;
    Ok(Output { status: child.wait()?, stdout, stderr })
}

/// Reads a pipe to its end, if there is one.
fn read(pipe: Option<impl Read>) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if let Some(mut pipe) = pipe {
        pipe.read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

/// Kills all children that have not ended: for a caller that is about to exit at once.
pub fn end_all() {
    for leader in std::mem::take(&mut *live()) {
        kill(leader);
    }
}

fn live() -> MutexGuard<'static, BTreeSet<u32>> {
    LIVE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn pid(id: u32) -> Pid {
    let id = i32::try_from(id).expect("a process id is an i32");
    Pid::from_raw(id).expect("a process id is not 0")
}

/// Kills a whole group. An empty group is no error.
fn kill(leader: u32) {
    let _ = kill_process_group(pid(leader), Signal::KILL);
}

fn watch(leader: u32) -> Option<process::Child> {
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", WATCHMAN, &leader.to_string()]).stdin(Stdio::piped());
    shell.stdout(Stdio::null()).stderr(Stdio::null()).process_group(0).spawn().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufRead, BufReader};

    /// Starts a shell that starts another process, prints its id and waits. Returns both.
    fn with_grandchild() -> (Child, u32) {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", "sleep 777 & echo $!; wait"]).stdout(Stdio::piped());
        let mut child = Child::start(&mut command).expect("a shell");
        let mut line = String::new();
        let out = child.leader().stdout.take().expect("a pipe");
        BufReader::new(out).read_line(&mut line).expect("a line");
        (child, line.trim().parse().expect("a number"))
    }

    /// Returns whether a process exists and is no zombie.
    fn lives(id: u32) -> bool {
        let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
        stat.rsplit_once(") ").is_some_and(|(_, state)| !state.starts_with('Z'))
    }

    fn is_gone(id: u32) -> bool {
        (0..10_000_000).any(|_| {
            std::thread::yield_now();
            !lives(id)
        })
    }

    #[test]
    fn dropping_a_child_kills_what_it_started() {
        let (child, grandchild) = with_grandchild();
        assert!(lives(grandchild));
        drop(child);
        assert!(is_gone(grandchild));
    }

    #[test]
    fn a_watchman_kills_the_group_when_the_pipe_is_closed() {
        let (mut child, grandchild) = with_grandchild();
        let mut watchman = child.watchman.take().expect("a shell");
        drop(watchman.stdin.take());
        assert!(is_gone(grandchild));
        drop(watchman.wait());
    }

    #[test]
    fn output_and_status_of_a_process_are_returned() {
        let ran =
            output(Command::new("/bin/sh").args(["-c", "echo all; exit 3"])).expect("a shell");
        assert_eq!((ran.status.code(), ran.stdout), (Some(3), b"all\n".to_vec()));
    }
}
