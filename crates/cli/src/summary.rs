//! The text after a run: verdict, stories, tables, digest, and the command that replays the run.

use crate::incident::{Column, side_by_side};
use crosswire::cost::Cost;
use crosswire::report::Report;
use crosswire_checker::{InvariantId, Verdict, Violation, invariants};
use crosswire_output::format::{self, Align, Layout, Table, counted, grouped, printable, seconds};
use crosswire_plan::Plan;
use std::collections::BTreeMap;
use std::fmt::Write;

/// Returns the whole text after a run. `replay` is the command that replays it.
pub fn summary(plan: &Plan, report: &Report, cost: Cost, replay: &str, layout: Layout) -> String {
    summary_from(None, plan, report, cost, replay, layout)
}

/// Returns the whole text after a run, with the story of the signature `first` before others.
pub(crate) fn summary_from(
    first: Option<&str>,
    plan: &Plan,
    report: &Report,
    cost: Cost,
    replay: &str,
    layout: Layout,
) -> String {
    let mut out = verdict(report, layout);
    out += &limits(report, layout);
    for unconnected in &report.unconnected {
        out += &layout.wrapped("", &printable(&unconnected.to_string()));
    }
    out += &stories_from(first, report, layout);
    let heading = |text: &str| format!("\n{}\n", layout.strong(text));
    out += &heading("Incident summary");
    out += &side_by_side(&[Column::of_run(&[], report, cost)], layout);
    out += &heading("Situations reached");
    out += &situations(plan, report, layout);
    out += &heading("Invariants");
    out += &checks(report, layout);
    out += &heading("Digest");
    let time = seconds(report.simulated_ms);
    out += &layout.wrapped("  ", &format!("{} over {time} s of simulated time", report.digest));
    out += &heading("Replay");
    writeln!(out, "  {replay}").expect("a string");
    out
}

/// Returns the verdict with its reason, on a line.
pub fn verdict(report: &Report, layout: Layout) -> String {
    let why = match report.verdict {
        Verdict::Clean => "every invariant held and every required situation occurred".to_owned(),
        Verdict::Violated => {
            let violated = invariants().iter().filter_map(|about| {
                let count = *report.counts.get(&about.id)?;
                let id = layout.invariant(about.id);
                Some(format!("{id} {}", counted(count, "time")))
            });
            violated.collect::<Vec<_>>().join(", ")
        }
        Verdict::Inconclusive => {
            let reasons = missing(report).into_iter().chain(uncancelled(report));
            format!("nothing was violated, but {}", reasons.collect::<Vec<_>>().join("; "))
        }
    };
    layout.verdict_with(report.verdict, &why)
}

/// Lists the required situations that never occurred, and those that occurred too rarely.
fn missing(report: &Report) -> Vec<String> {
    let (never, rarely): (Vec<_>, Vec<_>) =
        report.missing.iter().partition(|missing| missing.got == 0);
    let never: Vec<_> = never.into_iter().map(|missing| missing.situation.as_str()).collect();
    let mut reasons = match never.len() {
        0 => Vec::new(),
        1 => vec![format!("a required situation never occurred: {}", never[0])],
        _ => vec![format!("required situations never occurred: {}", never.join(", "))],
    };
    reasons.extend(rarely.into_iter().map(|missing| {
        let (got, need) = (grouped(missing.got), grouped(missing.need));
        format!("{} occurred only {got} of {need} times", missing.situation)
    }));
    reasons
}

/// Lists what a verdict does not cover: situations and invariants that do not apply to the client,
/// and situations that never occurred.
fn limits(report: &Report, layout: Layout) -> String {
    let exempt = report.not_applicable.iter();
    let mut out: String = exempt
        .map(|exempt| format!("not applicable: {}: {}", exempt.name, exempt.why))
        .map(|text| layout.wrapped("", &text))
        .collect();
    if report.verdict == Verdict::Clean && !report.untested.is_empty() {
        let untested = report.untested.join(", ");
        let text = "these situations never occurred, so a bug that needs one would not show";
        out += &layout.wrapped("", &format!("not tested: {text}: {untested}"));
    }
    out
}

/// Returns the reason if the run ended before the await of the planned cancellation.
fn uncancelled(report: &Report) -> Option<String> {
    let (at, had) = (report.cancel_at?, report.suspensions?);
    if had >= at {
        return None;
    }
    let had = counted(had, "await");
    Some(format!("nothing was cancelled: the run has only {had}, not {}", grouped(at)))
}

/// Returns the story of each invariant's first violation.
pub fn stories(report: &Report, layout: Layout) -> String {
    stories_from(None, report, layout)
}

/// Returns the story of the signature `first`, and that of each invariant's first violation.
fn stories_from(first: Option<&str>, report: &Report, layout: Layout) -> String {
    let stories = report.shown(first).into_iter().map(|violation| {
        let more = report.counts.get(&violation.invariant).map_or(0, |all| all.saturating_sub(1));
        if report.is_first(violation) {
            return format!("\n{}", story(violation, more, layout));
        }
        let title = format!("{}, at {} s", violation.name, seconds(violation.at_ms));
        format!("\n{}", titled(violation, &title, layout))
    });
    stories.collect()
}

/// Returns a violation's title and story; `more` is how many more violations the invariant has.
pub fn story(violation: &Violation, more: u64, layout: Layout) -> String {
    let Violation { name, at_ms, .. } = violation;
    let more = if more == 0 { String::new() } else { format!(", and {} more", grouped(more)) };
    titled(violation, &format!("{name}, first at {} s{more}", seconds(*at_ms)), layout)
}

fn titled(violation: &Violation, title: &str, layout: Layout) -> String {
    let (id, title) = (layout.invariant(violation.invariant), layout.strong(title));
    layout.wrapped("", &format!("{id} {title}")) + &format::story(&violation.story, layout)
}

fn situations(plan: &Plan, report: &Report, layout: Layout) -> String {
    let mut table = Table::new(&[Align::Right, Align::Left, Align::Left]);
    for (situation, &count) in &report.reached {
        let required = plan.reach.get(situation);
        if count == 0 && required.is_none() {
            continue;
        }
        let exempt = report.not_applicable.iter().any(|exempt| exempt.name == *situation);
        let required = match required {
            Some(_) if exempt => "not applicable".to_owned(),
            Some(&need) if count < need => {
                let text = format!("MISSING: {} required", grouped(need));
                layout.verdict(Verdict::Inconclusive, &text)
            }
            Some(&need) => format!("{} required", grouped(need)),
            None => String::new(),
        };
        table.row([grouped(count), situation.clone(), required]);
    }
    table.set(layout, "  ")
}

fn checks(report: &Report, layout: Layout) -> String {
    let (left, right) = (Align::Left, Align::Right);
    let mut table = Table::new(&[left, left, right, right]);
    table.row(["", "", "checks", "violations"]);
    for about in invariants() {
        let count = |counts: &BTreeMap<InvariantId, u64>| {
            grouped(counts.get(&about.id).copied().unwrap_or(0))
        };
        let (id, checks) = (layout.invariant(about.id), count(&report.checked));
        let violations = match count(&report.counts) {
            none if none == "0" => none,
            some => layout.verdict(Verdict::Violated, &some),
        };
        table.row([&id, about.name, &checks, &violations]);
    }
    table.set(layout, "  ")
}
