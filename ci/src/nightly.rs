//! The scheduled hunt of a team: every scenario with every correct client, and with every correct
//! service, for a given time.
//!
//! New findings are minimized and saved in `scenarios/regressions`, and are known the next time.
//! `DIR/summary.md` is the report. Each hunt writes pages into its directory.

mod announced;
mod pages;
mod summary;

use crate::child;
use crate::error::Error;
use crate::files;
use crate::program::{Build, Program};
use announced::Announced;
use rustix::process::{Pid, Signal, kill_process};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

/// The arguments of `ci nightly`. `TIME` is for example 90s, 10m or 8h.
#[derive(clap::Args)]
pub struct Args {
    /// Hunts for this long.
    #[arg(long, value_name = "TIME", default_value = "8h", value_parser = duration)]
    r#for: Duration,
    /// Runs this many seeds instead.
    #[arg(long, value_name = "N")]
    seeds: Option<u64>,
    /// The directory of the results.
    #[arg(long, value_name = "DIR", default_value = "nightly")]
    out: PathBuf,
    /// The directory of the saved runs.
    #[arg(long, value_name = "DIR", default_value = "scenarios/regressions")]
    keep: PathBuf,
    /// The first seed [default: seconds since 1970 times a million: no two nights overlap].
    #[arg(long, value_name = "N")]
    from_seed: Option<String>,
    /// A scenario [default: all but `metastable`].
    #[arg(long, value_name = "NAME")]
    scenario: Vec<String>,
    /// A client [default: the correct ones, unless there is a `--service`].
    #[arg(long, value_name = "NAME")]
    client: Vec<String>,
    /// A service [default: the correct ones, unless there is a `--client`].
    #[arg(long, value_name = "NAME")]
    service: Vec<String>,
    /// CPU time for minimizing each new signature.
    #[arg(long, value_name = "TIME", default_value = "60s")]
    minimize: String,
}

/// A night: what is hunted, and where the results are.
struct Night {
    program: Program,
    scenarios: Vec<String>,
    clients: Vec<String>,
    services: Vec<String>,
    seeds: Option<u64>,
    from: String,
    minimize: String,
    /// The directory of all nights.
    out: PathBuf,
    /// The directory of this night, in `out`.
    directory: PathBuf,
    keep: PathBuf,
}

/// A hunt that has ended.
struct Part {
    /// `clients` or `services`.
    name: &'static str,
    /// The files of the hunt without their endings; the directory of its results.
    path: PathBuf,
    /// The signatures that it announced.
    announced: Vec<Announced>,
}

