//! The index of several hunts, such as those of a night.

use super::parts::{heading, href};
use super::shell::document;
use super::table;
use crosswire_output::format::{grouped, printable};
use maud::html;

/// The script of the index.
const SCRIPT: &str = concat!(include_str!("tables.js"), include_str!("live.js"));

/// A hunt in the index of several.
#[derive(Clone, Debug, Default)]
pub struct HuntLine {
    /// The name.
    pub name: String,
    /// The path of its own index, relative to the index of several.
    pub page: String,
    /// The number of runs so far.
    pub runs: u64,
    /// The number of runs at the end, if the hunt has one.
    pub of: Option<u64>,
    /// The number of failed runs.
    pub findings: u64,
    /// The number of signatures.
    pub signatures: u64,
}

/// Returns the index of several hunts as a page.
pub fn hunts(title: &str, hunts: &[HuntLine]) -> String {
    let body = html! {
        (heading(None, title))
        p.progress data-progress {}
        p data-news role="status" {}
        h2 #hunts { "Hunts" }
        (table::frame("hunts", "plain", &html! {
            thead {
                tr {
                    th scope="col" { "hunt" }
                    th.number scope="col" { "runs" }
                    th.number scope="col" { "findings" }
                    th.number scope="col" { "signatures" }
                }
            }
            tbody #hunt-rows data-live {
                @for hunt in hunts {
                    tr {
                        th scope="row" { a href=(href(&hunt.page)) { (printable(&hunt.name)) } }
                        td.number {
                            (grouped(hunt.runs))
                            @if let Some(of) = hunt.of { " of " (grouped(of)) }
                        }
                        td.number { (grouped(hunt.findings)) }
                        td.number { (grouped(hunt.signatures)) }
                    }
                }
            }
        }))
    };
    document(&printable(title), &body, SCRIPT)
}
