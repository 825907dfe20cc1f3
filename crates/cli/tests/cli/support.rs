//! Runs the binary, and checks its errors.

use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

/// The exit status and the output of a command.
pub struct Ran {
    pub status: i32,
    pub out: String,
    pub err: String,
}

/// Returns whether Python is installed, and says what is not tested without it.
pub fn has_python(what: &str) -> bool {
    let found = Command::new("python3").arg("--version").output().is_ok();
    if !found {
        eprintln!("python3 is missing: {what} is not tested");
    }
    found
}

/// Returns the command that runs the binary as `crosswire` with these arguments.
pub fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_crosswire"));
    command.arg0("crosswire").args(args);
    for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "COLUMNS"] {
        command.env_remove(name);
    }
    command
}

pub fn crosswire(args: &[&str]) -> Ran {
    let piped = command(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    ran(piped.expect("the binary runs"))
}

/// Waits up to a minute of wall time until a condition holds.
#[track_caller]
#[expect(clippy::disallowed_methods, reason = "it waits for another process")]
pub fn until(what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..12_000 {
        if holds() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    panic!("not within a minute: {what}");
}

/// Starts the binary with these arguments and returns it once it catches SIGTERM.
pub fn begun(args: &[&str]) -> Child {
    let mut command = command(args);
    let piped = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = piped.spawn().expect("the binary runs");
    let id = child.id();
    // The mask of caught signals, where SIGTERM is the 15th from the right.
    let caught = || {
        let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
        let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
        mask.unwrap_or_default() >> 14 & 1 == 1
    };
    until("the binary catches SIGTERM", caught);
    child
}

/// Sends a process a signal.
pub fn signal(id: u32, name: &str) {
    let sent = Command::new("kill").args(["-s", name, &id.to_string()]).status();
    assert!(sent.expect("kill runs").success(), "{name}");
}

/// Waits for a process to end without a signal and returns its output.
pub fn ran(child: Child) -> Ran {
    let Output { status, stdout, stderr } = child.wait_with_output().expect("it ends");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    Ran {
        status: status.code().expect("it ends without a signal"),
        out: text(stdout),
        err: text(stderr),
    }
}

/// Runs a command and checks that it is refused with one error that contains these words.
#[track_caller]
pub fn refused(args: &[&str], words: &[&str]) {
    was_refused(args, &crosswire(args), words);
}

/// Checks that a command was refused with one error that contains these words.
#[track_caller]
pub fn was_refused(args: &[&str], ran: &Ran, words: &[&str]) {
    let Ran { status, out, err } = ran;
    assert_eq!(*status, 2, "{args:?}: {err}");
    let for_machines = args.contains(&"--json") && out.starts_with("{\"type\":\"error\"");
    assert!(out.is_empty() || for_machines, "{args:?}: {out}");
    // A wrapped error has a bar before each line.
    let words_of = err.split_whitespace().filter(|word| *word != "│");
    let flat = words_of.collect::<Vec<_>>().join(" ");
    for word in words {
        assert!(flat.contains(word), "{args:?}: `{word}` is not in:\n{err}");
    }
    for trace in ["panicked", "RUST_BACKTRACE", "\u{1b}"] {
        assert!(!err.contains(trace), "{args:?}:\n{err}");
    }
    assert_eq!(err.matches('×').count() + err.matches("error:").count(), 1, "{args:?}:\n{err}");
}

/// A directory for the files of one test.
pub struct Place(tempfile::TempDir);

impl Place {
    pub fn new() -> Self {
        Self(tempfile::tempdir().expect("a directory"))
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn name(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    /// Writes a file and gives its path.
    pub fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        std::fs::write(self.path(name), bytes).expect("a file");
        self.name(name)
    }
}

/// A scenario that runs in a moment.
pub const TINY: &str = r#"name = "tiny"
summary = "Two cameras, and the cache is slow for a while."
duration_ms = 12_000

[cast]
cameras = 4
phones = 4
gateways = 1

[workload]
event_every_ms = 2_000
open_every_ms = 3_000

[[fault]]
kind = "cache-slow"
start_ms = [4_000, 5_000]
length_ms = 1_000
severity = 20.0

[recovery]
within_ms = 4_000
deliver_within_ms = 4_000
"#;

/// Writes a scenario in which a faulty client is violated for some seeds, with two signatures.
pub fn scenario(place: &Place) -> String {
    let slow = TINY.replace("severity = 20.0", "severity = 250.0");
    let short = slow.replace("length_ms = 1_000", "length_ms = 300");
    let knobs = "[client]\npool_size = 2\nop_timeout_ms = 200\n\n\
                 [service]\nrequest_deadline_ms = 600\n\n[workload]";
    place.file("slow.toml", short.replace("[workload]", knobs))
}