/// Hunts, saves what is new, writes the summary and returns whether nothing is new.
pub fn run(args: &Args) -> Result<bool, Error> {
    let stop = Stop::on_signal()?;
    let night = Night::of(args)?;
    files::create_dir(night.directory.join("new"))?;
    files::create_dir(&night.keep)?;
    let (for_clients, for_services) = night.shares(args.r#for.as_secs());
    let mut parts = Vec::new();
    if !night.clients.is_empty() && !stop.is_set() {
        let mut what = with("--client", &night.clients);
        what.extend(["--service".to_owned(), "standard".to_owned()]);
        parts.push(night.hunt("clients", for_clients, &what, &stop)?);
    }
    if !night.services.is_empty() && !stop.is_set() {
        let mut what = with("--service", &night.services);
        what.extend(["--client".to_owned(), "pooled".to_owned()]);
        parts.push(night.hunt("services", for_services, &what, &stop)?);
    }
    let summary = summary::text(&night, &parts, stop.is_set())?;
    files::write(night.directory.join("summary.md"), &summary)?;
    let path = night.out.join("summary.md");
    files::write(&path, &summary)?;
    let (new, known) = counts(&parts);
    println!("{new} new, {known} known: {}", path.display());
    if let Some(page) = pages::write(&night.directory, &parts)? {
        println!("pages: {}", page.display());
    }
    Ok(new == 0)
}

impl Night {
    fn of(args: &Args) -> Result<Self, String> {
        let program = Program::get(Build::Release, &[])?;
        let mut scenarios = args.scenario.clone();
        if scenarios.is_empty() {
            scenarios = program.list("scenarios")?.into_iter().map(|item| item.name).collect();
            // It is about retries and capacity: in it, correct services collapse as well.
            scenarios.retain(|scenario| scenario != "metastable");
        }
        let (mut clients, mut services) = (args.client.clone(), args.service.clone());
        if clients.is_empty() && services.is_empty() {
            clients = correct(&program, "clients")?;
            services = correct(&program, "services")?;
            // The clients are hunted with it.
            services.retain(|service| service != "standard");
        }
        let from = match &args.from_seed {
            Some(from) => from.clone(),
            None => date("+%s000000")?,
        };
        let directory = args.out.join(date("+%Y-%m-%dT%H-%M-%S")?);
        Ok(Self {
            program,
            scenarios,
            clients,
            services,
            seeds: args.seeds,
            from,
            minimize: args.minimize.clone(),
            out: args.out.clone(),
            directory,
            keep: args.keep.clone(),
        })
    }

    /// Returns the seconds of the hunts of clients and of services. The services get a third, if
    /// both are hunted.
    fn shares(&self, seconds: u64) -> (u64, u64) {
        if self.clients.is_empty() || self.services.is_empty() {
            return (seconds, seconds);
        }
        let services = seconds.div_ceil(3);
        ((seconds - services).max(1), services)
    }

    /// Hunts and saves what is new.
    fn hunt(
        &self,
        name: &'static str,
        seconds: u64,
        what: &[String],
        stop: &Stop,
    ) -> Result<Part, Error> {
        let path = self.directory.join(name);
        let mut command = self.command(seconds, what, &path);
        let (text, errors) = (path.with_extension("txt"), path.with_extension("err"));
        command.stdout(files::create(&text)?).stderr(files::create(&errors)?);
        let status = stop.run(&mut command)?;
        let errors = files::read(&errors)?;
        match status.code() {
            Some(0 | 1 | 3) => eprint!("{}", end(&errors, 3)),
            code => {
                eprint!("{errors}");
                let status = if code == Some(2) { 2 } else { 4 };
                let message = format!("the hunt of {name} failed");
                return Err(Error { message, status });
            }
        }
        let announced = announced::parse(&files::read(&text)?);
        for new in announced.iter().filter(|announced| announced.known.is_none()) {
            self.save(new)?;
        }
        Ok(Part { name, path, announced })
    }

    fn command(&self, seconds: u64, what: &[String], path: &Path) -> Command {
        let mut command = self.program.command();
        command.arg("hunt").args(&self.scenarios).args(what);
        command.args(["--from-seed", &self.from, "--minimize", &self.minimize]);
        command.arg("--out").arg(path).arg("--baseline").arg(&self.keep);
        command.arg("--junit").arg(path.with_extension("xml"));
        command.arg("--guided").arg("--corpus").arg(self.out.join("corpus"));
        match self.seeds {
            Some(seeds) => command.args(["--seeds", &seeds.to_string()]),
            None => command.args(["--for", &format!("{seconds}s")]),
        };
        command
    }

    /// Saves the minimized run of a finding, or the whole one if it has not been minimized.
    fn save(&self, new: &Announced) -> Result<(), String> {
        let minimized = new.file.with_extension("small.toml");
        let file = if minimized.exists() { &minimized } else { &new.file };
        let name = new.saved_as();
        files::copy(file, self.directory.join("new").join(&name))?;
        files::copy(file, self.keep.join(&name))
    }
}

/// A request to end, by Ctrl-C or SIGTERM. The current hunt ends gracefully, and its findings are
/// reported.
struct Stop {
    requested: Arc<AtomicBool>,
    /// The process id of the current hunt, or 0.
    hunting: Arc<AtomicU32>,
}

impl Stop {
    /// Handles the signals of this process.
    fn on_signal() -> Result<Self, String> {
        let (requested, hunting) = (Arc::<AtomicBool>::default(), Arc::<AtomicU32>::default());
        let stop = Self { requested: requested.clone(), hunting: hunting.clone() };
        let handled = ctrlc::set_handler(move || {
            requested.store(true, Ordering::SeqCst);
            terminate(hunting.load(Ordering::SeqCst));
        });
        handled.map_err(|error| format!("signals cannot be handled: {error}"))?;
        Ok(stop)
    }

    fn is_set(&self) -> bool {
        self.requested.load(Ordering::SeqCst)
    }

    /// Runs a process to its end, and asks it to end if a signal arrives.
    fn run(&self, command: &mut Command) -> Result<std::process::ExitStatus, String> {
        let mut child = child::start(command)?;
        self.hunting.store(child.id(), Ordering::SeqCst);
        if self.is_set() {
            // The signal may have come before the handler could know the process.
            terminate(child.id());
        }
        let status = child::wait(&mut child);
        self.hunting.store(0, Ordering::SeqCst);
        status
    }
}

/// Sends SIGTERM to a process that may have ended.
fn terminate(process: u32) {
    if process != 0
        && let Some(process) = Pid::from_raw(process as i32)
    {
        let _ = kill_process(process, Signal::TERM);
    }
}

/// Returns the names of those without a mechanism.
fn correct(program: &Program, kind: &str) -> Result<Vec<String>, String> {
    let mut items = program.list(kind)?;
    items.retain(|item| item.right);
    Ok(items.into_iter().map(|item| item.name).collect())
}

/// Returns the time in UTC.
fn date(format: &str) -> Result<String, String> {
    let date = child::stdout(Command::new("date").args(["-u", format]), &[0])?;
    Ok(date.trim().to_owned())
}

/// Returns the option with each of the names.
fn with(option: &str, names: &[String]) -> Vec<String> {
    names.iter().flat_map(|name| [option.to_owned(), name.clone()]).collect()
}

/// Returns how many announced signatures are new and how many are known.
fn counts(parts: &[Part]) -> (usize, usize) {
    let all = parts.iter().flat_map(|part| &part.announced);
    let (known, new): (Vec<_>, Vec<_>) = all.partition(|announced| announced.known.is_some());
    (new.len(), known.len())
}

/// Returns the last lines of a text.
fn end(text: &str, count: usize) -> String {
    let lines: Vec<_> = text.lines().collect();
    files::text(lines[lines.len().saturating_sub(count)..].iter().copied())
}

/// Parses a time such as 90s, 10m or 8h, of at least a second.
fn duration(text: &str) -> Result<Duration, String> {
    match humantime::parse_duration(text) {
        Ok(time) if time >= Duration::from_secs(1) => Ok(time),
        _ => Err("expected a time such as 90s, 10m or 8h".to_owned()),
    }
}

#[cfg(test)]
mod tests;
