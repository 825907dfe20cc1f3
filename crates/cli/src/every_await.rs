//! `crosswire run --cancel-at-every-await`: how a client takes a cancellation wherever it waits.

use super::failure::{Exit, Failure};
use super::play::program;
use super::progress;
use super::screen::Screen;
use super::signals;
use crate::banner::banner;
use crate::summary::stories;
use crosswire::catalog;
use crosswire::every_await::{EveryAwait, First, Told, cancelled_at, every_await};
use crosswire::report::Report;
use crosswire::seedline::{NONE, SeedLine};
use crosswire::sim;
use crosswire_checker::{Verdict, invariants};
use crosswire_output::machine;
use crosswire_output::text::{Paint, counted, grouped, quoted, wrapped};
use crosswire_plan::Plan;
use std::fmt::Write;
use std::num::NonZeroU8;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// With more, a scenario is too large to be played once for each.
const MOST: u64 = 5_000;

/// Plays `plan`, which `line` stands for, with a cancellation at each suspension.
pub(super) fn play(
    plan: Plan,
    line: &SeedLine,
    jobs: Option<NonZeroU8>,
    json: bool,
) -> Result<Exit, Failure> {
    let client = catalog::client(&plan.client.name)?;
    let plan = Arc::new(plan);
    let screen = if json { Screen::Error } else { Screen::Output };
    let paint = screen.paint();
    let stop = signals::stop()?;
    let stopped = || stop.load(Ordering::Relaxed);
    let (uncancelled, _) = sim::play(&plan, &client, Vec::new())?;
    let suspensions = uncancelled.suspensions;
    if suspensions > MOST {
        return Err(too_many(&plan.scenario, suspensions));
    }
    screen.print(&banner(&plan, &client.name, paint))?;
    let found = progress::counted(suspensions, "awaits", |tick| {
        every_await(&plan, &client, suspensions, progress::threads(jobs), tick, &stopped)
    });
    let found = found.map_err(|panicked| {
        let advice = format!("play it again: {}", again(line, panicked.at));
        Failure::Harness(panicked.to_string()).followed_by(&advice)
    })?;
    let first = found.first.as_ref().map(|(at, played)| {
        let report = Report::new(&cancelled_at(&plan, *at), &client.name, played, Duration::ZERO);
        First { cancel_at: *at, run: report }
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
    let told = Told {
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
        Screen::Output.print(&machine::page(&told)?)?;
    } else {
        Screen::Output.print(&text(&told, &found, line, paint))?;
    }
    if cut_short {
        let how = signals::interrupted(found.runs(), Some(suspensions), "awaits");
        Screen::Error.print(&format!("{how}\n"))?;
    }
    Ok(verdict.into())
}

fn too_many(scenario: &str, suspensions: u64) -> Failure {
    let (found, most) = (grouped(suspensions), grouped(MOST));
    Failure::Input(miette::miette!(
        help = "play a smaller one, such as `pair`, which comes with Crosswire; or cancel at one \
                await, with --cancel-at K",
        "{scenario} is too large: calls of the client wait {found} times in it; expected at most \
         {most}"
    ))
}

/// What a person reads.
fn text(told: &Told<'_>, found: &EveryAwait, line: &SeedLine, paint: Paint) -> String {
    let word = told.verdict.to_string();
    let summed = wrapped("", &format!("{word}: {}", in_words(told)));
    let mut out = summed.replacen(&word, &paint.verdict(told.verdict, &word), 1);
    for about in invariants() {
        if let Some(&runs) = found.broken.get(about.id.as_str()) {
            let runs = counted(runs, "run");
            writeln!(out, "  {} {}, broken in {runs}", about.id, about.name).expect("a string");
        }
    }
    if let Some(First { cancel_at, run }) = &told.first {
        let title = format!("The first: cancelled at suspension {}", grouped(*cancel_at));
        writeln!(out, "\n{}", paint.strong(&title)).expect("a string");
        out += &stories(run, paint);
        let again = again(line, *cancel_at);
        writeln!(out, "\n{}\n  {again}", paint.strong("Play it again")).expect("a string");
    }
    out
}

fn in_words(told: &Told<'_>) -> String {
    let waits = counted(told.suspensions, "time");
    let [violated, inconclusive, clean] =
        [told.violated.len(), told.inconclusive.len(), told.clean].map(|runs| grouped(runs as u64));
    let mut words = format!(
        "calls of {} wait {waits} together; cancelled at each, one by one: {violated} violated, \
         {inconclusive} inconclusive, {clean} clean",
        told.client
    );
    if told.uncancelled != Verdict::Clean {
        write!(words, "; without a cancellation: {}", told.uncancelled).expect("a string");
    }
    words
}

/// The command that plays the run that is cancelled at suspension `at`.
pub(super) fn again(line: &SeedLine, at: u64) -> String {
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
