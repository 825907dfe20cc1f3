//! A certificate as a page that can be sent to a colleague: the verdict, the invariants, the
//! situations as bars, the findings with their stories, and the cost beside another client.

use super::figure::figure;
use super::parts::{bar, class_of, command, facts, heading, story};
use super::shell::document;
use super::table::{self, SCRIPT};
use crate::diagram::Diagram;
use crosswire_checker::Verdict;
use crosswire_output::format::{grouped, printable};
use maud::{Markup, html};

/// A certificate of a client or a library.
#[derive(Clone, Debug)]
pub struct Certificate {
    /// The name of the client or the library.
    pub name: String,
    /// The verdict.
    pub verdict: Verdict,
    /// The verdict in a sentence.
    pub sentence: String,
    /// The grounds of the verdict, a paragraph each.
    pub about: Vec<String>,
    /// The versions and numbers, a name and a value each.
    pub facts: Vec<(String, String)>,
    /// The command that makes the certificate again.
    pub command: String,
    /// The invariants.
    pub invariants: Vec<Invariant>,
    /// The parts of the test, if it has several.
    pub trials: Vec<Trial>,
    /// The situations.
    pub situations: Vec<Situation>,
    /// The unit of the situations' counts.
    pub situations_count: String,
    /// The situations and invariants that do not apply, each with the reason.
    pub not_applicable: Vec<(String, String)>,
    /// The sentences above the findings.
    pub about_findings: String,
    /// The findings.
    pub findings: Vec<CertificateFinding>,
    /// The cost, if it was measured.
    pub cost: Option<Cost>,
}

/// An invariant with its outcome.
#[derive(Clone, Debug)]
pub struct Invariant {
    /// The id, as in `I3`.
    pub id: String,
    /// The name or meaning.
    pub name: String,
    /// The verdict; none if the invariant does not apply or was never tested.
    pub verdict: Option<Verdict>,
    /// The verdict in words.
    pub words: String,
    /// The number of times it was tested.
    pub tested: u64,
    /// In how many runs it was violated.
    pub violated: u64,
}

/// A part of the test.
#[derive(Clone, Debug)]
pub struct Trial {
    /// The name.
    pub name: String,
    /// The purpose.
    pub about: String,
    /// The verdict.
    pub verdict: Verdict,
    /// The required situations that the trial did not reach.
    pub missing: String,
    /// The number of seeds.
    pub seeds: u64,
    /// The number of runs.
    pub runs: u64,
    /// The number of violated runs.
    pub violated: u64,
}

/// A situation, with how often it was reached.
#[derive(Clone, Debug)]
pub struct Situation {
    /// The name.
    pub name: String,
    /// The meaning; may be empty.
    pub meaning: String,
    /// The number of times it was reached.
    pub count: u64,
}

/// A finding of a certificate.
#[derive(Clone, Debug, Default)]
pub struct CertificateFinding {
    /// The title.
    pub title: String,
    /// The sentences under the title.
    pub about: String,
    /// The command that replays it; may be empty.
    pub command: String,
    /// The diagram, if there is one.
    pub picture: Option<Diagram>,
    /// The story.
    pub story: Vec<String>,
    /// A file to copy, for another run; may be empty.
    pub file: String,
}

/// The cost of a client beside that of another one.
#[derive(Clone, Debug, Default)]
pub struct Cost {
    /// The sentence above the numbers.
    pub about: String,
    /// The clients: the one of the certificate, then the other.
    pub clients: Vec<String>,
    /// The costs.
    pub rows: Vec<CostLine>,
}

/// A cost, with its value for each client.
#[derive(Clone, Debug, Default)]
pub struct CostLine {
    /// The name.
    pub name: String,
    /// For each client the value in words, and as a number for its bar, if it is one.
    pub values: Vec<(String, Option<f64>)>,
}

/// Returns a certificate as a page.
pub fn certificate(certificate: &Certificate) -> String {
    let title = format!("{}: {}", printable(&certificate.name), certificate.verdict);
    let body = html! {
        p.kind { "Certificate" }
        (heading(Some(certificate.verdict), &certificate.name))
        p.verdict.(class_of(certificate.verdict)) { strong { (printable(&certificate.sentence)) } }
        @for paragraph in &certificate.about { p { (printable(paragraph)) } }
        (facts(&certificate.facts))
        (command("This command makes it again", &certificate.command))
        (invariants(&certificate.invariants))
        (findings(certificate))
        (situations(certificate))
        (cost(certificate.cost.as_ref()))
        (trials(&certificate.trials))
    };
    document(&title, &body, SCRIPT)
}

fn invariants(invariants: &[Invariant]) -> Markup {
    let body = html! {
        thead {
            tr {
                th scope="col" { "id" }
                th scope="col" { "invariant" }
                th scope="col" { "verdict" }
                th.number scope="col" { "tested" }
                th.number scope="col" { "violated in" }
            }
        }
        tbody {
            @for one in invariants {
                tr {
                    th scope="row" { (printable(&one.id)) }
                    td { (printable(&one.name)) }
                    td class=[one.verdict.map(class_of)] { (printable(&one.words)) }
                    td.number { (grouped(one.tested)) }
                    td.number { (grouped(one.violated)) }
                }
            }
        }
    };
    html! {
        h2 #invariants { "Invariants" }
        (table::frame("invariants", "plain", &body))
    }
}

