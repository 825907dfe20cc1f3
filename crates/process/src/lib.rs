//! Processes that this one starts: none of them outlives it.
//!
//! Each leads a process group of its own, so that what interrupts this process does not reach it, and
//! so that it can be killed with all that it has started. That happens when its [`Child`] is dropped,
//! in [`end_all`], and by its watchman: a shell that reads from a pipe of this process. However this
//! process ends, by SIGKILL too, the pipe closes, and the watchman kills the group. A parent-death
//! signal (`PR_SET_PDEATHSIG`) would reach the leader alone, and only `unsafe` code can set it between
//! fork and exec. What has left its group (`setsid`) is out of reach of both.

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};
use std::collections::BTreeSet;
use std::io;
use std::os::unix::process::CommandExt;
use std::process::{self, Command, ExitStatus, Output, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Waits until the other end of its standard input is gone, and kills the group that it is told.
const WATCHMAN: &str = "read -r _; kill -s KILL -- \"-$0\"";

/// The leaders that are not over yet.
static LIVE: Mutex<BTreeSet<u32>> = Mutex::new(BTreeSet::new());

/// A process that was started, with all that it starts. It ends with the value.
pub struct Child {
    leader: process::Child,
    /// None where there is no shell: then only SIGKILL leaves the child behind.
    watchman: Option<process::Child>,
}

impl Child {
    /// Starts a process in a group of its own.
    pub fn start(command: &mut Command) -> io::Result<Self> {
        let mut live = live();
        let leader = command.process_group(0).spawn()?;
        live.insert(leader.id());
        let watchman = watch(leader.id());
        Ok(Self { leader, watchman })
    }

    /// The process itself, for its pipes.
    pub fn leader(&mut self) -> &mut process::Child {
        &mut self.leader
    }

    /// How the process ended, if it has; then what it started is killed.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        if self.has_ended(WaitIdOptions::NOHANG) { self.end() } else { None }
    }

    /// Whether the process has ended. It is not reaped before its group is killed: so long the number
    /// stays its own.
    fn has_ended(&self, how: WaitIdOptions) -> bool {
        let Some(leader) = pid(self.leader.id()) else { return true };
        let look = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT | how;
        !matches!(waitid(WaitId::Pid(leader), look), Ok(None))
    }

    fn end(&mut self) -> Option<ExitStatus> {
        if live().remove(&self.leader.id()) {
            kill(self.leader.id());
        }
        // It must not kill a group that gets the number later.
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

/// Runs a process to its end and gives what it wrote on standard output.
pub fn output(command: &mut Command) -> io::Result<Output> {
    let mut child = Child::start(command.stdin(Stdio::null()).stdout(Stdio::piped()))?;
    let mut stdout = Vec::new();
    if let Some(mut pipe) = child.leader.stdout.take() {
        io::Read::read_to_end(&mut pipe, &mut stdout)?;
    }
    child.has_ended(WaitIdOptions::empty());
    let status = child.end().ok_or_else(|| io::Error::other("it cannot be waited for"))?;
    Ok(Output { status, stdout, stderr: Vec::new() })
}

/// Kills all processes that were started and are not over: for whoever is about to exit at once.
pub fn end_all() {
    for leader in std::mem::take(&mut *live()) {
        kill(leader);
    }
}

fn live() -> MutexGuard<'static, BTreeSet<u32>> {
    LIVE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn pid(id: u32) -> Option<Pid> {
    Pid::from_raw(i32::try_from(id).ok()?)
}

/// Kills a whole group; one that has nobody left in it is as it should be.
fn kill(leader: u32) {
    if let Some(group) = pid(leader) {
        let _ = kill_process_group(group, Signal::KILL);
    }
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

    /// A shell that starts another process, tells its number and waits; and that number.
    fn with_grandchild() -> (Child, u32) {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", "sleep 777 & echo $!; wait"]).stdout(Stdio::piped());
        let mut child = Child::start(&mut command).expect("a shell");
        let mut line = String::new();
        let out = child.leader().stdout.take().expect("a pipe");
        BufReader::new(out).read_line(&mut line).expect("a line");
        (child, line.trim().parse().expect("a number"))
    }

    /// Whether a process is there and is no zombie.
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
    fn a_child_is_dropped_with_what_it_started() {
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
    fn what_a_process_wrote_is_given_with_its_status() {
        let ran =
            output(Command::new("/bin/sh").args(["-c", "echo all; exit 3"])).expect("a shell");
        assert_eq!((ran.status.code(), ran.stdout), (Some(3), b"all\n".to_vec()));
    }
}
