//! The index of a hunt: its signatures as a table that can be sorted and filtered, when they were
//! found, and its targets.
//!
//! The index depends on nothing but the state of the hunt, so a hunt that was killed and resumed
//! has the index of one that was not.

use super::parts::{bar, class_of, command, facts, heading, href};
use super::shell::document;
use super::table;
use crosswire_checker::Verdict;
use crosswire_output::format::{counted, grouped, percent, printable};
use maud::{Markup, html};
use std::fmt::Write;

/// The script of the index.
const SCRIPT: &str = concat!(include_str!("tables.js"), include_str!("live.js"));

/// The state of a hunt.
#[derive(Clone, Debug, Default)]
pub struct HuntIndex {
    /// The verdict; none while the hunt runs.
    pub verdict: Option<Verdict>,
    /// The state in a sentence.
    pub sentence: String,
    /// The description of the hunt, a name and a value each.
    pub facts: Vec<(String, String)>,
    /// The command that continues the hunt; empty if its work is done.
    pub command: String,
    /// The number of runs so far.
    pub runs: u64,
    /// The number of runs at the end, if the hunt has one.
    pub of: Option<u64>,
    /// The signatures, in the order in which they were found.
    pub signatures: Vec<Signature>,
    /// The targets.
    pub targets: Vec<TargetLine>,
    /// Required situations that the runs have not reached together.
    pub not_reached: Vec<String>,
}

/// A signature of one client and service.
#[derive(Clone, Debug, Default)]
pub struct Signature {
    /// The signature.
    pub signature: String,
    /// The client under test.
    pub client: String,
    /// The service under test.
    pub service: String,
    /// The scenario of the first run.
    pub scenario: String,
    /// The seed of the first run or, if its plan was bred, what it is called.
    pub first: String,
    /// The number of the first run in the hunt, from 1.
    pub first_run: u64,
    /// The number of runs with it.
    pub count: u64,
    /// The requests of the run that its page shows, if it is known.
    pub requests: Option<u64>,
    /// True if that run is a minimized case.
    pub minimized: bool,
    /// The saved run that makes it known; none if it is new.
    pub known: Option<String>,
    /// The file of its page, beside the index.
    pub page: Option<String>,
    /// The files of its saved runs, beside the index.
    pub files: Vec<String>,
}

/// A target of a hunt with its runs.
#[derive(Clone, Debug)]
pub struct TargetLine {
    /// The scenario, the client, the service and the defences, in words.
    pub name: String,
    /// The verdict of its runs so far.
    pub verdict: Verdict,
    /// Its clean runs.
    pub clean: u64,
    /// Its inconclusive runs.
    pub inconclusive: u64,
    /// Its failed runs.
    pub failed: u64,
}

/// Returns the index of a hunt as a page.
pub fn hunt(index: &HuntIndex) -> String {
    let title = printable(&index.sentence);
    let body = html! {
        div #state data-live {
            (heading(index.verdict, &index.sentence))
            (facts(&index.facts))
            @if !index.command.is_empty() {
                (command("Continue the hunt with", &index.command))
            }
        }
        p.progress data-progress {}
        p data-news role="status" {}
        (signatures(&index.signatures, index.runs))
        h2 #time { "New signatures over the runs" }
        div #over-time data-live { (over_time(index)) }
        h2 #targets { "Targets" }
        (targets(&index.targets))
        div #reach data-live {
            @if !index.not_reached.is_empty() {
                p { "Not reached yet: " (printable(&index.not_reached.join(", "))) }
            }
        }
    };
    document(&title, &body, SCRIPT)
}

fn signatures(signatures: &[Signature], runs: u64) -> Markup {
    let most = signatures.iter().map(|it| it.count).max().unwrap_or(0);
    let body = html! {
        thead {
            tr {
                th scope="col" { "signature" }
                th scope="col" { "client" }
                th scope="col" { "service" }
                th scope="col" { "scenario" }
                th.number scope="col" { "first seed" }
                th.number scope="col" { "first in run" }
                th.number scope="col" { "runs with it" }
                th.number scope="col" { "requests" }
                th scope="col" { "new or known" }
                th scope="col" { "files" }
            }
        }
        tbody #signature-rows data-live {
            @for one in signatures { (row(one, most, runs)) }
        }
    };
    html! {
        h2 #signatures { "Signatures" }
        p {
            "A signature is the violated invariant and the kinds of the links of its causal chain. \
            Each of a client and a service is listed once, and links to the page of its first run \
            or, once that is minimized, of the minimized case."
        }
        (table::filters("signatures", &[("state", &["new", "known"])]))
        (table::frame("signatures", "plain", &body))
    }
}

