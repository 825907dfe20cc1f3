//! Child processes that never outlive this process.
//!
//! Each child leads a separate process group, so that a signal to this process's group does not
//! reach it, and so that it can be killed together with everything it starts. A process that leaves
//! the group (`setsid`, a daemon) is found by its environment, in which each child has a `mark`.
//! Three things kill the group and all marked processes: dropping the [`Child`], [`end_all`], and
//! the child's watchman, a shell that reads from a pipe of this process. However this process ends,
//! even by SIGKILL, the pipe closes, and the watchman kills. A parent-death signal
//! (`PR_SET_PDEATHSIG`) would reach only the leader, and can be set between fork and exec only by
//! `unsafe` code.
//!
//! A process escapes if it leaves its group *and* clears its environment or changes its user; and
//! where there is no `/proc`, if it leaves its group.

mod mark;

use mark::Mark;
use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};
use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::os::unix::process::CommandExt;
use std::process::{self, Command, ExitStatus, Output, Stdio};
use std::sync::{self, MutexGuard, PoisonError};

/// Reads the leader's id, waits until the other end of its standard input closes, then kills the
/// leader's group and all processes with the mark in its argument. A group that is killed may have
/// started another process meanwhile, so it looks until it finds no more.
const WATCHMAN: &str = r#"
read -r leader
read -r _
[ -n "$leader" ] && kill -s KILL -- "-$leader"
for round in 1 2 3 4 5 6 7 8 9; do
    marked=$(grep -laFs -- "$0" /proc/[0-9]*/environ)
    [ -n "$marked" ] || exit
    for file in $marked; do
        id=${file#/proc/}
        kill -s KILL "${id%/environ}"
    done
done"#;

/// The leaders that have not ended, with their marks.
#[expect(
    clippy::disallowed_types,
    reason = "this crate depends on no other crate of the workspace"
)]
static LIVE: sync::Mutex<BTreeMap<u32, Mark>> = sync::Mutex::new(BTreeMap::new());

/// A child process and everything it starts. They end when the value is dropped.
pub struct Child {
    leader: process::Child,
    /// `None` if there is no shell: then a SIGKILL of this process leaves the child behind.
    watchman: Option<process::Child>,
}

impl Child {
    /// Starts a process in a new group.
    pub fn start(command: &mut Command) -> io::Result<Self> {
        let mark = Mark::new();
        // The watchman is there first, so that no moment is without one.
        let mut watchman = watch(&mark);
        let mut live = live();
        let leader = command.env(mark::NAME, mark.value()).process_group(0).spawn()?;
        live.insert(leader.id(), mark);
        if let Some(pipe) = watchman.as_mut().and_then(|watchman| watchman.stdin.as_mut()) {
            // A watchman that is gone cannot be helped, and is not needed if all goes well.
            let _ = writeln!(pipe, "{}", leader.id());
        }
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
        let mark = live().remove(&self.leader.id());
        if let Some(mark) = mark {
            kill(self.leader.id(), &mark);
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
    for (leader, mark) in std::mem::take(&mut *live()) {
        kill(leader, &mark);
    }
}

fn live() -> MutexGuard<'static, BTreeMap<u32, Mark>> {
    LIVE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn pid(id: u32) -> Pid {
    let id = i32::try_from(id).expect("a process id is an i32");
    Pid::from_raw(id).expect("a process id is not 0")
}

/// Kills a whole group, and the processes that left it. An empty group is no error.
fn kill(leader: u32, mark: &Mark) {
    let _ = kill_process_group(pid(leader), Signal::KILL);
    mark.kill_all();
}

fn watch(mark: &Mark) -> Option<process::Child> {
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", WATCHMAN, &mark.text()]).stdin(Stdio::piped());
    shell.stdout(Stdio::null()).stderr(Stdio::null()).process_group(0).spawn().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufRead, BufReader};

    /// Starts a shell that starts three processes, prints their ids and waits: one in its group,
    /// one in another session, and a daemon whose parent has ended.
    fn with_grandchildren() -> (Child, Vec<u32>) {
        let script = "sleep 777 & echo $!
            setsid sh -c 'echo $$; exec sleep 777' &
            (setsid sh -c 'echo $$; exec sleep 777' &)
            wait";
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script]).stdout(Stdio::piped());
        let mut child = Child::start(&mut command).expect("a shell");
        let out = BufReader::new(child.leader().stdout.take().expect("a pipe"));
        let lines = out.lines().take(3).map(|line| line.expect("a line"));
        (child, lines.map(|line| line.trim().parse().expect("a number")).collect())
    }

    /// Returns whether a process exists and is no zombie.
    fn lives(id: u32) -> bool {
        let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
        stat.rsplit_once(") ").is_some_and(|(_, state)| !state.starts_with('Z'))
    }

    fn are_gone(ids: &[u32]) -> bool {
        (0..200_000).any(|_| {
            std::thread::yield_now();
            !ids.iter().any(|id| lives(*id))
        })
    }

    #[test]
    fn dropping_a_child_kills_what_it_started_and_nothing_else() {
        let (other, others) = with_grandchildren();
        let (child, grandchildren) = with_grandchildren();
        assert!(grandchildren.iter().all(|id| lives(*id)));
        drop(child);
        assert!(are_gone(&grandchildren));
        assert!(others.iter().all(|id| lives(*id)));
        drop(other);
        assert!(are_gone(&others));
    }

    #[test]
    fn a_watchman_kills_the_group_and_what_left_it_when_the_pipe_is_closed() {
        let (mut child, grandchildren) = with_grandchildren();
        let mut watchman = child.watchman.take().expect("a shell");
        drop(watchman.stdin.take());
        assert!(are_gone(&grandchildren));
        drop(watchman.wait());
    }

    #[test]
    fn output_and_status_of_a_process_are_returned() {
        let ran =
            output(Command::new("/bin/sh").args(["-c", "echo all; exit 3"])).expect("a shell");
        assert_eq!((ran.status.code(), ran.stdout), (Some(3), b"all\n".to_vec()));
    }
}
