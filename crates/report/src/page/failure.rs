//! A run without a verdict as a page: what it said when it panicked, or that it did not end.

use super::parts::{command, facts, heading, story};
use super::shell::document;
use crosswire_checker::Verdict;
use crosswire_output::format::printable;
use maud::html;

/// A run that panicked or did not end.
#[derive(Clone, Debug, Default)]
pub struct FailedRun {
    /// The signature.
    pub signature: String,
    /// The subject of the run, a name and a value each.
    pub title: Vec<(String, String)>,
    /// The lines that it left.
    pub story: Vec<String>,
    /// The command that replays it.
    pub command: String,
}

/// Returns a run without a verdict as a page.
pub fn failure(run: &FailedRun) -> String {
    let body = html! {
        (heading(Some(Verdict::Violated), &run.signature))
        (facts(&run.title))
        (story(&run.story))
        (command("Replay it with", &run.command))
    };
    document(&printable(&run.signature), &body, "")
}
