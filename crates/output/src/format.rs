//! Formats text: numbers, tables, wrapped lines, and colour for terminals.

mod safe;

pub use safe::{printable, quoted, tame, twelve_lines};

use anstyle::{AnsiColor, Style};
use crosswire_checker::{InvariantId, Verdict};
use std::fmt::Write;

/// The widest line, in columns.
pub const WIDTH: usize = 100;

/// Colours text, or leaves it as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paint {
    on: bool,
}

impl Paint {
    /// No colour: for files, pipes and tests.
    pub const PLAIN: Self = Self { on: false };
    /// Colour: for terminals.
    pub const COLOURED: Self = Self { on: true };

    /// Sets text bold.
    pub fn strong(self, text: &str) -> String {
        self.set(Style::new().bold(), text)
    }

    /// Sets text dimmed.
    pub fn faint(self, text: &str) -> String {
        self.set(Style::new().dimmed(), text)
    }

    /// Sets text in the colour of a verdict.
    pub fn verdict(self, verdict: Verdict, text: &str) -> String {
        let colour = match verdict {
            Verdict::Clean => AnsiColor::Green,
            Verdict::Violated => AnsiColor::Red,
            Verdict::Inconclusive => AnsiColor::Yellow,
        };
        self.set(colour.on_default().bold(), text)
    }

    fn set(self, style: Style, text: &str) -> String {
        if self.on { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }
}

/// Formats a number with separated thousands: `5,200`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Formats a number and its noun, with an `s` unless the number is 1: `1 camera`.
pub fn counted(number: u64, noun: &str) -> String {
    format!("{} {noun}{}", grouped(number), if number == 1 { "" } else { "s" })
}

/// Formats a share in per cent with two decimals; `-` if `whole` is 0.
pub fn percent(part: u64, whole: u64) -> String {
    match whole {
        0 => "-".to_owned(),
        _ => format!("{:.2} %", part as f64 * 100.0 / whole as f64),
    }
}

/// Sorts ids such as `I9` and `I10` by their numbers, and returns their texts.
pub fn by_number<'a>(ids: impl IntoIterator<Item = &'a InvariantId>) -> Vec<&'static str> {
    let mut ids: Vec<_> = ids.into_iter().copied().collect();
    ids.sort_by_key(|id| id.number());
    ids.into_iter().map(InvariantId::as_str).collect()
}

/// Formats milliseconds as seconds with three decimals.
pub fn seconds(ms: u64) -> String {
    crosswire_checker::story::seconds(ms)
}

/// Formats `text` after `first`, wrapped at [`WIDTH`], with the following lines indented by the
/// width of `first`. `first` must not be coloured.
pub fn wrapped(first: &str, text: &str) -> String {
    let hang = " ".repeat(first.chars().count());
    let options = textwrap::Options::new(WIDTH)
        .initial_indent(first)
        .subsequent_indent(&hang)
        .word_splitter(textwrap::WordSplitter::NoHyphenation)
        .break_words(false);
    let mut out = textwrap::fill(text, options);
    out.push('\n');
    out
}

/// The alignment of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// Left, for words.
    Left,
    /// Right, for numbers.
    Right,
}

/// A table with aligned columns.
#[derive(Clone, Debug)]
pub struct Table {
    align: Vec<Align>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// Creates an empty table.
    pub fn new(align: &[Align]) -> Self {
        Self { align: align.to_vec(), rows: Vec::new() }
    }

    /// Adds a row. Cells beyond the last column are dropped.
    pub fn row(&mut self, cells: impl IntoIterator<Item = impl Into<String>>) {
        self.rows.push(cells.into_iter().map(Into::into).take(self.align.len()).collect());
    }

    /// Formats the rows, each on a line after `indent`, with two spaces between columns. A last
    /// column of words is wrapped at [`WIDTH`].
    pub fn set(&self, indent: &str) -> String {
        let widths: Vec<_> = (0..self.align.len()).map(|column| self.width(column)).collect();
        let mut out = String::new();
        for row in &self.rows {
            let mut line = indent.to_owned();
            let last = row.len().saturating_sub(1);
            for (column, cell) in row.iter().enumerate() {
                let gap = if column == 0 { "" } else { "  " };
                match self.align[column] {
                    Align::Left if column == last && cell.is_empty() => continue,
                    Align::Left if column == last => {
                        line.push_str(gap);
                        line = wrapped(&line, cell);
                        line.truncate(line.trim_end().len());
                        continue;
                    }
                    Align::Left => write!(line, "{gap}{cell:<width$}", width = widths[column]),
                    Align::Right => write!(line, "{gap}{cell:>width$}", width = widths[column]),
                }
                .expect("writing to a string cannot fail");
            }
            out.push_str(line.trim_end());
            out.push('\n');
        }
        out
    }

    fn width(&self, column: usize) -> usize {
        let cells = self.rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_people_write_them() {
        assert_eq!([0, 999, 1_000, 5_200_000].map(grouped), ["0", "999", "1,000", "5,200,000"]);
        assert_eq!([counted(1, "camera"), counted(2, "camera")], ["1 camera", "2 cameras"]);
        assert_eq!([percent(13, 5_200), percent(1, 0)], ["0.25 %", "-"]);
    }

    #[test]
    fn ids_are_sorted_by_number() {
        let ids = [InvariantId::I11, InvariantId::I3, InvariantId::I1];
        assert_eq!(by_number(&ids), ["I1", "I3", "I11"]);
    }

    #[test]
    fn words_are_left_aligned_and_numbers_right_aligned() {
        let mut table = Table::new(&[Align::Left, Align::Right, Align::Left]);
        table.row(["a", "1,000", "one"]);
        table.row(["bcd", "2", "two"]);
        assert_eq!(table.set(" "), " a    1,000  one\n bcd      2  two\n");
    }

    #[test]
    fn nothing_is_wider_than_a_page() {
        let long = "word ".repeat(60);
        let mut table = Table::new(&[Align::Left, Align::Left]);
        table.row(["name", &long]);
        let both = table.set("  ") + &wrapped("  12.345 ", &long);
        assert!(both.lines().all(|line| line.chars().count() <= WIDTH), "{both}");
        assert!(both.contains("\n        word"), "{both}");
    }

    #[test]
    fn a_name_is_never_broken() {
        let broken = wrapped("", &"cancel-in-flight ".repeat(20));
        assert!(broken.lines().count() > 1);
        assert!(broken.split_whitespace().all(|name| name == "cancel-in-flight"), "{broken}");
    }

    #[test]
    fn text_is_coloured_only_on_request() {
        assert_eq!(Paint::PLAIN.verdict(Verdict::Clean, "clean"), "clean");
        assert!(Paint::COLOURED.verdict(Verdict::Clean, "clean").starts_with('\x1b'));
    }
}
