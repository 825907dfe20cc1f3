//! The incident summary: exposure in the units in which incidents are published, and the cost.

use crosswire::load::Cost;
use crosswire::report::Report;
use crosswire_output::text::{Align, Table, grouped, percent, seconds};

/// One column of numbers: a run, or what was published of an incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// What stands above it, a line each.
    head: Vec<String>,
    cells: [String; ROWS.len()],
}

/// What is counted.
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
    "requests that ended well",
    "99 of 100 requests over within",
    "directory: most queries a second",
    "directory: most waiting",
];

impl Column {
    /// The numbers of a run.
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

    /// What was published of the Wyze incident of 16 February 2024: by the company, in its
    /// notice to users of 19 February. Taps are there for each person who was shown a thumbnail.
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

/// The columns side by side.
pub fn side_by_side(columns: &[Column]) -> String {
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
    table.set("  ")
}