fn trials(trials: &[Trial]) -> Markup {
    if trials.is_empty() {
        return html! {};
    }
    let body = html! {
        thead {
            tr {
                th scope="col" { "trial" }
                th scope="col" { "purpose" }
                th scope="col" { "verdict" }
                th.number scope="col" { "seeds" }
                th.number scope="col" { "runs" }
                th.number scope="col" { "violated" }
            }
        }
        tbody {
            @for one in trials {
                tr {
                    th scope="row" { (printable(&one.name)) }
                    td { (printable(&one.about)) }
                    td class=(class_of(one.verdict)) {
                        (one.verdict)
                        @if !one.missing.is_empty() { span.also { (printable(&one.missing)) } }
                    }
                    td.number { (grouped(one.seeds)) }
                    td.number { (grouped(one.runs)) }
                    td.number { (grouped(one.violated)) }
                }
            }
        }
    };
    html! {
        h2 #trials { "Trials" }
        (table::frame("trials", "plain", &body))
    }
}

/// Returns the length of a situation's bar. Counts differ by factors of a million, so the bars are
/// logarithmic.
fn share(count: u64, most: u64) -> f64 {
    let log = |count: u64| (count as f64 + 1.0).log2();
    if most == 0 { 0.0 } else { log(count) / log(most) }
}

fn situations(certificate: &Certificate) -> Markup {
    let all = &certificate.situations;
    let most = all.iter().map(|it| it.count).max().unwrap_or(0);
    let reached = all.iter().filter(|it| it.count > 0).count();
    let body = html! {
        thead {
            tr {
                th scope="col" { "situation" }
                th.number scope="col" { (printable(&certificate.situations_count)) }
                th scope="col" { "on a logarithmic scale" }
            }
        }
        tbody {
            @for one in all {
                tr {
                    th scope="row" {
                        (printable(&one.name))
                        @if !one.meaning.is_empty() { span.also { (printable(&one.meaning)) } }
                    }
                    td.number { (grouped(one.count)) }
                    td data-value=(one.count) {
                        @if one.count == 0 { "not reached" } @else { (bar(share(one.count, most))) }
                    }
                }
            }
        }
    };
    html! {
        h2 #situations { "Situations reached" }
        p { (reached) " of " (all.len()) " required situations were reached." }
        (table::filters("situations", &[]))
        (table::frame("situations", "bars", &body))
        @if !certificate.not_applicable.is_empty() {
            p { "Not applicable, so neither required nor counted:" }
            (facts(&certificate.not_applicable))
        }
    }
}

fn findings(certificate: &Certificate) -> Markup {
    if certificate.findings.is_empty() {
        return html! {};
    }
    html! {
        h2 #findings { "Findings" }
        p { (printable(&certificate.about_findings)) }
        @for (nth, finding) in certificate.findings.iter().enumerate() {
            section.finding aria-labelledby={ "finding-" (nth + 1) } {
                h3 id={ "finding-" (nth + 1) } { (printable(&finding.title)) }
                p { (printable(&finding.about)) }
                @if !finding.command.is_empty() { (command("Replay it with", &finding.command)) }
                @if let Some(diagram) = &finding.picture {
                    (figure(diagram, &format!("finding-{}", nth + 1)))
                }
                @if finding.picture.as_ref().is_some_and(Diagram::has_story) {
                    // The picture shows the same sentences beside its rows.
                    ol.unseen aria-label="steps of the story" {
                        @for line in &finding.story { li { (printable(line)) } }
                    }
                } @else {
                    (story(&finding.story))
                }
                @if !finding.file.is_empty() {
                    details {
                        summary { "The file of this finding" }
                        (file(&finding.file))
                    }
                }
            }
        }
    }
}

/// Returns the lines of a file.
fn file(text: &str) -> Markup {
    let lines: Vec<_> = text.lines().map(str::to_owned).collect();
    story(&lines)
}

fn cost(cost: Option<&Cost>) -> Markup {
    let Some(cost) = cost else { return html! {} };
    let body = html! {
        thead {
            tr {
                th scope="col" { "cost" }
                @for client in &cost.clients { th.number scope="col" { (printable(client)) } }
            }
        }
        tbody {
            @for line in &cost.rows {
                tr {
                    th scope="row" { (printable(&line.name)) }
                    @for (words, number) in &line.values {
                        td.number {
                            (printable(words))
                            @if let Some(number) = number { (bar(number / largest(line))) }
                        }
                    }
                }
            }
        }
    };
    html! {
        h2 #cost { "Cost" }
        p { (printable(&cost.about)) }
        (table::frame("cost", "plain", &body))
    }
}

/// Returns the largest number of a line, of which each bar shows a share.
fn largest(line: &CostLine) -> f64 {
    let numbers = line.values.iter().filter_map(|(_, number)| *number);
    numbers.fold(f64::MIN_POSITIVE, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_of_situations_are_logarithmic() {
        assert!((share(1_000_000, 1_000_000) - 1.0).abs() < 1e-9);
        assert!((share(1_000, 1_000_000) - 0.5).abs() < 0.01);
        assert!(share(0, 1_000_000).abs() < 1e-9 && share(0, 0).abs() < 1e-9);
    }

    #[test]
    fn bars_of_a_cost_are_shares_of_the_larger_one() {
        let value = |number| (String::new(), Some(number));
        let line = CostLine { name: String::new(), values: vec![value(2.0), value(8.0)] };
        assert!((largest(&line) - 8.0).abs() < 1e-9);
        assert!(largest(&CostLine::default()) > 0.0, "nothing is divided by zero");
    }
}
