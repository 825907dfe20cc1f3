//! A single run from its banner to its verdict.

use super::args::OutputArgs;
use super::failure::Failure;
use super::output::{FileKind, OutputFile, unwritable};
use super::pictures::{Pictures, Twin};
use super::progress::{self, Clock};
use super::screen::{Screen, written};
use crate::banner::banner;
use crate::summary::summary_from;
use crosswire::cost::{Cost, Load};
use crosswire::log::Log;
use crosswire::report::Report;
use crosswire::saved::SavedRun;
use crosswire::sim::{ClientUnderTest, RunOutput};
use crosswire::{catalog, determinism, sim};
use crosswire_history::Observer;
use crosswire_output::format::quoted;
use crosswire_output::machine;
use crosswire_plan::Plan;
use crosswire_report::{Recording, Run};
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

/// A run to perform, and its output.
pub(super) struct Job {
    plan: Arc<Plan>,
    client: ClientUnderTest,
    /// The command that replays the run.
    replay: String,
    /// Prints the history.
    log: bool,
    /// Runs twice and compares.
    twice: bool,
    report: ReportForm,
    save: Option<OutputFile>,
    pictures: Pictures,
    /// The signature that the run was saved for. Its story comes first.
    signature: Option<String>,
}

/// The form of a run's report.
#[derive(Clone, Copy, PartialEq, Eq)]
enum ReportForm {
    /// A summary on standard output, where everything else is, too.
    Summary,
    /// An object on standard output; everything else is on standard error.
    Object,
    /// As [`Self::Object`], and the caller prints the object.
    ObjectOfCaller,
}

/// A finished run, with its report and cost.
pub(super) struct FinishedRun {
    pub(super) report: Report,
    pub(super) cost: Cost,
    pub(super) output: RunOutput,
}

type ScreenLog = Log<BufWriter<Box<dyn Write + Send>>>;

/// The observers of a run that not every run has.
#[derive(Default)]
pub(super) struct Watchers {
    log: Option<ScreenLog>,
    recording: Option<Recording>,
}

impl Watchers {
    /// Observes a run with this recording alone.
    pub(super) fn recording(recording: Recording) -> Self {
        Self { log: None, recording: Some(recording) }
    }

    /// Returns the recording.
    pub(super) fn into_recording(self) -> Option<Recording> {
        self.recording
    }
}

impl Job {
    /// Looks up the plan's client and checks that the file after `--save` can be written.
    pub(super) fn new(plan: Plan, replay: String, output: &OutputArgs) -> Result<Self, Failure> {
        let client = catalog::client(&plan.client.name)?;
        let OutputArgs { save, pictures, .. } = output;
        let &OutputArgs { json, log, force, check_determinism: twice, .. } = output;
        let pictures = Pictures::new(pictures, force)?;
        let save = match save {
            Some(path) => Some(OutputFile::new(path, FileKind::SavedRun, force)?),
            None => None,
        };
        let report = if json { ReportForm::Object } else { ReportForm::Summary };
        let plan = Arc::new(plan);
        Ok(Self { plan, client, replay, log, twice, report, save, pictures, signature: None })
    }

    /// Sets the signature that the run was saved for, if it was saved for one.
    pub(super) fn saved_for(self, signature: Option<String>) -> Self {
        Self { signature, ..self }
    }

    /// Leaves the object of `--json` to the caller.
    pub(super) fn without_report(self) -> Self {
        let report = match self.report {
            ReportForm::Summary => ReportForm::Summary,
            ReportForm::Object | ReportForm::ObjectOfCaller => ReportForm::ObjectOfCaller,
        };
        Self { report, ..self }
    }

    fn screen(&self) -> Screen {
        if self.report == ReportForm::Summary { Screen::Output } else { Screen::Error }
    }
}