fn row(one: &Signature, most: u64, runs: u64) -> Markup {
    let state = if one.known.is_some() { "known" } else { "new" };
    let share = one.count as f64 / most.max(1) as f64;
    html! {
        tr data-state=(state) {
            th scope="row" {
                @if let Some(page) = &one.page {
                    a href=(href(page)) { (printable(&one.signature)) }
                } @else {
                    (printable(&one.signature))
                }
            }
            td { (printable(&one.client)) }
            td { (printable(&one.service)) }
            td { (printable(&one.scenario)) }
            td.number { (printable(&one.first)) }
            td.number { (grouped(one.first_run)) }
            td.number { (grouped(one.count)) " " span.also { (percent(one.count, runs)) } (bar(share)) }
            td.number data-value=[one.requests] {
                (one.requests.map_or("–".to_owned(), grouped))
                @if one.minimized { span.also { "minimized" } }
            }
            td { (state) @if let Some(known) = &one.known { span.also { (printable(known)) } } }
            td {
                @for file in &one.files { a.file href=(href(file)) { (kind_of(file)) } " " }
            }
        }
    }
}

/// Returns what a saved run is called in the table.
fn kind_of(file: &str) -> &'static str {
    if file.ends_with(".small.toml") { "minimized case" } else { "first run" }
}

fn targets(targets: &[TargetLine]) -> Markup {
    let body = html! {
        thead {
            tr {
                th scope="col" { "target" }
                th scope="col" { "verdict" }
                th.number scope="col" { "runs" }
                th.number scope="col" { "failed" }
                th.number scope="col" { "clean" }
                th.number scope="col" { "inconclusive" }
            }
        }
        tbody #target-rows data-live {
            @for target in targets {
                tr {
                    th scope="row" { (printable(&target.name)) }
                    td class=(class_of(target.verdict)) { (target.verdict) }
                    td.number { (grouped(target.clean + target.inconclusive + target.failed)) }
                    td.number { (grouped(target.failed)) }
                    td.number { (grouped(target.clean)) }
                    td.number { (grouped(target.inconclusive)) }
                }
            }
        }
    };
    table::frame("targets", "plain", &body)
}

/// The size of the drawing of signatures over runs, without its labels.
const WIDTH: f64 = 800.0;
const HEIGHT: f64 = 160.0;

/// Returns a drawing of how many signatures had been found after how many runs: a step for each.
/// The table says the same in its column `first in run`.
fn over_time(index: &HuntIndex) -> Markup {
    let found = index.signatures.len() as u64;
    if found == 0 {
        return html! { p { "No signature in " (counted(index.runs, "run")) "." } };
    }
    // A run that is not counted yet may have been found already.
    let last = index.signatures.iter().map(|it| it.first_run).max().unwrap_or(1);
    let runs = index.runs.max(last);
    let place = |run: u64| run as f64 / runs as f64 * WIDTH;
    let up = |count: usize| HEIGHT - count as f64 / found as f64 * HEIGHT;
    let mut firsts: Vec<_> = index.signatures.iter().map(|it| it.first_run).collect();
    firsts.sort_unstable();
    let mut path = format!("M 0 {HEIGHT:.0}");
    for (nth, run) in firsts.iter().enumerate() {
        let _ = write!(path, " H {:.1} V {:.1}", place(*run), up(nth + 1));
    }
    let _ = write!(path, " H {WIDTH:.0}");
    html! {
        p {
            (counted(found, "signature")) " in " (counted(runs, "run")) "; the newest in run "
            (grouped(last)) "."
        }
        svg.steps viewBox="-60 -20 880 220" role="img" aria-labelledby="time" {
            line.axis x1="0" y1=(HEIGHT) x2=(WIDTH) y2=(HEIGHT) {}
            line.axis x1="0" y1="0" x2="0" y2=(HEIGHT) {}
            path.line d=(path) {}
            text x="-8" y=(HEIGHT) text-anchor="end" { "0" }
            text x="-8" y="6" text-anchor="end" { (grouped(found)) }
            text x="0" y=(HEIGHT + 24.0) text-anchor="start" { "run 1" }
            text x=(WIDTH) y=(HEIGHT + 24.0) text-anchor="end" { "run " (grouped(runs)) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_signature_is_a_step_at_its_run() {
        let at = |first_run| Signature { first_run, ..Signature::default() };
        let index =
            HuntIndex { runs: 100, signatures: vec![at(25), at(50)], ..HuntIndex::default() };
        let drawn = over_time(&index).into_string();
        assert!(drawn.contains("M 0 160 H 200.0 V 80.0 H 400.0 V 0.0 H 800"), "{drawn}");
        let early = HuntIndex { runs: 0, signatures: vec![at(4)], ..HuntIndex::default() };
        assert!(over_time(&early).into_string().contains("1 signature in 4 runs"));
        assert!(over_time(&HuntIndex::default()).into_string().contains("No signature in 0 runs"));
    }
}
