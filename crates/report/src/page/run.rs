//! A run as a page: the verdict, and for each violation its diagram and its story.

use super::shell::document;
use super::twin::beside;
use crate::diagram::{Diagram, diagram};
use crate::recording::Run;
use crate::svg;
use crosswire_checker::Verdict;
use crosswire_output::format::{grouped, printable, seconds};
use maud::{Markup, PreEscaped, html};

/// The script of a page about a run.
const SCRIPT: &str = include_str!("script.js");

/// Returns a run as a page, with the run of its correct twin in the same storm, if there is one.
pub fn page(run: &Run, twin: Option<&Run>) -> String {
    let diagrams: Vec<_> = run.violations().iter().map(|it| diagram(run, it)).collect();
    let title = format!("{}: {}", run.findings.verdict, printable(&run.headline()));
    let body = html! {
        (heading(run, &diagrams))
        @for (nth, diagram) in diagrams.iter().enumerate() {
            (violation(nth, diagram))
            @if let (0, Some(twin)) = (nth, twin) { (beside(run, twin, &run.violations()[0])) }
        }
    };
    document(&title, &body, SCRIPT)
}

/// Returns the verdict, the run, and links to the violations.
fn heading(run: &Run, diagrams: &[Diagram]) -> Markup {
    let verdict = run.findings.verdict;
    html! {
        h1 class=[(verdict == Verdict::Violated).then_some("violated")] {
            (verdict) @if let Some(first) = diagrams.first() { ": " (said(first)) }
        }
        dl {
            @for (name, value) in &run.title {
                dt { (printable(name)) }
                dd { (printable(value)) }
            }
            dt { "requests" }
            dd { (grouped(run.findings.requests)) }
        }
        @if !diagrams.is_empty() {
            nav aria-label="violations" {
                ul {
                    @for (nth, diagram) in diagrams.iter().enumerate() {
                        li {
                            a href={ "#violation-" (nth + 1) } { (diagram.title) }
                            @if !diagram.verdict.is_empty() { ": " (diagram.verdict) }
                        }
                    }
                }
            }
        }
    }
}

/// Returns the wrong delivery in a sentence; without one, the title.
fn said(diagram: &Diagram) -> &str {
    if diagram.verdict.is_empty() { &diagram.title } else { &diagram.verdict }
}

/// Returns one violation: its diagram, the buttons that step through it, and its story.
fn violation(nth: usize, diagram: &Diagram) -> Markup {
    let id = format!("violation-{}", nth + 1);
    html! {
        section.violation id=(id) tabindex="0" aria-labelledby={ (id) "-name" } {
            h2 id={ (id) "-name" } {
                (diagram.title)
                @if !diagram.verdict.is_empty() { ": " strong { (diagram.verdict) } }
            }
            figure tabindex="0" { (PreEscaped(svg::inline(diagram, &id))) }
            div.steps hidden {
                p {
                    button type="button" data-move="first" { "First step" } " "
                    button type="button" data-move="back" { "Back" } " "
                    button type="button" data-move="forward" { "Forward" } " "
                    button type="button" data-move="last" { "Everything" } " "
                    "or the arrow keys, Home and End"
                }
                p.said role="status" {}
            }
            ol.story {
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
