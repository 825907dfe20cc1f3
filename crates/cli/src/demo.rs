//! The demonstration: one storm three times, with a faulty client, with its correct twin, and with
//! the faulty client behind the published defences.

use super::failure::{Exit, Failure};
use super::output::{FileKind, OutputFile};
use super::run::{load, plan_of};
use super::screen::Screen;
use super::single_run::{FinishedRun, Watchers, perform, program};
use crate::incident::{Column, side_by_side};
use crate::summary::{story, verdict};
use crosswire::catalog;
use crosswire::pictures::{recording, run_of};
use crosswire::seedline::SeedLine;
use crosswire_checker::{InvariantId, Verdict};
use crosswire_output::format::{Layout, counted, grouped, quoted};
use crosswire_plan::{Scenario, Seed};
use crosswire_report::{Recording, page};
use std::env::temp_dir;
use std::path::Path;
use std::sync::Arc;

const SCENARIO: &str = "wyze-2024";
/// A seed near the middle: seeds 1 to 10 expose 7 to 20 users, half of them 12 or more; the
/// published share would be 13.
const SEED: Seed = Seed(2);
const FAULTY: &str = "pooled-cancel-desync";
const CORRECT: &str = "pooled";
const DEFENCES: [&str; 2] = ["verify-at-delivery", "bypass-relation-cache"];

/// The file of the page.
const PAGE: &str = "crosswire-demo.html";

const OPENING: &str = "\
On Friday 16 February 2024 a cloud outage took the cameras of a home security company offline. As \
they came back all at once, a caching client library mixed up device and user IDs: about 13,000 \
people were shown thumbnails from strangers' cameras, and 1,504 of them tapped one.";

const INTRODUCTION: &str = "\
Here is that storm at 1:1000, three times with the same seed: with a caching client that has a \
known bug, with the same client without the bug, and with the faulty client behind the two defences \
that the company published. The library of that day and its bug were never published; this bug \
produces figures like the published ones.";

const SCALE: &str = "\
The cast is 1:1000: the published share is 13 users of 5,200 accounts. The published share of taps \
is per user who was shown a thumbnail, the simulated one per thumbnail.";

/// Runs the storm three times. Returns an error if the runs do not show the leak, the clean twin
/// and the effect of the defences.
pub(super) fn demonstrate() -> Result<Exit, Failure> {
    // Checks the memory before anything is printed.
    let scenario = load(SCENARIO)?;
    let page = page_file();
    let layout = Screen::Output.layout();
    say(&format!("{}\n\n", layout.strong("Crosswire")))?;
    let [opening, introduction] = [OPENING, INTRODUCTION].map(|text| layout.wrapped("", text));
    say(&format!("{opening}\n{introduction}"))?;

    let title = "a cancelled call leaves its reply behind for the next call";
    let (faulty, of_faulty) = act(1, &scenario, (FAULTY, &[]), title, layout)?;
    say(&leak(&faulty, layout))?;
    let title = "the correct twin closes such a connection";
    let (correct, of_correct) = act(2, &scenario, (CORRECT, &[]), title, layout)?;
    say(&layout.wrapped("", &outcome_of_correct(&correct)))?;
    let title = "the faulty client behind both published defences";
    let (defended, _) = act(3, &scenario, (FAULTY, &DEFENCES), title, layout)?;
    say(&layout.wrapped("", &outcome_of_defended(&faulty, &defended)))?;

    say(&format!("\n{}\n", layout.strong("Incident summary")))?;
    say(&side_by_side(&columns(&faulty, &correct, &defended), layout))?;
    say(&format!("\n{}", layout.wrapped("  ", SCALE)))?;
    say(&format!("\n{}\n{}", layout.strong("Replay"), commands()))?;
    let recorded = [(FAULTY, &faulty, of_faulty), (CORRECT, &correct, of_correct)];
    say(&written(page.as_ref(), &scenario, recorded)?)?;
    let missed = missed(&faulty, &correct, &defended);
    if missed.is_empty() {
        return Ok(Exit::Clean);
    }
    Err(Failure::Harness(format!("the demonstration did not show {}", missed.join(" or "))))
}

fn say(text: &str) -> Result<(), Failure> {
    Screen::Output.print(text)
}

fn seed_line(client: &str, defences: &[&str]) -> SeedLine {
    SeedLine {
        scenario: SCENARIO.to_owned(),
        seed: SEED,
        client: client.to_owned(),
        service: "standard".to_owned(),
        defences: defences.iter().map(|name| (*name).to_owned()).collect(),
    }
}

/// Returns the file for the page of the first storm: in the current directory or, if a file of
/// another kind has the name or the directory cannot be written to, in that for temporary files.
/// Returns `None` if neither can be.
fn page_file() -> Option<OutputFile> {
    let here = OutputFile::new(Path::new(PAGE), FileKind::Page, false).ok();
    here.or_else(|| OutputFile::new(&temp_dir().join(PAGE), FileKind::Page, false).ok())
}

