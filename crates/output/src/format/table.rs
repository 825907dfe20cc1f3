//! Tables with aligned columns, narrowed for narrow terminals.

use super::layout::{Layout, unbroken, visible};
use std::ops::Range;

/// The alignment of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// Left, for words.
    Left,
    /// Right, for numbers.
    Right,
}

/// The space between two columns.
const GAP: usize = 2;

/// The fewest columns to which a column of words is narrowed.
const MIN_WORDS: usize = 12;

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

    /// Adds a row. Cells beyond the last column are dropped. Cells may be coloured.
    pub fn row(&mut self, cells: impl IntoIterator<Item = impl Into<String>>) {
        self.rows.push(cells.into_iter().map(Into::into).take(self.align.len()).collect());
    }

    /// Formats the rows, each on a line after `indent`, with two spaces between columns. A last
    /// column of words is wrapped at [`Layout::width`].
    ///
    /// On a terminal that is too narrow for this, all columns of words are wrapped. On one that is
    /// too narrow for that as well, columns of numbers are set in blocks below each other, each
    /// with the names of the rows; and other rows are wrapped like sentences. Words are never
    /// broken.
    pub fn set(&self, layout: Layout, indent: &str) -> String {
        let natural = self.natural(layout.width().saturating_sub(indent.len()));
        let Some(columns) = layout.columns() else { return self.aligned(indent, &natural) };
        let room = columns.saturating_sub(indent.len());
        let fits = total(&natural) <= room;
        if fits && natural.last() >= self.least().last() {
            return self.aligned(indent, &natural);
        }
        if let Some(widths) = self.narrowed(room) {
            return self.aligned(indent, &widths);
        }
        let Some(blocks) = self.blocks(room) else { return self.flowed(layout, indent) };
        let set: Vec<_> =
            blocks.iter().map(|(block, widths)| block.aligned(indent, widths)).collect();
        set.join("\n")
    }

    /// Returns the widths of the columns without wrapping, except that a last column of words has
    /// what the others leave of `room`, if it needs more.
    fn natural(&self, room: usize) -> Vec<usize> {
        let mut widths = self.widest(visible);
        let over = total(&widths).saturating_sub(room);
        if let (Some(Align::Left), Some(last)) = (self.align.last(), widths.last_mut()) {
            *last = last.saturating_sub(over);
        }
        widths
    }

    /// Returns the least widths of the columns: a number is not wrapped, and a word is not broken.
    fn least(&self) -> Vec<usize> {
        let natural = self.widest(visible);
        let mut least = self.widest(|cell| cell.split(' ').map(visible).max().unwrap_or(0));
        for (column, width) in least.iter_mut().enumerate() {
            *width = match self.align[column] {
                Align::Left => (*width).max(natural[column].min(MIN_WORDS)),
                Align::Right => natural[column],
            };
        }
        least
    }

    /// Returns widths with which the table takes at most `room` columns, taken from the widest
    /// columns of words; `None` if there are none.
    fn narrowed(&self, room: usize) -> Option<Vec<usize>> {
        let (mut widths, least) = (self.widest(visible), self.least());
        while total(&widths) > room {
            let columns = widths.iter_mut().zip(&least);
            let wider = columns.filter(|(width, least)| **width > **least);
            let (widest, _) = wider.max_by_key(|(width, _)| **width)?;
            *widest -= 1;
        }
        Some(widths)
    }

    /// Splits a table of names and numbers into tables of at most `room` columns, each with its
    /// widths and with the names. Returns `None` for another table, and if a number beside its name
    /// is too wide.
    fn blocks(&self, room: usize) -> Option<Vec<(Self, Vec<usize>)>> {
        let names = self.align.iter().position(|align| *align == Align::Left)? + 1;
        let numbers = names..self.align.len();
        if self.align[numbers.clone()].contains(&Align::Left) {
            return None;
        }
        let mut blocks: Vec<(Self, Vec<usize>)> = Vec::new();
        let mut from = names;
        for column in numbers {
            let block = self.block(names, from..column + 1);
            if let Some(widths) = block.narrowed(room) {
                // The block as it was without this column.
                blocks.truncate(blocks.len() - usize::from(from < column));
                blocks.push((block, widths));
            } else {
                from = column;
                let block = self.block(names, column..column + 1);
                let widths = block.narrowed(room)?;
                blocks.push((block, widths));
            }
        }
        Some(blocks)
    }

    /// Returns the table of the first columns, with the names, and some of the others.
    fn block(&self, names: usize, others: Range<usize>) -> Self {
        let of = |row: &Vec<String>| {
            let cell = |column| row.get(column).cloned().unwrap_or_default();
            (0..names).chain(others.clone()).map(cell).collect()
        };
        let align = (0..names).chain(others.clone()).map(|column| self.align[column]).collect();
        Self { align, rows: self.rows.iter().map(of).collect() }
    }

    /// Formats the rows in columns of these widths.
    fn aligned(&self, indent: &str, widths: &[usize]) -> String {
        let mut out = String::new();
        for row in &self.rows {
            let cells: Vec<_> = row
                .iter()
                .enumerate()
                .map(|(column, cell)| self.lines(column, cell, widths))
                .collect();
            let height = cells.iter().map(Vec::len).max().unwrap_or(1);
            for nth in 0..height {
                let mut line = indent.to_owned();
                for (column, lines) in cells.iter().enumerate() {
                    let text = lines.get(nth).map_or("", String::as_str);
                    let space = " ".repeat(widths[column].saturating_sub(visible(text)));
                    line += &" ".repeat(if column == 0 { 0 } else { GAP });
                    match self.align[column] {
                        Align::Left => line.extend([text, &space]),
                        Align::Right => line.extend([&space, text]),
                    }
                }
                out.push_str(line.trim_end());
                out.push('\n');
            }
        }
        out
    }

    /// Returns the lines of a cell.
    fn lines(&self, column: usize, cell: &str, widths: &[usize]) -> Vec<String> {
        if self.align[column] == Align::Right || visible(cell) <= widths[column] {
            return vec![cell.to_owned()];
        }
        let lines = textwrap::wrap(cell, unbroken(widths[column])).into_iter();
        lines.map(std::borrow::Cow::into_owned).collect()
    }

    /// Formats each row as a sentence of its cells.
    fn flowed(&self, layout: Layout, indent: &str) -> String {
        let mut out = String::new();
        for row in &self.rows {
            let cells: Vec<_> =
                row.iter().map(String::as_str).filter(|cell| !cell.is_empty()).collect();
            out += &layout.filled((indent, indent.len() + 2 * GAP), &cells.join("  "));
        }
        out
    }

    /// Returns the largest measure of the cells of each column.
    fn widest(&self, measure: impl Fn(&str) -> usize) -> Vec<usize> {
        let mut widest = vec![0; self.align.len()];
        for row in &self.rows {
            for (column, cell) in row.iter().enumerate() {
                widest[column] = measure(cell).max(widest[column]);
            }
        }
        widest
    }
}

