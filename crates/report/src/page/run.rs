//! A run as a page: the verdict, and for each violation its diagram and its story.

use super::shell::document;
use super::twin::beside;
use super::{entries, glossary, storm};
use crate::diagram::{Diagram, Mark, Way, diagram};
use crate::recording::Run;
use crate::svg;
use crosswire_checker::{Verdict, Violation};
use crosswire_output::format::{grouped, printable, seconds};
use maud::{Markup, PreEscaped, html};
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
    html! {
        h1 class=[(verdict == Verdict::Violated).then_some("violated")] {
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
        p {
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
            figure tabindex="0" { (PreEscaped(svg::inline(diagram, &id, &glossary::explained))) }
            (signs(diagram))
            div.steps hidden {
                p {
                    button type="button" data-move="first" { "First step" } " "
                    button type="button" data-move="back" { "Back" } " "
                    button type="button" data-move="forward" { "Forward" } " "
                    button type="button" data-move="last" { "Everything" } " "
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

/// Explains the signs of a diagram that occur in it.
fn signs(diagram: &Diagram) -> Markup {
    let has = |wanted: &[Mark]| {
        diagram.rows.iter().any(|row| row.mark.is_some_and(|mark| wanted.contains(&mark)))
    };
    let any = |wanted: Way| diagram.messages.iter().any(|message| message.way == wanted);
    let mut signs = Vec::new();
    if diagram.messages.iter().any(|message| message.way.is_wrong()) {
        signs.push("thick arrow on a glow: an answer that was for someone else");
    }
    if any(Way::Unread) {
        signs.push("dashed arrow: an answer or a message that reached no call that waited for it");
    }
    if !diagram.waits.is_empty() {
        signs.push("thick line on a connection: a reply that nobody has read");
    }
    if has(&[Mark::Cancelled, Mark::Lost]) {
        signs.push("cross: dropped, given up or lost");
    }
    if has(&[Mark::Reused]) {
        signs.push("open ring: sent behind an unread reply");
    }
    if has(&[Mark::Crossed, Mark::WrongScreen]) {
        signs.push("ring with a dot: takes what is not for it");
    }
    signs.push("number in a box: the decisive step");
    html! {
        p.about {
            "Time runs down; each colour is one owner's data"
            @for sign in signs { "; " (sign) }
            "."
        }
    }
}
