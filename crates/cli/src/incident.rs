//! The incident summary: exposure in the units that incident reports use, and the cost.

use crosswire::cost::Cost;
use crosswire::report::Report;
use crosswire_output::format::{Align, Layout, Table, grouped, percent, seconds};

/// A column of numbers: a run, or the published numbers of an incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// The lines of the heading.
    head: Vec<String>,
    cells: [String; ROWS.len()],
}

/// The names of the rows.
const ROWS: [&str; 14] = [
    "accounts",
    "users shown others' events",
    "share of accounts",
    "events listed",
    "thumbnails shown",
    "thumbnails tapped",
    "share of thumbnails tapped",
    "videos played",
    "first leak at",
    "requests",
    "requests that succeeded",
    "99th percentile latency",
    "directory: peak queries per second",
    "directory: peak queue length",
];

impl Column {
    /// Returns the numbers of a run.
    pub fn of_run(head: &[&str], report: &Report, cost: Cost) -> Self {
        let exposure = &report.exposure;
        let first = exposure.first_leak_ms.map(|ms| format!("{} s", seconds(ms)));
        Self {
            head: owned(head),
            cells: [
                grouped(exposure.accounts),
                grouped(exposure.users),
                percent(exposure.users, exposure.accounts),
                grouped(exposure.listed),
                grouped(exposure.thumbnails),
                grouped(exposure.taps),
                percent(exposure.taps, exposure.thumbnails),
                grouped(exposure.videos),
                first.unwrap_or_else(|| "-".to_owned()),
                grouped(report.requests),
                percent(cost.well, cost.settled),
                format!("{} ms", grouped(u64::from(cost.p99_ms))),
                grouped(u64::from(cost.directory_peak)),
                grouped(u64::from(cost.directory_waiting)),
            ],
        }
    }

    /// Returns the published numbers of the Wyze incident of 16 February 2024, from the company's
    /// notice to users of 19 February. The published share of taps is per user who was shown a
    /// thumbnail.
    pub fn published() -> Self {
        let tap_share = percent(1_504, 13_000);
        let cells = [
            "at least 5,200,000",
            "about 13,000",
            "up to 0.25 %",
            "-",
            "-",
            "1,504",
            &tap_share,
            "some",
            "-",
            "-",
            "-",
            "-",
            "-",
            "-",
        ];
        Self { head: owned(&["published", "16 Feb 2024"]), cells: cells.map(str::to_owned) }
    }
}

fn owned(head: &[&str]) -> Vec<String> {
    head.iter().map(|line| (*line).to_owned()).collect()
}

/// Returns the table of all columns.
pub fn side_by_side(columns: &[Column], layout: Layout) -> String {
    let mut align = vec![Align::Left];
    align.extend(columns.iter().map(|_| Align::Right));
    let mut table = Table::new(&align);
    let heads = columns.iter().map(|column| column.head.len()).max().unwrap_or(0);
    for line in 0..heads {
        let cells = columns.iter().map(|column| column.head.get(line).cloned());
        table.row(std::iter::once(String::new()).chain(cells.map(Option::unwrap_or_default)));
    }
    for (row, name) in ROWS.iter().enumerate() {
        let cells = columns.iter().map(|column| column.cells[row].clone());
        table.row(std::iter::once((*name).to_owned()).chain(cells));
    }
    table.set(layout, "  ")
}
