//! One run from its banner to its verdict.

use super::args::Faces;
use super::failure::Failure;
use super::output::{Sort, Target, unwritable};
use super::progress::{self, Clock};
use super::screen::{Screen, written};
use crate::banner::banner;
use crate::summary::summary;
use crosswire::load::{Cost, Load};
use crosswire::log::Log;
use crosswire::report::Report;
use crosswire::saved::SavedRun;
use crosswire::sim::{ClientUnderTest, Played as Run, Watchers};
use crosswire::{catalog, determinism, sim};
use crosswire_history::Observer;
use crosswire_output::machine;
use crosswire_output::text::quoted;
use crosswire_plan::Plan;
use std::any::Any;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A run that is to be played.
pub(super) struct Job {
    plan: Arc<Plan>,
    client: ClientUnderTest,
    /// The command that plays it again.
    again: String,
    faces: Faces,
    save: Option<Target>,
    /// Whether `--json` prints the run; the caller prints what contains it otherwise.
    reports: bool,
}

/// A run that was played.
pub(super) struct Played {
    pub(super) report: Report,
    pub(super) cost: Cost,
    pub(super) run: Run,
}

type ScreenLog = Log<BufWriter<Box<dyn Write + Send>>>;

impl Job {
    /// Looks up the plan's client, and whether the run could be saved.
    pub(super) fn new(plan: Plan, again: String, faces: Faces) -> Result<Self, Failure> {
        let client = catalog::client(&plan.client.name)?;
        let save = faces.save.as_ref().map(|path| Target::new(path, Sort::SavedRun, faces.force));
        let save = save.transpose()?;
        Ok(Self { plan: Arc::new(plan), client, again, faces, save, reports: true })
    }

    /// The same job, whose report the caller prints with `--json`.
    pub(super) fn without_report(self) -> Self {
        Self { reports: false, ..self }
    }

    fn screen(&self) -> Screen {
        if self.faces.json { Screen::Error } else { Screen::Output }
    }
}

/// Plays it and prints what is to be printed.
pub(super) fn play(job: &Job) -> Result<Played, Failure> {
    let screen = job.screen();
    let paint = screen.paint();
    screen.print(&banner(&job.plan, &job.client.name, paint))?;
    let mut watchers: Watchers = Vec::new();
    if job.faces.log {
        let log: ScreenLog = Log::new(screen.writer(), job.plan.clone(), paint);
        watchers.push(Box::new(log));
    }
    let (played, watchers) = perform(&job.plan, &job.client, watchers, job.faces.check_determinism)
        .map_err(|failure| failure.followed_by(&format!("play it again: {}", job.again)))?;
    for log in watchers {
        written(downcast::<ScreenLog>(log).finish())?;
        screen.print("\n")?;
    }
    let Played { report, cost, .. } = &played;
    if job.faces.json {
        if job.reports {
            Screen::Output.print(&machine::page(report)?)?;
        }
    } else {
        screen.print(&summary(&job.plan, report, *cost, &job.again, paint))?;
    }
    if job.faces.check_determinism {
        screen.print("\ndeterministic: two runs, every entry and the digest the same\n")?;
    }
    if let Some(target) = &job.save {
        let text = SavedRun::new(&job.plan, report).to_text(report);
        target.write(&text.map_err(|error| unwritable(target.path(), &error))?)?;
        let again = again(&target.path().display().to_string());
        screen.print(&format!("\nsaved: {again}\n"))?;
    }
    Ok(played)
}

/// Plays a plan with an eye on its load, its progress and the time it takes; hands `watchers`
/// back.
pub(super) fn perform(
    plan: &Arc<Plan>,
    client: &ClientUnderTest,
    mut watchers: Watchers,
    twice: bool,
) -> Result<(Played, Watchers), Failure> {
    let clock = Clock::default();
    let logged = !watchers.is_empty();
    watchers.push(Box::new(Load::default()));
    let (run, wall, mut watchers) = if logged {
        timed(plan, client, watchers, twice)?
    } else {
        watchers.push(Box::new(clock.clone()));
        progress::shown(plan.duration_ms, &clock, || timed(plan, client, watchers, twice))?
    };
    watchers.truncate(watchers.len() - usize::from(!logged));
    let load = watchers.pop().map(downcast::<Load>).unwrap_or_default();
    let report = Report::new(plan, &client.name, &run, wall);
    Ok((Played { report, cost: load.cost(plan), run }, watchers))
}

#[expect(clippy::disallowed_methods, reason = "the one place where a run's real time is taken")]
fn timed(
    plan: &Arc<Plan>,
    client: &ClientUnderTest,
    watchers: Watchers,
    twice: bool,
) -> Result<(Run, Duration, Watchers), Failure> {
    let began = Instant::now();
    let (run, watchers) = if twice {
        determinism::twice(plan, client, watchers)?
    } else {
        sim::play(plan, client, watchers)?
    };
    Ok((run, began.elapsed(), watchers))
}

fn downcast<T: Observer>(observer: Box<dyn Observer>) -> T {
    let observer: Box<dyn Any> = observer;
    *observer.downcast().expect("watchers come back in their order")
}

/// The command that replays `what`, as it can be typed where this one was.
pub(super) fn again(what: &str) -> String {
    format!("{} replay {}", quoted(&program()), quoted(what))
}

/// How this program was called.
pub(super) fn program() -> String {
    std::env::args_os()
        .next()
        .map_or_else(|| "crosswire".to_owned(), |name| name.to_string_lossy().into_owned())
}

/// The name of this program without its directory, for a page that others read.
pub(super) fn program_name() -> String {
    let program = program();
    let name = Path::new(&program).file_name();
    name.map_or_else(|| "crosswire".to_owned(), |name| name.to_string_lossy().into_owned())
}
