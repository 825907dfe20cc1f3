//! A run as a page: the verdict, and for each violation its diagram and its story.

use super::figure::{figure, signs};
use super::shell::document;
use super::twin::beside;
use super::{entries, glossary, storm};
use crate::diagram::{Diagram, diagram};
use crate::recording::Run;
use crosswire_checker::Violation;
use crosswire_output::format::{grouped, printable, seconds};
use maud::{Markup, html};
use std::collections::BTreeSet;

/// The script of a page about a run.
const SCRIPT: &str = concat!(
    include_str!("script.js"),
    include_str!("zoom.js"),
    include_str!("entries.js"),
    include_str!("filters.js")
);

/// The number of diagrams of a page, unless it has more signatures. Violations of one signature
/// differ little.
const DIAGRAMS: usize = 8;

/// Returns a run as a page, with the run of its correct twin in the same storm, if there is one.
pub fn page(run: &Run, twin: Option<&Run>) -> String {
    let diagrams = diagrams(run);
    let title = format!("{}: {}", run.findings.verdict, printable(&run.headline()));
    let mut sections = diagrams
        .iter()
        .enumerate()
        .filter_map(|(nth, diagram)| diagram.as_ref().map(|diagram| violation(run, nth, diagram)));
    let body = html! {
        (heading(run, diagrams.first().and_then(Option::as_ref)))
        @if let Some(first) = sections.next() { (first) }
        @if let (Some(twin), [violation, ..]) = (twin, run.violations()) {
            (beside(run, twin, violation))
        }
        (glossary::section(run, &diagrams))
        (storm::section(run))
        (entries::section(run, &diagrams))
        @for section in sections { (section) }
    };
    document(&title, &body, SCRIPT)
}

/// Draws up the diagrams of the first violation of each signature and, up to [`DIAGRAMS`] in all,
/// of others.
fn diagrams(run: &Run) -> Vec<Option<Diagram>> {
    let mut signatures = BTreeSet::new();
    let mut first = |violation: &Violation| signatures.insert(violation.signature());
    let firsts: Vec<_> = run.violations().iter().map(&mut first).collect();
    let mut others = DIAGRAMS.saturating_sub(firsts.iter().filter(|first| **first).count());
    let mut diagrams = Vec::new();
    for (violation, first) in run.violations().iter().zip(firsts) {
        let drawn = first || others > 0;
        others -= usize::from(drawn && !first);
        diagrams.push(drawn.then(|| diagram(run, violation)));
    }
    diagrams
}

/// Returns the verdict and the run.
fn heading(run: &Run, first: Option<&Diagram>) -> Markup {
    let verdict = run.findings.verdict;
    let is_exposed = first.is_some_and(|diagram| !diagram.verdict.is_empty());
    html! {
        h1 class=[is_exposed.then_some("violated")] {
            (verdict) @if let Some(first) = first { ": " (said(first)) }
        }
        dl {
            @for (name, value) in &run.title {
                @let (name, about) = (printable(name), glossary::name(run, value));
                dt title=(glossary::kind(&name)) { (name) }
                dd {
                    @if about.is_empty() { (printable(value)) }
                    @else { (glossary::link(&printable(value), &about)) }
                }
            }
            dt { "requests" }
            dd { (grouped(run.findings.requests)) }
        }
        nav aria-label="on this page" {
            @if first.is_some() { a href="#violation-1" { "The first violation" } " · " }
            a href="#words" { "Words on this page" } " · "
            a href="#storm" { "The storm" } " · "
            a href="#entries" { "Violations and entries" }
        }
    }
}

/// Returns the wrong delivery in a sentence; without one, the title.
fn said(diagram: &Diagram) -> &str {
    if diagram.verdict.is_empty() { &diagram.title } else { &diagram.verdict }
}

/// Returns one violation: its diagram, the buttons that step through it, and its story.
fn violation(run: &Run, nth: usize, diagram: &Diagram) -> Markup {
    let id = format!("violation-{}", nth + 1);
    let about = run.violations()[nth].invariant.about();
    let rest = diagram.title.strip_prefix(about.id.as_str()).unwrap_or(&diagram.title);
    html! {
        section.violation id=(id) tabindex="0" aria-labelledby={ (id) "-name" } {
            h2 id={ (id) "-name" } {
                (glossary::link(about.id.as_str(), about.summary)) (rest)
                @if !diagram.verdict.is_empty() { ": " strong { (diagram.verdict) } }
            }
            (figure(diagram, &id))
            (signs(diagram))
            div.steps hidden {
                p {
                    button type="button" data-move="first" { "First step" } " "
                    button type="button" data-move="back" { "Step back" } " "
                    button type="button" data-move="forward" { "Step forward" } " "
                    button type="button" data-move="last" { "All steps" } " "
                    "or the arrow keys, Home and End. A click on a row, or Enter, shows its history \
                     entries."
                }
                p.said role="status" {}
            }
            (entries::behind(diagram, &run.recording))
            // The picture shows the same sentences beside its rows.
            ol.story.unseen aria-label="steps of the story" {
                @for (nth, step) in diagram.steps.iter().enumerate() {
                    li data-at=(row_of(diagram, nth)) {
                        span.time { (seconds(step.at_ms)) } " "
                        span class=[step.decisive.then_some("decisive")] { (step.text) }
                    }
                }
            }
        }
    }
}

/// Returns the row of a sentence. Every sentence has one.
fn row_of(diagram: &Diagram, step: usize) -> usize {
    let row = diagram.rows.iter().position(|row| row.sentence == Some(step));
    row.expect("each sentence of a story has a row")
}
