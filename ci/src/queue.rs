//! Several processes share a hunt over a NATS server with `JetStream`, while a worker is killed
//! with SIGKILL in mid-range and the server is killed and restarted.
//!
//! The result must be that of an undisturbed hunt of one process: every seed is done, every finding
//! is kept once. Then the rates: one thread, two threads, and two workers of one thread each over
//! the queue, measured in turn.

mod rates;
mod server;

use crate::checks::{Checks, repeated};
use crate::child;
use crate::clock;
use crate::error::Error;
use crate::files;
use crate::hunts::{self, Journal};
use crate::install;
use crate::program::{Build, Program};
use crosswire_process::Child;
use serde::Deserialize;
use serde_json::Value;
use server::Server;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::Duration;

/// The arguments of `ci queue`.
#[derive(clap::Args)]
pub struct Args {
    /// Seeds of the hunt.
    #[arg(default_value_t = 60)]
    seeds: u64,
    /// Seeds of the hunt whose rates are measured; 0 skips them, which takes half a minute.
    #[arg(default_value_t = 600)]
    rate_seeds: u64,
}

/// The number of checks of a condition before the test gives up: one in 100 ms, for a minute.
const TRIES: u32 = 600;

/// The names of the hunts on the queue.
const SHARED: &str = "shared";
const POISON: &str = "poison";

/// The status of a shared hunt.
#[derive(Debug, Deserialize)]
struct Status {
    done: u64,
    under_way: u64,
    findings: u64,
    over: bool,
    given_up: Vec<Value>,
    workers: Vec<Active>,
}

/// A worker in a status.
#[derive(Debug, Deserialize)]
struct Active {
    pid: u32,
    range: Option<Value>,
}

/// The program, the queue and the place of the results.
struct Test {
    program: Program,
    queue: String,
    place: PathBuf,
    seeds: String,
}

/// A worker. It is killed when it is dropped.
struct Worker {
    name: &'static str,
    child: Child,
}

/// Disturbs a shared hunt, compares its results with those of an undisturbed one and measures the
/// rates. Returns whether all checks hold.
pub fn run(args: &Args) -> Result<bool, Error> {
    install::unless_there("nats-server", &["nats-server"], "the queue of this test")?;
    let program = Program::get(Build::Release, &["--features", "crosswire-cli/queue"])?;
    let place = files::temporary()?;
    let mut server = Server::start(place.path())?;
    let test = Test {
        program,
        queue: server.address(),
        place: place.path().to_owned(),
        seeds: args.seeds.to_string(),
    };
    println!("a server on port {}: {}", server.port(), server::version()?);
    let mut checks = Checks::default();
    let alone = test.alone()?;
    test.disturb(&mut server, &mut checks)?;
    test.compare(&alone, &mut checks)?;
    test.poison(&mut checks)?;
    if args.rate_seeds > 0 {
        print!("{}", rates::measure(&test, args.rate_seeds)?);
    }
    Ok(checks.passed())
}

impl Test {
    /// Returns the command of a hunt, without what it does.
    fn hunt(&self) -> Command {
        let mut command = self.program.command();
        command.args(["hunt", "notification-mix-up", "--client", "pooled-cancel-desync"]);
        command.args(["--client", "pooled", "--no-minimize", "--json", "--seeds", &self.seeds]);
        command
    }

    /// Returns a command that uses a hunt on the queue.
    fn on_queue(&self, hunt: &str) -> Command {
        let mut command = self.program.command();
        command.args(["hunt", "--queue", &self.queue, "--name", hunt]);
        command
    }

    fn file(&self, name: &str) -> PathBuf {
        self.place.join(name)
    }

    /// Sends the output of a command to files with a name.
    fn to_files(&self, command: &mut Command, name: &str) -> Result<(), String> {
        command.stdout(files::create(self.file(&format!("{name}.out")))?);
        command.stderr(files::create(self.file(&format!("{name}.err")))?);
        Ok(())
    }

    /// Runs a command to its end with one of the expected exit statuses.
    fn end(&self, command: &mut Command, name: &str, expected: &[i32]) -> Result<(), Error> {
        self.to_files(command, name)?;
        let status = child::status(command)?;
        self.ended(name, status, expected)
    }

