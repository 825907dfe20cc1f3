//! A run as one HTML file: the verdict, and for each violation its diagram and its story.
//!
//! The page needs no network and allows none. Its content security policy names its own style
//! sheet and script by their hashes; nothing else runs.

use crate::diagram::{Diagram, diagram};
use crate::recording::Run;
use crate::svg;
use crosswire_checker::Verdict;
use crosswire_output::format::{grouped, printable, seconds};
use maud::{DOCTYPE, Markup, PreEscaped, html};

/// Text near the beginning of each page, by which one is recognized.
pub const MARK: &str = "<meta name=\"generator\" content=\"crosswire\">";

/// The script, and its hash for the policy.
const SCRIPT: (&str, &str) =
    (include_str!("page/script.js"), "kUIlQ6M5jDgu3WSuFG9IR6o6Ph/BVloLx5qVN8ClIJY=");

/// The style sheet, with that of the diagrams, and its hash for the policy.
const STYLE: (&str, &str) = (
    concat!(include_str!("page/style.css"), include_str!("svg/style.css")),
    "4ORD3SokpXzGdtgBOIgRZmptllY2RdKo7qLdKjPIrDs=",
);

/// Returns a run as a page.
pub fn page(run: &Run) -> String {
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; \
         form-action 'none'",
        STYLE.1, SCRIPT.1
    );
    let diagrams: Vec<_> = run.violations().iter().map(|it| diagram(run, it)).collect();
    let headline = printable(&run.headline());
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                (PreEscaped(MARK))
                meta http-equiv="Content-Security-Policy" content=(policy);
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (run.findings.verdict) ": " (headline) }
                style { (PreEscaped(STYLE.0)) }
            }
            body {
                main {
                    (heading(run, &diagrams))
                    @for (nth, diagram) in diagrams.iter().enumerate() {
                        (violation(nth, diagram))
                    }
                }
                script { (PreEscaped(SCRIPT.0)) }
            }
        }
    };
    page.into_string()
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
            figure { (PreEscaped(svg::inline(diagram, &id))) }
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

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine;
    use sha2::{Digest, Sha256};

    #[test]
    fn the_policy_names_the_script_and_the_style_sheet() {
        for (text, hash) in [SCRIPT, STYLE] {
            let own = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(text));
            assert_eq!(own, hash, "the hash of a file of `src/page` or `src/svg`");
            assert!(!text.contains("</") && !text.contains("<!--"), "no markup ends the element");
        }
    }
}
