//! What a run closes with: the verdict, how it came about, the numbers, and how to play it again.

use crate::incident::{Column, side_by_side};
use crosswire::load::Cost;
use crosswire::report::Report;
use crosswire_checker::{Verdict, Violation, invariants};
use crosswire_output::text::{Align, Paint, Table, counted, grouped, printable, seconds, wrapped};
use crosswire_plan::Plan;
use std::fmt::Write;

/// Everything after the run. `again` is the command that replays it.
pub fn summary(plan: &Plan, report: &Report, cost: Cost, again: &str, paint: Paint) -> String {
    let mut out = verdict(report, paint);
    out += &limits(report);
    for unconnected in &report.unconnected {
        out += &wrapped("", &printable(&unconnected.to_string()));
    }
    out += &stories(report, paint);
    let heading = |text: &str| format!("\n{}\n", paint.strong(text));
    out += &heading("Incident summary");
    out += &side_by_side(&[Column::of_run(&[], report, cost)]);
    out += &heading("Situations reached");
    out += &situations(plan, report);
    out += &heading("Invariants");
    out += &tested(report);
    out += &heading("Digest");
    let time = seconds(report.simulated_ms);
    writeln!(out, "  {} over {time} s of simulated time", report.digest).expect("a string");
    out += &heading("Play it again");
    writeln!(out, "  {again}").expect("a string");
    out
}

/// The verdict in a line, with what it rests on.
pub fn verdict(report: &Report, paint: Paint) -> String {
    let why = match report.verdict {
        Verdict::Clean => "every invariant held, and all that was to be reached was".to_owned(),
        Verdict::Violated => {
            let broken = invariants().iter().filter_map(|about| {
                let count = *report.counts.get(about.id.as_str())?;
                Some(times(about.id, count))
            });
            broken.collect::<Vec<_>>().join(", ")
        }
        Verdict::Inconclusive => {
            let missing = report.missing.iter().map(|missing| {
                format!("{} reached {} of {}", missing.situation, missing.got, missing.need)
            });
            let missing: Vec<_> = missing.chain(uncancelled(report)).collect();
            format!("nothing was broken, but {}", missing.join(", "))
        }
    };
    let word = report.verdict.to_string();
    let line = wrapped("", &format!("{word}: {why}"));
    line.replacen(&word, &paint.verdict(report.verdict, &word), 1)
}

/// What a verdict says nothing about: what does not apply to the client, and what never occurred.
fn limits(report: &Report) -> String {
    let exempt = report.not_applicable.iter();
    let mut out: String = exempt
        .map(|exempt| wrapped("", &format!("not applicable: {}: {}", exempt.name, exempt.why)))
        .collect();
    if report.verdict == Verdict::Clean && !report.untested.is_empty() {
        let untested = report.untested.join(", ");
        let text = "these situations never occurred, so mistakes that they wake would not show";
        out += &wrapped("", &format!("not tested: {text}: {untested}"));
    }
    out
}

/// A run that was over before the suspension at which it was to be cancelled.
fn uncancelled(report: &Report) -> Option<String> {
    let (at, had) = (report.cancel_at?, report.suspensions?);
    (had < at).then(|| {
        let had = counted(had, "suspension");
        format!("nothing was cancelled: the run has only {had}, and not {}", grouped(at))
    })
}

fn times(id: &str, count: u64) -> String {
    format!("{id} broken {}", counted(count, "time"))
}

/// The first violation of each invariant with its story.
pub fn stories(report: &Report, paint: Paint) -> String {
    let firsts = report.firsts();
    let told = firsts.into_iter().map(|violation| {
        let more = report.counts.get(&violation.invariant).map_or(0, |all| all.saturating_sub(1));
        format!("\n{}", story(violation, more, paint))
    });
    told.collect()
}

/// A violation and how it came about; `more` of its kind are not told.
pub fn story(violation: &Violation, more: u64, paint: Paint) -> String {
    let Violation { invariant, name, at_ms, .. } = violation;
    let more = if more == 0 { String::new() } else { format!(", and {} more", grouped(more)) };
    let title = format!("{invariant} {name}, first at {} s{more}", seconds(*at_ms));
    let mut out = format!("{}\n", paint.strong(&title));
    for line in &violation.story {
        let (time, text) = line.split_once(' ').unwrap_or(("", line));
        out += &wrapped(&format!("  {:>7} ", printable(time)), &printable(text));
    }
    out
}

fn situations(plan: &Plan, report: &Report) -> String {
    let mut table = Table::new(&[Align::Right, Align::Left, Align::Left]);
    for (situation, &count) in &report.reached {
        let needed = plan.reach.get(situation);
        if count == 0 && needed.is_none() {
            continue;
        }
        let needed = match needed {
            Some(&need) if count < need => format!("MISSING: {} needed", grouped(need)),
            Some(&need) => format!("{} needed", grouped(need)),
            None => String::new(),
        };
        table.row([grouped(count), situation.clone(), needed]);
    }
    table.set("  ")
}

fn tested(report: &Report) -> String {
    let (left, right) = (Align::Left, Align::Right);
    let mut table = Table::new(&[left, left, right, right]);
    table.row(["", "", "tested", "broken"]);
    for about in invariants() {
        let count = |counts: &std::collections::BTreeMap<String, u64>| {
            grouped(counts.get(about.id.as_str()).copied().unwrap_or(0))
        };
        let (tested, broken) = (count(&report.checked), count(&report.counts));
        table.row([about.id.as_str(), about.name, &tested, &broken]);
    }
    table.set("  ")
}