    /// Checks the exit status of a command whose output is in files with a name.
    fn ended(&self, name: &str, status: ExitStatus, expected: &[i32]) -> Result<(), Error> {
        match status.code() {
            Some(code) if expected.contains(&code) => Ok(()),
            _ => {
                let errors = files::read(self.file(&format!("{name}.err")))?;
                Err(Error::hunt(format!("{errors}the hunt `{name}` ended with {status}")))
            }
        }
    }

    /// Runs the hunt in one process.
    fn alone(&self) -> Result<Journal, Error> {
        let directory = self.file("alone");
        self.end(self.hunt().arg("--out").arg(&directory), "alone", &[0, 1])?;
        let journal = Journal::read(&directory)?;
        let (findings, seeds) = (journal.findings.len(), journal.done.len());
        println!("undisturbed: {findings} findings of {seeds} seeds");
        Ok(journal)
    }

    /// Starts a worker of a hunt.
    fn worker(&self, name: &'static str, hunt: &str) -> Result<Worker, String> {
        let mut command = self.on_queue(hunt);
        self.to_files(command.args(["--jobs", "1", "--json"]), name)?;
        Ok(Worker { name, child: child::start(&mut command)? })
    }

    /// Waits until a worker has ended by itself.
    fn wait(&self, worker: &mut Worker, expected: &[i32]) -> Result<(), Error> {
        let status = child::wait(&mut worker.child)?;
        self.ended(worker.name, status, expected)
    }

    /// Returns the status of a hunt, or nothing while the server does not answer.
    fn status(&self, hunt: &str) -> Option<Status> {
        let mut command = self.on_queue(hunt);
        command.args(["--status", "--json"]).stderr(Stdio::null());
        let output = child::output(&mut command).ok()?;
        serde_json::from_slice(&output.stdout).ok()
    }

    /// Returns the status of a hunt while the server runs.
    fn known_status(&self, hunt: &str) -> Result<Status, Error> {
        match self.status(hunt) {
            Some(status) => Ok(status),
            None => Err(Error::hunt(format!("the hunt `{hunt}` has no status"))),
        }
    }

    /// Waits until a condition holds.
    fn until(&self, what: &str, mut holds: impl FnMut() -> bool) -> Result<(), Error> {
        for _ in 0..TRIES {
            if holds() {
                return Ok(());
            }
            clock::sleep(Duration::from_millis(100));
        }
        for hunt in [SHARED, POISON] {
            eprintln!("{hunt}: {:?}", self.status(hunt));
        }
        let log = files::read(self.file("server.log"))?;
        Err(Error::hunt(format!("{log}waited in vain for {what}")))
    }

    /// Shares the hunt among workers, kills one of them and restarts the server.
    fn disturb(&self, server: &mut Server, checks: &mut Checks) -> Result<(), Error> {
        let mut announce = self.hunt();
        announce.args(["--queue", &self.queue, "--name", SHARED, "--announce", "--range", "12"]);
        // A lease of two seconds: another worker soon gets the range of a killed one.
        child::succeed(announce.args(["--lease", "2s"]))?;
        let first = self.worker("first", SHARED)?;
        // In mid-range: it has found something and not yet finished its range.
        let out = self.file("first.out");
        self.until("a finding of the first worker", || {
            files::read(&out).is_ok_and(|text| !text.is_empty())
        })?;
        drop(first);
        let Status { findings, done, under_way, .. } = self.known_status(SHARED)?;
        println!(
            "a worker was killed: {findings} findings are kept, {done} ranges are done, it held \
             {under_way}"
        );
        checks.holds("the killed worker held a range", under_way >= 1);
        let mut second = self.worker("second", SHARED)?;
        let mut third = self.worker("third", SHARED)?;
        let at_least = |ranges| self.status(SHARED).is_some_and(|status| status.done >= ranges);
        self.until("a range of the others", || at_least(1))?;
        // The server is killed as well, and restarted with what it has on disk.
        server.restart()?;
        println!("the server was killed and restarted");
        self.until("more ranges after that", || at_least(3))?;
        self.wait(&mut second, &[0, 1])?;
        self.wait(&mut third, &[0, 1])?;
        checks.holds("no range is left", self.known_status(SHARED)?.over);
        Ok(())
    }

