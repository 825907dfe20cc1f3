//! The matrix as text, as Markdown and as CSV.

use super::{Cell, Matrix};
use crosswire_checker::InvariantId;
use crosswire_output::format::{self, Align, Layout, Table, counted, grouped, wrapped};
use serde::Serializer;
use std::collections::BTreeSet;
use std::fmt::Write;

/// Returns the name of a set of defences.
pub fn called(defences: &[String]) -> String {
    if defences.is_empty() { "none".to_owned() } else { defences.join(" + ") }
}

/// Summarizes a cell: the worst outcome as a word with its number of seeds, and the others in short
/// form.
fn outcome(cell: &Cell) -> String {
    let kinds = [
        ("panic ", "!", cell.panicked),
        ("LEAK ", "L", cell.leaked),
        ("violated ", "v", cell.violated_otherwise()),
        ("clean ", "c", cell.clean),
        ("?", "?", cell.inconclusive),
    ];
    let mut seen = kinds.into_iter().filter(|(.., seeds)| *seeds > 0);
    let Some((word, _, seeds)) = seen.next() else { return "-".to_owned() };
    seen.fold(format!("{word}{seeds}"), |out, (_, short, seeds)| format!("{out} {short}{seeds}"))
}

/// Explains the words of a cell.
fn legend(seeds: u64) -> String {
    format!(
        "Each cell has {}: `LEAK n`, in n of them a user saw another user's data; `violated n`, \
         only other invariants were violated; `clean n`; `?n`, inconclusive: nothing was violated, \
         but what the scenario is about never occurred, as when a defence bypasses the cache. \
         In a mixed cell the worst outcome comes first, then the others in short: \
         `LEAK 2 v1 c1 ?1`.",
        counted(seeds, "seed")
    )
}

/// Serializes the invariants of a cell, sorted by number.
pub(super) fn by_number<S: Serializer>(
    ids: &BTreeSet<InvariantId>,
    to: S,
) -> Result<S::Ok, S::Error> {
    to.collect_seq(format::by_number(ids))
}

/// Returns a field of a CSV line: only a path may need quotes.
fn field(text: &str) -> String {
    if text.contains([',', '"', '\n']) {
        return format!("\"{}\"", text.replace('"', "\"\""));
    }
    text.to_owned()
}

/// Returns the cost of a cell, in the order of the columns of the cost table.
fn cost(cell: &Cell) -> [String; 5] {
    let &Cell { directory_peak, p99_ms, recover_ms, unrecovered, refused_share, .. } = cell;
    [
        format!("{directory_peak:.0}"),
        format!("{p99_ms:.0} ms"),
        recover_ms.map_or("-".to_owned(), |ms| format!("{ms:.0} ms")),
        unrecovered.to_string(),
        format!("{:.2} %", refused_share * 100.0),
    ]
}

/// Returns a number that may be missing, as CSV and Markdown contain it.
fn plain(number: Option<impl ToString>) -> String {
    number.map(|number| number.to_string()).unwrap_or_default()
}

fn number(count: Option<u64>) -> String {
    count.map_or("-".to_owned(), grouped)
}

impl Matrix {
    /// Returns the rows, each with a cell for each set of defences.
    pub fn rows(&self) -> impl Iterator<Item = &[Cell]> {
        self.cells.chunks(self.defences.len().max(1))
    }

    /// Returns the cells of a column.
    fn column(&self, at: usize) -> impl Iterator<Item = &Cell> {
        self.rows().filter_map(move |row| row.get(at))
    }

    /// Formats the matrix for a terminal.
    pub fn to_text(&self, layout: Layout) -> String {
        let mut out = self.table(layout, |cell| layout.verdict(cell.verdict, &outcome(cell)));
        out.push('\n');
        for (letter, defences) in ('a'..='z').zip(&self.defences) {
            let _ = writeln!(out, "  {letter}  {}", called(defences));
        }
        let _ = write!(out, "\n{}\n", layout.wrapped("  ", &legend(self.seeds)));
        out += "  Seeds to the first finding:\n\n";
        out += &self.table(layout, |cell| number(cell.seeds_to_find));
        out += "\n  Users who saw another user's data, in all seeds together:\n\n";
        out += &self.table(layout, |cell| grouped(cell.users_exposed));
        let _ = write!(out, "\n{}\n", layout.wrapped("  ", COST));
        out + &self.cost_table().set(layout, "  ")
    }

    /// Formats a table with a row for each row of the matrix and a lettered column for each set of
    /// defences.
    fn table(&self, layout: Layout, text: impl Fn(&Cell) -> String) -> String {
        let letters: Vec<_> = ('a'..='z').take(self.defences.len()).collect();
        let mut align = vec![Align::Right, Align::Left];
        align.extend(letters.iter().map(|_| Align::Right));
        let mut table = Table::new(&align);
        let head = letters.iter().map(char::to_string);
        table.row([String::new(), String::new()].into_iter().chain(head));
        for row in self.rows() {
            let first = &row[0];
            let head = [plain(first.mechanism), first.name.clone()];
            table.row(head.into_iter().chain(row.iter().map(&text)));
        }
        table.set(layout, "  ")
    }

    fn cost_table(&self) -> Table {
        let mut table = Table::new(&[
            Align::Left,
            Align::Right,
            Align::Right,
            Align::Right,
            Align::Right,
            Align::Right,
        ]);
        table.row(COST_HEAD);
        for at in 0..self.defences.len() {
            table.row(self.costs(at));
        }
        table
    }