/// Writes the page of the first storm, with that of the correct twin, and returns the line that
/// names it.
fn written(
    file: Option<&OutputFile>,
    scenario: &Scenario,
    recorded: [(&str, &FinishedRun, Recording); 2],
) -> Result<String, Failure> {
    let Some(file) = file else { return Ok(String::new()) };
    let mut runs = Vec::new();
    for (client, finished, recording) in recorded {
        let plan = plan_of(scenario, &seed_line(client, &[]))?;
        runs.push(run_of((&plan, client), recording, finished.output.findings.clone()));
    }
    file.write(page(&runs[0], Some(&runs[1])).as_bytes())?;
    Ok(format!("\npage of run 1, for a browser: {}\n", file.shown()))
}

/// Runs one of the three storms, records it and prints its verdict.
fn act(
    number: u32,
    scenario: &Scenario,
    (client, defences): (&str, &[&str]),
    title: &str,
    layout: Layout,
) -> Result<(FinishedRun, Recording), Failure> {
    let title = layout.strong(&format!("{number}. {client}: {title}"));
    say(&format!("\n{}", layout.wrapped("", &title)))?;
    let plan = Arc::new(plan_of(scenario, &seed_line(client, defences))?);
    let client = catalog::client(client)?;
    let watchers = Watchers::recording(recording(&plan));
    let (run, watchers) = perform(&plan, &client, watchers, false)?;
    say(&verdict(&run.report, layout))?;
    Ok((run, watchers.into_recording().expect("the run was recorded")))
}

fn leak(faulty: &FinishedRun, layout: Layout) -> String {
    let leak =
        faulty.report.violations.iter().find(|violation| violation.invariant == InvariantId::I1);
    let Some(leak) = leak else { return String::new() };
    let more = faulty.report.counts.get(&InvariantId::I1).map_or(0, |all| all.saturating_sub(1));
    format!("\n{}", story(leak, more, layout))
}

fn outcome_of_correct(correct: &FinishedRun) -> String {
    let report = &correct.report;
    let cancelled = report.reached.get("cancel-in-flight").copied().unwrap_or(0);
    format!(
        "In the same storm {} were dropped with a reply in flight. Of {} deliveries, {} reached the \
         wrong user.",
        counted(cancelled, "call"),
        grouped(report.deliveries),
        if report.exposure.first_leak_ms.is_none() { "none" } else { "some" },
    )
}

fn outcome_of_defended(faulty: &FinishedRun, defended: &FinishedRun) -> String {
    let crossed = defended.report.counts.get(&InvariantId::I7).copied().unwrap_or(0);
    let replies = if crossed == 0 {
        "The gateways read from the directory who may see what, so no cache reply could reach the \
         wrong call. The situations that the scenario requires of a client did not occur either; \
         Crosswire then calls the run inconclusive, not clean."
            .to_owned()
    } else {
        let times = counted(crossed, "time");
        format!("The client still crossed replies: it reused a connection {times} too early.")
    };
    let [before, after] = [faulty, defended].map(|run| match run.report.exposure.users {
        0 => "none".to_owned(),
        1 => "one user".to_owned(),
        users => format!("{} users", grouped(users)),
    });
    format!(
        "{replies} Without the defences {before} saw someone else's events; with them, {after}. The \
         price is the directory load below."
    )
}

fn columns(faulty: &FinishedRun, correct: &FinishedRun, defended: &FinishedRun) -> [Column; 4] {
    let of = |head: &[&str], run: &FinishedRun| Column::of_run(head, &run.report, run.cost);
    [
        Column::published(),
        of(&["1. faulty", "client"], faulty),
        of(&["2. correct", "client"], correct),
        of(&["3. faulty,", "defended"], defended),
    ]
}

fn commands() -> String {
    let lines = [seed_line(FAULTY, &[]), seed_line(CORRECT, &[]), seed_line(FAULTY, &DEFENCES)];
    let lines = lines
        .map(|line| format!("  {} replay {}\n", quoted(&program()), quoted(&line.to_string())));
    lines.concat()
}

/// Returns what the demonstration should have shown and did not.
fn missed(
    faulty: &FinishedRun,
    correct: &FinishedRun,
    defended: &FinishedRun,
) -> Vec<&'static str> {
    let leaked = |run: &FinishedRun| run.report.exposure.users > 0;
    let expected = [
        (leaked(faulty), "a leak with the faulty client"),
        (correct.report.verdict == Verdict::Clean, "a clean run with the correct client"),
        (!leaked(defended), "that the defences stop the leak"),
    ];
    expected.into_iter().filter(|(seen, _)| !seen).map(|(_, what)| what).collect()
}