    /// Collects the shared hunt and compares it with the undisturbed one.
    fn compare(&self, alone: &Journal, checks: &mut Checks) -> Result<(), Error> {
        let directory = self.file(SHARED);
        let mut collect = self.on_queue(SHARED);
        collect.args(["--collect", "--no-minimize", "--json", "--out"]).arg(&directory);
        self.end(&mut collect, SHARED, &[0, 1])?;
        let shared = Journal::read(&directory)?;
        checks.same("every seed is done once", &alone.done, &shared.done);
        checks.same(
            "the findings are those of the undisturbed hunt, each once and in their order",
            &alone.whole_findings,
            &shared.whole_findings,
        );
        let saved = |name: &str| saved(&self.file(name));
        checks.holds("the saved runs are the same", saved("alone")? == saved(SHARED)?);
        let summary = |name: &str| hunts::summary(&files::read(self.file(name))?);
        let (expected, found) = (summary("alone.out")?, summary("shared.out")?);
        checks.equal("the summaries are the same", &expected, &found);
        let mut resume = self.hunt();
        self.end(resume.arg("--out").arg(&directory).arg("--resume"), "resumed", &[0, 1])?;
        let again = hunts::reported(&[&files::read(self.file("resumed.out"))?]);
        checks.same("a collected hunt can be resumed", &[], &again);
        let mut texts = Vec::new();
        for worker in ["first", "second", "third"] {
            texts.push(files::read(self.file(&format!("{worker}.out")))?);
        }
        let texts: Vec<_> = texts.iter().map(String::as_str).collect();
        let reported = hunts::reported(&texts);
        checks.same("no finding is reported twice", &[], &repeated(&reported));
        Ok(())
    }

    /// A range that kills its workers is handed to three, and then given up.
    fn poison(&self, checks: &mut Checks) -> Result<(), Error> {
        let mut announce = self.program.command();
        announce.args(["hunt", "notification-mix-up", "--client", "pooled", "--seeds", "400"]);
        announce.args(["--queue", &self.queue, "--name", POISON, "--announce"]);
        child::succeed(announce.args(["--range", "400", "--lease", "1s"]))?;
        for _ in 0..3 {
            let worker = self.worker("poisoned", POISON)?;
            let pid = worker.child.id();
            let runs = |status: Status| {
                status.workers.iter().any(|worker| worker.pid == pid && worker.range.is_some())
            };
            self.until("a worker that runs the range", || self.status(POISON).is_some_and(runs))?;
        }
        let mut last = self.worker("last", POISON)?;
        self.wait(&mut last, &[0, 1, 3])?;
        let given_up = !self.known_status(POISON)?.given_up.is_empty();
        checks.holds("a range that killed three workers is given up", given_up);
        let mut collect = self.on_queue(POISON);
        collect.args(["--collect", "--no-minimize", "--out"]).arg(self.file(POISON));
        self.to_files(&mut collect, POISON)?;
        let code = child::status(&mut collect)?.code();
        let errors = files::read(self.file("poison.err"))?;
        let lines = errors.lines().filter(|line| line.contains("seeds 0 to 399")).count();
        checks.equal("and reported with exit status 4", &(Some(4), 1), &(code, lines));
        Ok(())
    }
}

/// Returns the saved runs of a hunt, by the names of their files.
fn saved(directory: &Path) -> Result<BTreeMap<String, String>, String> {
    let mut saved = BTreeMap::new();
    for name in files::names(directory, ".toml")? {
        let text = files::read(directory.join(&name))?;
        saved.insert(name, text);
    }
    Ok(saved)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_read() {
        let text = r#"{"type":"hunt-status","version":1,"name":"shared","ranges":10,"done":2,
            "under_way":1,"waiting":6,"given_up":[{"from":0,"count":12}],"over":false,"runs":120,
            "findings":7,"workers":[
                {"host":"a","pid":41,"threads":1,"runs":8,"range":{"from":12},"seen_s_ago":0},
                {"host":"a","pid":42,"threads":1,"runs":8,"range":null,"seen_s_ago":0}],
            "summary":{"complete":false}}"#;
        let status: Status = serde_json::from_str(text).expect("a status");
        assert_eq!((status.done, status.under_way, status.findings), (2, 1, 7));
        assert!(!status.over && status.given_up.len() == 1);
        let busy: Vec<_> = status.workers.iter().map(|w| (w.pid, w.range.is_some())).collect();
        assert_eq!(busy, [(41, true), (42, false)]);
    }
}
