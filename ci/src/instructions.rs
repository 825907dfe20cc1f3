//! Counts the instructions of a storm and of bare madsim.
//!
//! `cargo bench` measures time, which varies from run to run on a shared machine; instructions do
//! not.

use crate::child;
use crate::error::Error;
use crate::files;
use crate::install;
use crate::program::cargo;
use serde::Deserialize;
use std::fmt::Write;
use std::process::Command;

/// A part of the benchmark, with its name in `--once` and its row in the table.
struct Part {
    name: &'static str,
    row: &'static str,
}

const PARTS: [Part; 7] = [
    Part { name: "bare", row: "bare madsim: echo over its TCP" },
    Part { name: "bare-all", row: "bare madsim: echo of all the storm's round trips" },
    Part { name: "whole", row: "the whole storm, checkers on" },
    Part { name: "unchecked", row: "the same without checkers" },
    Part { name: "sql", row: "of it: the directory's database, alone" },
    Part { name: "wire", row: "of it: all round trips over our wire, a task a request, alone" },
    Part { name: "resp", row: "of it: commands and replies of the cache as bytes, alone" },
];

/// The first storm relative to bare madsim. Counted in the same way in commit fd48970, it took
/// 406.5 million instructions with eight invariants; bare madsim with as many round trips 187.2.
const FIRST: f64 = 406.5 / 187.2;

/// Counts all parts and prints the table.
pub fn run() -> Result<bool, Error> {
    install::unless_there("valgrind", &["valgrind"], "which counts the instructions")?;
    let mut command = cargo("bench");
    command.args(["--no-run", "--quiet", "--package", "crosswire-bench"]);
    command.args(["--message-format", "json"]);
    let bench = executable(&child::stdout(&mut command, &[0])?)?;
    // Each part is counted with a storm before it, which records the history that the part replays.
    let before = millions(&bench, "nothing")?;
    let mut counts = [0.0; PARTS.len()];
    for (count, part) in counts.iter_mut().zip(&PARTS) {
        *count = millions(&bench, part.name)? - before;
    }
    print!("{}", table(&counts));
    Ok(true)
}

#[derive(Deserialize)]
struct Message {
    executable: Option<String>,
}

/// Returns the benchmark's executable, from the messages of cargo.
fn executable(messages: &str) -> Result<String, String> {
    let mut found = None;
    for line in messages.lines() {
        if let Ok(Message { executable: Some(path) }) = serde_json::from_str(line)
            && path.contains("storm")
        {
            found = Some(path);
        }
    }
    found.ok_or_else(|| "cargo bench has built no executable named `storm`".to_owned())
}

/// Counts the instructions of a part, in millions.
fn millions(bench: &str, part: &str) -> Result<f64, String> {
    let mut command = Command::new("valgrind");
    command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null", bench, "--once", part]);
    let place = files::temporary()?;
    let report = place.path().join("report");
    child::output(command.stderr(files::create(&report)?))?;
    collected(&files::read(&report)?)
        .ok_or_else(|| format!("valgrind reports no count for `{part}`"))
}

/// Returns the count that valgrind reports, in millions.
fn collected(report: &str) -> Option<f64> {
    let line = report.lines().find(|line| line.contains("Collected :"))?;
    let count: f64 = line.rsplit(' ').next()?.parse().ok()?;
    Some(count / 1e6)
}

/// Returns the table, the checkers' share and the comparison with the first storm.
fn table(counts: &[f64; PARTS.len()]) -> String {
    let [bare, _, whole, unchecked, sql, wire, resp] = *counts;
    let mut out =
        "| what | million instructions | ratio to bare madsim |\n|---|--:|--:|\n".to_owned();
    let mut row = |what: &str, count: f64| {
        let _ = writeln!(out, "| {what} | {count:.1} | {:.2} |", count / bare);
    };
    for (part, count) in PARTS.iter().zip(counts) {
        row(part.row, *count);
    }
    row("of it: checkers and these three", whole - unchecked + sql + wire + resp);
    let share = (whole - unchecked) / whole * 100.0;
    let _ = writeln!(out, "\ncheckers' share: {share:.1} %");
    let ratio = whole / bare;
    let _ = writeln!(
        out,
        "the first storm was at {FIRST:.2} of bare madsim; this is {:.2} times that",
        ratio / FIRST
    );
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_messages_of_cargo_and_valgrind_are_read() {
        let messages = "{\"reason\":\"compiler-artifact\",\"executable\":null}\n\
            {\"reason\":\"compiler-artifact\",\"executable\":\"/t/deps/storm-1f\"}\n\
            {\"reason\":\"build-finished\",\"success\":true}\n";
        assert_eq!(executable(messages), Ok("/t/deps/storm-1f".to_owned()));
        assert!(executable("{}\n").is_err());
        let report = "==7== Events    : Ir\n==7== Collected : 187200000\n==7==\n";
        assert_eq!(collected(report), Some(187.2));
        assert_eq!(collected("valgrind: not found"), None);
    }

    #[test]
    fn the_table_is_as_before() {
        let counts = [200.0, 220.0, 500.0, 450.0, 90.0, 120.0, 40.0];
        insta::assert_snapshot!(table(&counts), @"
        | what | million instructions | ratio to bare madsim |
        |---|--:|--:|
        | bare madsim: echo over its TCP | 200.0 | 1.00 |
        | bare madsim: echo of all the storm's round trips | 220.0 | 1.10 |
        | the whole storm, checkers on | 500.0 | 2.50 |
        | the same without checkers | 450.0 | 2.25 |
        | of it: the directory's database, alone | 90.0 | 0.45 |
        | of it: all round trips over our wire, a task a request, alone | 120.0 | 0.60 |
        | of it: commands and replies of the cache as bytes, alone | 40.0 | 0.20 |
        | of it: checkers and these three | 300.0 | 1.50 |

        checkers' share: 10.0 %
        the first storm was at 2.17 of bare madsim; this is 1.15 times that
        ");
    }
}