/// Returns the width of a table with columns of these widths.
fn total(widths: &[usize]) -> usize {
    widths.iter().sum::<usize>() + GAP * widths.len().saturating_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::WIDTH;
    use crosswire_checker::Verdict;
    use proptest::prelude::*;

    const LEFT: Align = Align::Left;
    const RIGHT: Align = Align::Right;

    fn table(align: &[Align], rows: &[&[&str]]) -> Table {
        let mut table = Table::new(align);
        for row in rows {
            table.row(row.iter().copied());
        }
        table
    }

    fn faults() -> Table {
        table(
            &[LEFT, RIGHT, RIGHT, LEFT],
            &[
                &["fault", "from s", "to s", "severity"],
                &["region-outage", "15.000", "100.000", "80 % of the cameras of the region"],
            ],
        )
    }

    #[test]
    fn words_are_left_aligned_and_numbers_right_aligned() {
        let table = table(&[LEFT, RIGHT, LEFT], &[&["a", "1,000", "one"], &["bcd", "2", "two"]]);
        assert_eq!(table.set(Layout::PLAIN, " "), " a    1,000  one\n bcd      2  two\n");
    }

    #[test]
    fn a_last_column_of_words_is_wrapped_at_the_width_of_a_page() {
        let long = "word ".repeat(60);
        let table = table(&[LEFT, LEFT], &[&["name", &long], &["b", ""]]);
        for layout in [Layout::PLAIN, Layout::of_terminal(100), Layout::of_terminal(250)] {
            let set = table.set(layout, "  ");
            assert!(set.lines().all(|line| line.chars().count() <= WIDTH), "{set}");
            assert!(set.contains("\n        word") && set.ends_with("\n  b\n"), "{set}");
        }
        let wide = table.set(Layout::of_terminal(60), "  ");
        assert!(wide.lines().all(|line| line.chars().count() <= 60), "{wide}");
        assert!(wide.contains("\n        word"), "{wide}");
    }

    #[test]
    fn a_file_gets_all_columns_of_a_wide_table() {
        let cells = [String::from("name"), "9".repeat(70), "8".repeat(70)];
        let mut table = Table::new(&[LEFT, RIGHT, RIGHT]);
        table.row(cells.clone());
        assert_eq!(table.set(Layout::PLAIN, ""), cells.join("  ") + "\n");
        assert_eq!(table.set(Layout::of_terminal(200), ""), cells.join("  ") + "\n");
    }

    #[test]
    fn a_narrow_terminal_wraps_the_words_of_each_column() {
        let set = faults().set(Layout::of_terminal(60), "  ");
        let expected = "  fault          from s     to s  severity\n\
                        \x20 region-outage  15.000  100.000  80 % of the cameras of the\n\
                        \x20                                 region\n";
        assert_eq!(set, expected);
        let first = table(&[LEFT, RIGHT], &[&["users shown others' events", "40"]]);
        let set = first.set(Layout::of_terminal(22), "");
        assert_eq!(set, "users shown         40\nothers' events\n");
    }

    #[test]
    fn a_very_narrow_terminal_wraps_each_row() {
        let set = faults().set(Layout::of_terminal(30), "  ");
        let expected = "  fault  from s  to s\n      severity\n  region-outage  15.000\n      \
                        100.000  80 % of the\n      cameras of the region\n";
        assert_eq!(set, expected);
    }

    #[test]
    fn numbers_are_set_in_blocks_with_the_names_of_their_rows() {
        let rows: [&[&str]; 2] =
            [&["", "published", "faulty", "correct"], &["events listed", "13,000", "89", "0"]];
        let table = table(&[LEFT, RIGHT, RIGHT, RIGHT], &rows);
        let expected = "                 published  faulty\n  events listed     13,000      89\n\n\
                        \x20                correct\n  events listed        0\n";
        assert_eq!(table.set(Layout::of_terminal(36), "  "), expected);
        let flowed = table.set(Layout::of_terminal(20), "  ");
        assert!(flowed.ends_with("  events listed\n      13,000  89  0\n"), "{flowed}");
    }

    #[test]
    fn colour_takes_no_columns() {
        let coloured = Layout::PLAIN.coloured(true);
        let red = coloured.verdict(Verdict::Violated, "7");
        let mut table = Table::new(&[RIGHT, LEFT, RIGHT]);
        table.row(["1,000", "a", "b"]);
        table.row([&red, &coloured.strong("abc"), ""]);
        let set = table.set(Layout::PLAIN, "");
        let strong = coloured.strong("abc");
        assert_eq!(set, format!("1,000  a    b\n    {red}  {strong}\n"));
    }

    /// Cells of words or of a number, for three columns.
    fn rows() -> impl Strategy<Value = Vec<Vec<String>>> {
        let words = || "([a-z]{1,9} ){0,12}[a-z-]{1,24}";
        let row = (words(), "[0-9]{0,9}", words());
        let row = row.prop_map(|(first, number, last)| vec![first, number, last]);
        prop::collection::vec(row, 1..6)
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_only_words_are_wider_than_a_terminal(
            rows in rows(),
            columns in 1_usize..160,
        ) {
            let mut table = Table::new(&[LEFT, RIGHT, LEFT]);
            for row in &rows {
                table.row(row.clone());
            }
            let set = table.set(Layout::of_terminal(columns), "  ");
            for line in set.lines() {
                let fits = line.chars().count() <= columns;
                prop_assert!(fits || line.split_whitespace().count() <= 1, "{line:?}");
            }
            let sorted = |words: &mut Vec<String>| words.sort_unstable();
            let mut expected: Vec<_> =
                rows.iter().flatten().flat_map(|cell| cell.split(' ')).map(str::to_owned).collect();
            expected.retain(|word| !word.is_empty());
            let mut set: Vec<_> = set.split_whitespace().map(str::to_owned).collect();
            sorted(&mut expected);
            sorted(&mut set);
            prop_assert_eq!(set, expected);
        }
    }
}