    /// Returns the name of a column and its cost, the mean over its cells, in the order of
    /// [`COST_HEAD`].
    pub fn costs(&self, at: usize) -> [String; 6] {
        let mean = |of: &dyn Fn(&Cell) -> f64| crate::cost::mean(self.column(at).map(of));
        let recovered: Vec<_> = self.column(at).filter_map(|cell| cell.recover_ms).collect();
        let column = Cell {
            directory_peak: mean(&|cell| cell.directory_peak),
            p99_ms: mean(&|cell| cell.p99_ms),
            recover_ms: Some(crate::cost::mean(recovered.into_iter())),
            unrecovered: self.column(at).map(|cell| cell.unrecovered).sum(),
            refused_share: mean(&|cell| cell.refused_share),
            ..Cell::empty()
        };
        let [peak, p99, recover, unrecovered, refused] = cost(&column);
        [called(&self.defences[at]), peak, p99, recover, unrecovered, refused]
    }

    /// Formats the matrix as a page of Markdown. `command` is the command that prints the page.
    pub fn to_markdown(&self, command: &str) -> String {
        let mut out = format!(
            "# Mechanism by defence\n\n<!-- `{command}` prints this page. -->\n\n{}\n{}\n",
            wrapped(
                "",
                &format!(
                    "Each mechanism in its scenario behind each set of defences, with seeds from {} \
                     on. A second form of a mechanism has its own row.",
                    grouped(self.from.0)
                )
            ),
            wrapped("", &legend(self.seeds))
        );
        out.push_str("| # | mechanism | client or service | scenario |");
        for defences in &self.defences {
            let _ = write!(out, " {} |", called(defences));
        }
        out.push_str("\n|--:|---|---|---|");
        out.push_str(&"--:|".repeat(self.defences.len()));
        out.push('\n');
        for row in self.rows() {
            let first = &row[0];
            let Cell { mechanism, name, played_as, scenario, .. } = first;
            let mechanism = plain(*mechanism);
            let _ = write!(out, "| {mechanism} | {name} | `{played_as}` | `{scenario}` |");
            for cell in row {
                let _ = write!(out, " {} |", outcome(cell));
            }
            out.push('\n');
        }
        let mut head =
            vec!["#", "client or service", "defences", "leaked", "violated otherwise", "clean"];
        head.extend(["inconclusive", "seeds to a finding", "seeds to a leak", "users exposed"]);
        head.push("invariants");
        head.extend(&COST_HEAD[1..]);
        let align = format!("|--:|---|---|{}---|{}", "--:|".repeat(7), "--:|".repeat(5));
        let _ = write!(out, "\n| {} |\n{align}\n", head.join(" | "));
        for cell in &self.cells {
            let _ = writeln!(
                out,
                "| {} | `{}` | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} |",
                plain(cell.mechanism),
                cell.played_as,
                called(&cell.defences),
                cell.leaked,
                cell.violated_otherwise(),
                cell.clean,
                cell.inconclusive,
                number(cell.seeds_to_find),
                number(cell.seeds_to_leak),
                grouped(cell.users_exposed),
                format::by_number(&cell.invariants).join(" "),
                cost(cell).join(" | ")
            );
        }
        let _ = write!(out, "\n{}\n", wrapped("", COST));
        let _ = write!(out, "| {} |\n|---|--:|--:|--:|--:|--:|\n", COST_HEAD.join(" | "));
        for at in 0..self.defences.len() {
            let _ = writeln!(out, "| {} |", self.costs(at).join(" | "));
        }
        out
    }

    /// Formats the matrix as CSV, with a line for each cell.
    pub fn to_csv(&self) -> String {
        let mut out = String::from(
            "mechanism,name,played_as,scenario,defences,seeds,violated,leaked,clean,inconclusive,panicked,\
             seeds_to_find,first,seeds_to_leak,users_exposed,invariants,directory_peak,p99_ms,recover_ms,\
             unrecovered,refused_share\n",
        );
        for cell in &self.cells {
            let invariants = format::by_number(&cell.invariants);
            let recover_ms = cell.recover_ms.map(|ms| format!("{ms:.0}")).unwrap_or_default();
            let fields = [
                plain(cell.mechanism),
                cell.name.clone(),
                cell.played_as.clone(),
                cell.scenario.clone(),
                if cell.defences.is_empty() { "none".to_owned() } else { cell.defences.join("+") },
                cell.seeds.to_string(),
                cell.violated.to_string(),
                cell.leaked.to_string(),
                cell.clean.to_string(),
                cell.inconclusive.to_string(),
                cell.panicked.to_string(),
                plain(cell.seeds_to_find),
                field(cell.first.as_deref().unwrap_or_default()),
                plain(cell.seeds_to_leak),
                cell.users_exposed.to_string(),
                invariants.join(" "),
                format!("{:.0}", cell.directory_peak),
                format!("{:.0}", cell.p99_ms),
                recover_ms,
                cell.unrecovered.to_string(),
                format!("{:.4}", cell.refused_share),
            ];
            out += &fields.join(",");
            out.push('\n');
        }
        out
    }
}

/// The sentence above the cost table.
pub const COST: &str = "The cost of each set of defences: the mean over all rows, each a storm with a \
                    faulty client or service.";

/// The heads of the cost table.
pub const COST_HEAD: [&str; 6] =
    ["cost of", "peak directory queries/s", "p99", "time to recover", "never recovered", "refused"];
