//! The correct twin beside a run: its verdict, and where the two part.

use crate::recording::Run;
use crate::twin::{Beside, Step, Twins};
use crosswire_checker::{Verdict, Violation};
use crosswire_output::format::{grouped, printable, seconds};
use maud::{Markup, html};

/// Returns the section about the twin: where the two part or, if they part over nothing that can be
/// said, what they do when what led to this violation happens to both.
pub(super) fn beside(run: &Run, twin: &Run, violation: &Violation) -> Markup {
    let (own, other) = names(run, twin);
    let twins = Twins::new(run, twin);
    let parted = twins.parting();
    let is_told = parted.as_ref().is_some_and(|beside| beside.first.is_some());
    let alike = if is_told { None } else { twins.alike(violation) };
    html! {
        section.twin id="twin" aria-labelledby="twin-name" {
            h2 id="twin-name" { "The correct twin in the same storm: " (other) }
            p {
                "The correct twin is the same code without the mistake, in a run of the same plan. "
                (verdict(twin, &other))
            }
            @if let Some(parted) = &parted {
                p {
                    "The first " (grouped(parted.common as u64))
                    " entries of both histories are the same; the first entry that differs is of "
                    (seconds(parted.at_ms)) " s."
                }
            }
            @if let (true, Some(parted)) = (is_told, &parted) {
                (steps(parted, "What both do, and where they part", &own, &other))
            } @else if let Some(alike) = &alike {
                (steps(alike, "What both do when the same happens to them", &own, &other))
            }
        }
    }
}

/// Returns the names of what the two runs differ in: the client, or the service.
fn names(run: &Run, twin: &Run) -> (String, String) {
    let mut own = Vec::new();
    let mut other = Vec::new();
    for ((_, a), (_, b)) in run.title.iter().zip(&twin.title) {
        if a != b {
            own.push(printable(a));
            other.push(printable(b));
        }
    }
    (own.join(", "), other.join(", "))
}

fn verdict(twin: &Run, name: &str) -> String {
    let requests = grouped(twin.findings.requests);
    match twin.findings.verdict {
        Verdict::Violated => format!("With {name} the same storm violates something as well."),
        Verdict::Clean => {
            format!(
                "With {name} the same storm is clean: nothing is violated in {requests} requests."
            )
        }
        Verdict::Inconclusive => {
            let missing = twin.findings.missing.iter().map(|it| it.situation.as_str());
            let missing = missing.collect::<Vec<_>>().join(", ");
            format!(
                "With {name} nothing is violated in {requests} requests of the same storm. It is \
                 inconclusive, because the situations that the run reached with the mistake did \
                 not all occur: {missing}."
            )
        }
    }
}

/// Returns the steps of both runs as a table with a column for each.
fn steps(beside: &Beside, caption: &str, own: &str, other: &str) -> Markup {
    let first = beside.first;
    html! {
        div.wide tabindex="0" role="region" aria-labelledby="twin-caption" {
            table.beside {
                caption id="twin-caption" { (caption) }
                thead {
                    tr {
                        th scope="col" { "time" }
                        th scope="col" { (own) }
                        th scope="col" { "time" }
                        th scope="col" { (other) }
                    }
                }
                tbody {
                    @for (nth, pair) in beside.steps.iter().enumerate() {
                        tr.parts[first == Some(nth)].both[pair.is_common()] {
                            @let marked = first == Some(nth);
                            (cells(pair.own.as_ref(), marked && pair.own.is_some()))
                            (cells(pair.twin.as_ref(), marked && pair.own.is_none()))
                        }
                    }
                }
            }
        }
    }
}

/// Returns the two cells of a step: its time and its words.
fn cells(step: Option<&Step>, is_first: bool) -> Markup {
    html! {
        td.at { @if let Some(step) = step { (seconds(step.at_ms)) } }
        td {
            @if is_first { strong { "first difference shown: " } }
            @if let Some(step) = step { (step.words) }
        }
    }
}
