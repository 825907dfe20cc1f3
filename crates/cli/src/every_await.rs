//! `crosswire run --cancel-at-every-await`: cancels a call of the client at each await, one run for
//! each.

use super::failure::{Exit, Failure};
use super::progress;
use super::screen::Screen;
use super::signals;
use super::single_run::program;
use crate::banner::banner;
use crate::summary::stories;
use crosswire::catalog;
use crosswire::every_await::{
    CancelledRun, EveryAwait, EveryAwaitReport, First, cancelled_at, every_await,
};
use crosswire::report::Report;
use crosswire::seedline::{NONE, SeedLine};
use crosswire::sim;
use crosswire_checker::{Verdict, invariants};
use crosswire_output::format::{Layout, counted, grouped, quoted};
use crosswire_output::machine;
use crosswire_plan::Plan;
use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// The most awaits that a run may have; with more, a run for each takes too long.
const MAX_AWAITS: u64 = 5_000;

/// Runs `plan`, the plan of `line`, once for each await with a cancellation there, on this many
/// threads.
pub(super) fn run(
    plan: Plan,
    line: &SeedLine,
    threads: usize,
    json: bool,
) -> Result<Exit, Failure> {
    let client = catalog::client(&plan.client.name)?;
    let plan = Arc::new(plan);
    let screen = if json { Screen::Error } else { Screen::Output };
    let layout = screen.layout();
    let stop = signals::stop()?;
    let stopped = || stop.load(Ordering::Relaxed);
    let uncancelled = sim::play(&plan, &client)?;
    let suspensions = uncancelled.suspensions;
    if suspensions > MAX_AWAITS {
        return Err(too_many(&plan.scenario, suspensions));
    }
    screen.print(&banner(&plan, &client.name, layout))?;
    let found = progress::counted(suspensions, ("run", "awaits"), |tick| {
        every_await(&plan, &client, suspensions, threads, tick, &stopped)
    });
    let found = found.map_err(|panicked| {
        let advice = format!("replay it: {}", replay_command(line, panicked.at));
        Failure::Harness(panicked.to_string()).followed_by(&advice)
    })?;
    let first = found.first.as_ref().map(|CancelledRun { at, output }| {
        let plan = cancelled_at(&plan, *at);
        First { cancel_at: *at, run: Report::new(&plan, &client.name, output, Duration::ZERO) }
    });
    let uncancelled = uncancelled.findings.verdict;
    let verdict = match uncancelled {
        Verdict::Violated => Verdict::Violated,
        _ => found.verdict(),
    };
    let cut_short = found.runs() < suspensions;
    let verdict = match verdict {
        Verdict::Clean if cut_short => Verdict::Inconclusive,
        verdict => verdict,
    };
    let object = EveryAwaitReport {
        scenario: &plan.scenario,
        seed: plan.seed,
        client: &client.name,
        service: &plan.service.name,
        defences: &plan.defences,
        verdict,
        suspensions,
        uncancelled,
        violated: &found.violated,
        inconclusive: &found.inconclusive,
        clean: found.clean.len(),
        counts: &found.broken,
        first,
    };
    if json {
        Screen::Output.print(&machine::page(&object)?)?;
    } else {
        Screen::Output.print(&text(&object, &found, line, layout))?;
    }
    if cut_short {
        let how = signals::interrupted(found.runs(), Some(suspensions), "awaits");
        Screen::Error.print(&format!("{how}\n"))?;
    }
    Ok(verdict.into())
}

fn too_many(scenario: &str, awaits: u64) -> Failure {
    let (found, most) = (grouped(awaits), grouped(MAX_AWAITS));
    Failure::Input(miette::miette!(
        help = "run a smaller scenario, such as the built-in `pair`; or cancel at one await, with \
                --cancel-at K",
        "{scenario} is too large: it has {found} awaits of the client's calls; expected at most {most}"
    ))
}

/// Returns the text for people.
fn text(
    object: &EveryAwaitReport<'_>,
    found: &EveryAwait,
    line: &SeedLine,
    layout: Layout,
) -> String {
    let mut out = layout.verdict_with(object.verdict, &reason(object));
    for about in invariants() {
        if let Some(&runs) = found.broken.get(&about.id) {
            let runs = counted(runs, "run");
            let id = layout.invariant(about.id);
            writeln!(out, "  {id} {}, violated in {runs}", about.name).expect("a string");
        }
    }
    if let Some(First { cancel_at, run }) = &object.first {
        let title = format!("First failure: cancelled at await {}", grouped(*cancel_at));
        writeln!(out, "\n{}", layout.strong(&title)).expect("a string");
        out += &stories(run, layout);
        let replay = replay_command(line, *cancel_at);
        writeln!(out, "\n{}\n  {replay}", layout.strong("Replay")).expect("a string");
    }
    out
}

fn reason(object: &EveryAwaitReport<'_>) -> String {
    let awaits = counted(object.suspensions, "await");
    let [violated, inconclusive, clean] =
        [object.violated.len(), object.inconclusive.len(), object.clean]
            .map(|runs| grouped(runs as u64));
    let mut words = format!(
        "{awaits} of {}'s calls, each cancelled in a run of its own: {violated} violated, \
         {inconclusive} inconclusive, {clean} clean",
        object.client
    );
    if object.uncancelled != Verdict::Clean {
        write!(words, "; without a cancellation: {}", object.uncancelled).expect("a string");
    }
    words
}

/// Returns the command that replays the run with a cancellation at await `at`.
pub(super) fn replay_command(line: &SeedLine, at: u64) -> String {
    let SeedLine { scenario, seed, client, service, defences } = line;
    let mut command = format!(
        "{} run {} --seed {seed} --client {} --service {}",
        quoted(&program()),
        quoted(scenario),
        quoted(client),
        quoted(service),
    );
    let none = [NONE.to_owned()];
    for defence in if defences.is_empty() { &none[..] } else { &defences[..] } {
        command.push_str(" --defence ");
        command.push_str(&quoted(defence));
    }
    command + &format!(" --cancel-at {at}")
}