/// Runs the job and prints its banner, log and summary.
pub(super) fn run_and_print(job: &Job) -> Result<FinishedRun, Failure> {
    let screen = job.screen();
    let layout = screen.layout();
    screen.print(&banner(&job.plan, &job.client.name, layout))?;
    let log =
        if job.log { Some(Log::new(screen.writer(), job.plan.clone(), layout)) } else { None };
    let watchers = Watchers { log, recording: job.pictures.recording(&job.plan) };
    let (done, twin) = beside(job.pictures.twin(&job.plan).as_ref(), || {
        perform(&job.plan, &job.client, watchers, job.twice)
    });
    let replay = |failure: Failure| failure.followed_by(&format!("replay it: {}", job.replay));
    let (run, Watchers { log, recording }) = done.map_err(replay)?;
    if let Some(log) = log {
        written(log.finish())?;
        screen.print("\n")?;
    }
    let FinishedRun { report, cost, .. } = &run;
    match job.report {
        ReportForm::Summary => {
            let first = job.signature.as_deref();
            screen.print(&summary_from(first, &job.plan, report, *cost, &job.replay, layout))?;
        }
        ReportForm::Object => Screen::Output.print(&machine::page(report)?)?,
        ReportForm::ObjectOfCaller => {}
    }
    if job.twice {
        screen.print("\ndeterministic: two runs, with identical entries and digests\n")?;
    }
    if let Some(target) = &job.save {
        let saved = SavedRun::new(&job.plan, report);
        let text = saved.to_text(report).map_err(|error| unwritable(target.path(), &error))?;
        let read = saved.read_back(&text);
        read.unwrap_or_else(|bad| panic!("a run was saved that cannot be replayed: {bad}"));
        target.write(text.as_bytes())?;
        let replay = replay_command(&target.path().display().to_string());
        screen.print(&format!("\nsaved: {replay}\n"))?;
    }
    if let Some(recording) = recording {
        let shown = (&run.output.findings, job.signature.as_deref());
        let named = (&*job.plan, &job.client.name[..]);
        let twin = twin.transpose()?;
        screen.print(&job.pictures.make(named, (recording, twin.as_ref()), shown)?)?;
    }
    Ok(run)
}

/// Does `work` while the twin runs on another thread.
fn beside<T>(twin: Option<&Twin>, work: impl FnOnce() -> T) -> (T, Option<Result<Run, Failure>>) {
    let Some(twin) = twin else { return (work(), None) };
    thread::scope(|scope| {
        let twin = scope.spawn(|| twin.run());
        (work(), Some(twin.join().expect("a run's panics are caught")))
    })
}

/// Runs a plan, once or twice, and measures its cost and wall time. Shows its progress unless a log
/// is written. Returns the watchers.
pub(super) fn perform(
    plan: &Arc<Plan>,
    client: &ClientUnderTest,
    watchers: Watchers,
    twice: bool,
) -> Result<(FinishedRun, Watchers), Failure> {
    let load = Load::default();
    let Watchers { log, recording } = watchers;
    let (output, load, watchers, wall) = if let Some(log) = log {
        let second = if twice { Some(()) } else { None };
        let observer = ((load, log), recording);
        let (output, ((load, log), recording), wall) = timed(plan, client, observer, second)?;
        (output, load, Watchers { log: Some(log), recording }, wall)
    } else {
        let clock = Clock::default();
        let observer = ((load, clock.clone()), recording);
        let second = if twice { Some(clock.after(plan.duration_ms)) } else { None };
        let run = || timed(plan, client, observer, second);
        let runs = if twice { 2 } else { 1 };
        let shown = progress::shown(runs * plan.duration_ms, &clock, run)?;
        let (output, ((load, _), recording), wall) = shown;
        (output, load, Watchers { log: None, recording }, wall)
    };
    let report = Report::new(plan, &client.name, &output, wall);
    Ok((FinishedRun { report, cost: load.cost(plan), output }, watchers))
}

#[expect(clippy::disallowed_methods, reason = "the only place that measures a run's wall time")]
fn timed<O: Observer>(
    plan: &Arc<Plan>,
    client: &ClientUnderTest,
    observer: O,
    of_second: Option<impl Observer>,
) -> Result<(RunOutput, O, Duration), Failure> {
    let began = Instant::now();
    let (output, observer) = match of_second {
        Some(of_second) => determinism::twice(plan, client, observer, of_second)?,
        None => sim::watch(plan, client, observer)?,
    };
    Ok((output, observer, began.elapsed()))
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
