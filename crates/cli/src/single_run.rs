//! A single run from its banner to its verdict.

use super::args::OutputArgs;
use super::failure::Failure;
use super::output::{FileKind, OutputFile, unwritable};
use super::progress::{self, Clock};
use super::screen::{Screen, written};
use crate::banner::banner;
use crate::summary::summary;
use crosswire::cost::{Cost, Load};
use crosswire::log::Log;
use crosswire::report::Report;
use crosswire::saved::SavedRun;
use crosswire::sim::{ClientUnderTest, Observers, RunOutput};
use crosswire::{catalog, determinism, sim};
use crosswire_history::Observer;
use crosswire_output::format::quoted;
use crosswire_output::machine;
use crosswire_plan::Plan;
use std::any::Any;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A run to perform, and its output.
pub(super) struct Job {
    plan: Arc<Plan>,
    client: ClientUnderTest,
    /// The command that replays the run.
    replay: String,
    output: OutputArgs,
    save: Option<OutputFile>,
    /// False if the caller prints the object of `--json` itself.
    reports: bool,
}

/// A finished run, with its report and cost.
pub(super) struct FinishedRun {
    pub(super) report: Report,
    pub(super) cost: Cost,
    pub(super) output: RunOutput,
}

type ScreenLog = Log<BufWriter<Box<dyn Write + Send>>>;

impl Job {
    /// Looks up the plan's client and checks that the file after `--save` can be written.
    pub(super) fn new(plan: Plan, replay: String, output: OutputArgs) -> Result<Self, Failure> {
        let client = catalog::client(&plan.client.name)?;
        let save = output.save.as_ref();
        let save = save.map(|path| OutputFile::new(path, FileKind::SavedRun, output.force));
        let save = save.transpose()?;
        Ok(Self { plan: Arc::new(plan), client, replay, output, save, reports: true })
    }

    /// Leaves the object of `--json` to the caller.
    pub(super) fn without_report(self) -> Self {
        Self { reports: false, ..self }
    }

    fn screen(&self) -> Screen {
        if self.output.json { Screen::Error } else { Screen::Output }
    }
}

/// Runs the job and prints its banner, log and summary.
pub(super) fn run_and_print(job: &Job) -> Result<FinishedRun, Failure> {
    let screen = job.screen();
    let layout = screen.layout();
    screen.print(&banner(&job.plan, &job.client.name, layout))?;
    let mut observers: Observers = Vec::new();
    if job.output.log {
        let log: ScreenLog = Log::new(screen.writer(), job.plan.clone(), layout);
        observers.push(Box::new(log));
    }
    let (run, observers) = perform(&job.plan, &job.client, observers, job.output.check_determinism)
        .map_err(|failure| failure.followed_by(&format!("replay it: {}", job.replay)))?;
    for log in observers {
        written(downcast::<ScreenLog>(log).finish())?;
        screen.print("\n")?;
    }
    let FinishedRun { report, cost, .. } = &run;
    if job.output.json {
        if job.reports {
            Screen::Output.print(&machine::page(report)?)?;
        }
    } else {
        screen.print(&summary(&job.plan, report, *cost, &job.replay, layout))?;
    }
    if job.output.check_determinism {
        screen.print("\ndeterministic: two runs, with identical entries and digests\n")?;
    }
    if let Some(target) = &job.save {
        let text = SavedRun::new(&job.plan, report).to_text(report);
        target.write(&text.map_err(|error| unwritable(target.path(), &error))?)?;
        let replay = replay_command(&target.path().display().to_string());
        screen.print(&format!("\nsaved: {replay}\n"))?;
    }
    Ok(run)
}

/// Runs a plan, shows its progress, and measures its cost and wall time. Returns the observers that
/// were given.
pub(super) fn perform(
    plan: &Arc<Plan>,
    client: &ClientUnderTest,
    mut observers: Observers,
    twice: bool,
) -> Result<(FinishedRun, Observers), Failure> {
    let clock = Clock::default();
    let logged = !observers.is_empty();
    observers.push(Box::new(Load::default()));
    let (output, wall, mut observers) = if logged {
        timed(plan, client, observers, twice)?
    } else {
        observers.push(Box::new(clock.clone()));
        progress::shown(plan.duration_ms, &clock, || timed(plan, client, observers, twice))?
    };
    observers.truncate(observers.len() - usize::from(!logged));
    let load = observers.pop().map(downcast::<Load>).unwrap_or_default();
    let report = Report::new(plan, &client.name, &output, wall);
    Ok((FinishedRun { report, cost: load.cost(plan), output }, observers))
}

#[expect(clippy::disallowed_methods, reason = "the only place that measures a run's wall time")]
fn timed(
    plan: &Arc<Plan>,
    client: &ClientUnderTest,
    observers: Observers,
    twice: bool,
) -> Result<(RunOutput, Duration, Observers), Failure> {
    let began = Instant::now();
    let (output, observers) = if twice {
        determinism::twice(plan, client, observers)?
    } else {
        sim::play(plan, client, observers)?
    };
    Ok((output, began.elapsed(), observers))
}

fn downcast<T: Observer>(observer: Box<dyn Observer>) -> T {
    let observer: Box<dyn Any> = observer;
    *observer.downcast().expect("observers are returned in their order")
}

/// Returns the command that replays a seed line or a file, with this program's name as it was
/// typed.
pub(super) fn replay_command(source: &str) -> String {
    format!("{} replay {}", quoted(&program()), quoted(source))
}

/// Returns the name of this program as it was typed.
pub(super) fn program() -> String {
    std::env::args_os()
        .next()
        .map_or_else(|| "crosswire".to_owned(), |name| name.to_string_lossy().into_owned())
}

/// Returns the name of this program without its directory, for pages that others read.
pub(super) fn program_name() -> String {
    let program = program();
    let name = Path::new(&program).file_name();
    name.map_or_else(|| "crosswire".to_owned(), |name| name.to_string_lossy().into_owned())
}
