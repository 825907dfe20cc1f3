//! Colour and width: how text is laid out on a terminal, and in a file or a pipe.

use super::safe::colour_length;
use anstyle::{AnsiColor, Style};
use crosswire_checker::{InvariantId, Verdict};
use textwrap::core::Word;
use textwrap::{Options, WordSeparator, WordSplitter};

/// The widest line of text, in columns: longer lines are hard to read.
pub const WIDTH: usize = 100;

/// The fewest columns for text beside what precedes it. With less room, the following lines begin
/// further left.
const MIN_ROOM: usize = 20;

/// The indent of lines that have too little room beside what precedes them.
const SHORT_HANG: usize = 4;

/// The layout of text: whether it is coloured, and the width of the terminal that it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    coloured: bool,
    /// The width of the terminal; `None` for a file or a pipe.
    columns: Option<usize>,
}

impl Layout {
    /// The layout of files, pipes and tests: no colour, and lines of [`WIDTH`] columns. Tables keep
    /// their columns, however wide they are.
    pub const PLAIN: Self = Self { coloured: false, columns: None };

    /// Returns the layout of a terminal, without colour.
    pub const fn of_terminal(columns: usize) -> Self {
        Self { coloured: false, columns: Some(columns) }
    }

    /// Returns this layout with or without colour.
    #[must_use]
    pub const fn coloured(self, coloured: bool) -> Self {
        Self { coloured, ..self }
    }

    /// Returns the number of columns of a line: those of the terminal, and at most [`WIDTH`].
    pub fn width(self) -> usize {
        self.columns.unwrap_or(WIDTH).min(WIDTH)
    }

    /// Returns whether the text is for a terminal.
    pub const fn is_terminal(self) -> bool {
        self.columns.is_some()
    }

    /// Returns the width of the terminal, if the text is for one.
    pub(super) const fn columns(self) -> Option<usize> {
        self.columns
    }

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

    /// Formats a verdict and its reason as a sentence: `clean: every invariant held`.
    pub fn verdict_with(self, verdict: Verdict, reason: &str) -> String {
        let word = self.verdict(verdict, &verdict.to_string());
        self.wrapped("", &format!("{word}: {reason}"))
    }

    /// Sets the id of an invariant.
    pub fn invariant(self, id: InvariantId) -> String {
        self.set(AnsiColor::Cyan.on_default(), id.as_str())
    }

    /// Sets lines of text that are decisive, each after its indent.
    pub(super) fn decisive(self, lines: &str) -> String {
        let mut out = String::new();
        for line in lines.split_inclusive('\n') {
            let text = line.trim();
            let (indent, end) = line.split_once(text).unwrap_or((line, ""));
            out.extend([indent, &self.set(AnsiColor::Red.on_default(), text), end]);
        }
        out
    }

    fn set(self, style: Style, text: &str) -> String {
        if self.coloured { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }

    /// Formats `text` after `first`, wrapped at [`Self::width`]. The following lines are indented
    /// by the width of `first` or, if a terminal is too narrow for that, by a few columns. Words
    /// are never broken, not even one that is wider than a line.
    pub fn wrapped(self, first: &str, text: &str) -> String {
        let beside = visible(first);
        let hang = match self.columns {
            Some(_) if beside + MIN_ROOM > self.width() => beside.min(SHORT_HANG),
            _ => beside,
        };
        self.filled((first, hang), text)
    }

    /// Formats `text` after `first`: for a terminal like [`Self::wrapped`], for a file or a pipe on
    /// one line, however long.
    pub fn line(self, first: &str, text: &str) -> String {
        match self.columns {
            Some(_) => self.wrapped(first, text),
            None => format!("{first}{text}\n"),
        }
    }

    /// Formats `text` after `first`, wrapped, with the following lines indented by `hang` columns.
    pub(super) fn filled(self, (first, hang): (&str, usize), text: &str) -> String {
        let hang = " ".repeat(hang);
        let options = unbroken(self.width()).initial_indent(first).subsequent_indent(&hang);
        textwrap::fill(text, options) + "\n"
    }
}

/// Units that remain on the line of their number.
const UNITS: [&str; 4] = ["ms", "s", "%", "MB"];

/// Separates words at spaces, except a number and its unit.
fn words(line: &str) -> Box<dyn Iterator<Item = Word<'_>> + '_> {
    let (mut rest, mut start) = (line, 0);
    Box::new(std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let mut end = end_of_word(rest, 0);
        while is_number_and_space(&rest[..end]) {
            let next = end_of_word(rest, end);
            let unit = rest[end..next].trim_end().trim_end_matches([',', ';', '.', ':', ')']);
            if !UNITS.contains(&unit) {
                break;
            }
            end = next;
        }
        let word = &line[start..start + end];
        (rest, start) = (&rest[end..], start + end);
        Some(Word::from(word))
    }))
}

/// Returns whether a word ends with a digit and a single space. Between the cells of a table there
/// are two.
fn is_number_and_space(word: &str) -> bool {
    let number = word.strip_suffix(' ').unwrap_or_default();
    number.ends_with(|c: char| c.is_ascii_digit())
}

/// Returns the end of the word at `from`, with the spaces after it.
fn end_of_word(text: &str, from: usize) -> usize {
    let rest = &text[from..];
    let word = rest.find(' ').unwrap_or(rest.len());
    let spaces = rest[word..].len() - rest[word..].trim_start_matches(' ').len();
    from + word + spaces
}

/// Returns options for lines of `width` columns that are broken at spaces only: a name with a
/// hyphen, a path, and a number with its unit remain whole.
pub(super) fn unbroken(width: usize) -> Options<'static> {
    Options::new(width)
        .word_separator(WordSeparator::Custom(words))
        .word_splitter(WordSplitter::NoHyphenation)
        .break_words(false)
}

/// Returns the number of characters that text shows, without its colour sequences.
pub(super) fn visible(text: &str) -> usize {
    let (mut count, mut rest) = (0, text);
    while let Some(c) = rest.chars().next() {
        let length = colour_length(rest);
        count += usize::from(length.is_none());
        rest = &rest[length.unwrap_or(c.len_utf8())..];
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::tame;
    use proptest::prelude::*;

    /// Words as in names and sentences, among them some that are wider than a narrow terminal.
    fn words() -> impl Strategy<Value = Vec<String>> {
        prop::collection::vec("[a-z\"-]{1,9}|[a-z-]{20,60}", 0..60)
    }

    proptest! {
        #[test]
        fn only_a_word_by_itself_is_wider_than_a_line(
            words in words(),
            columns in 1_usize..200,
            first in 0_usize..30,
        ) {
            let first = " ".repeat(first);
            for layout in [Layout::PLAIN, Layout::of_terminal(columns)] {
                let set = layout.wrapped(&first, &words.join(" "));
                prop_assert!(set.ends_with('\n'));
                for line in set.lines() {
                    let fits = line.chars().count() <= layout.width();
                    prop_assert!(fits || line.split_whitespace().count() <= 1, "{line:?}");
                }
            }
        }

        #[test]
        fn every_word_remains_in_its_order(words in words(), columns in 1_usize..200) {
            for layout in [Layout::PLAIN, Layout::of_terminal(columns)] {
                let set = layout.wrapped("  first: ", &words.join(" "));
                let set: Vec<_> = set.split_whitespace().skip(1).collect();
                prop_assert_eq!(&set, &words);
            }
        }

        #[test]
        fn the_following_lines_begin_below_the_text(words in words(), columns in 40_usize..200) {
            let set = Layout::of_terminal(columns).wrapped("  12.345 ", &words.join(" "));
            for line in set.lines().skip(1) {
                prop_assert_eq!(line.find(|c| c != ' '), Some(9), "{:?}", line);
            }
        }

        #[test]
        fn colour_changes_no_line(words in words(), columns in 1_usize..200) {
            let layout = Layout::of_terminal(columns);
            let plain = layout.wrapped(" a ", &words.join(" "));
            let coloured: Vec<_> =
                words.iter().map(|word| layout.coloured(true).strong(word)).collect();
            let coloured = layout.wrapped(&layout.coloured(true).faint(" a "), &coloured.join(" "));
            let bare = ["\u{1b}[0m", "\u{1b}[1m", "\u{1b}[2m"];
            let bare = bare.iter().fold(coloured, |text, code| text.replace(code, ""));
            prop_assert_eq!(bare, plain);
        }
    }

    #[test]
    fn a_number_remains_beside_its_unit() {
        let text = "a delay of 1,200 ms, for 30 % of the 40 cameras";
        let set = |columns| Layout::of_terminal(columns).wrapped("", text);
        assert_eq!(set(18), "a delay of\n1,200 ms, for 30 %\nof the 40 cameras\n");
        assert_eq!(set(17), "a delay of\n1,200 ms, for\n30 % of the 40\ncameras\n");
    }

    #[test]
    fn a_terminal_wraps_at_its_width_up_to_a_page() {
        let widths = [30, 99, 100, 101, 300].map(|columns| Layout::of_terminal(columns).width());
        assert_eq!(widths, [30, 99, 100, 100, 100]);
        assert_eq!(Layout::PLAIN.width(), WIDTH);
    }

    #[test]
    fn a_line_is_wrapped_only_on_a_terminal() {
        let text = "word ".repeat(40) + "end";
        assert_eq!(Layout::PLAIN.line("  ", &text), format!("  {text}\n"));
        let layout = Layout::of_terminal(60);
        assert_eq!(layout.line("  ", &text), layout.wrapped("  ", &text));
    }

    #[test]
    fn narrow_terminals_leave_room_for_text() {
        let first = format!("{:<30}", "  a long heading");
        let set = Layout::of_terminal(40).wrapped(&first, "one two three four");
        assert_eq!(set, "  a long heading              one two\n    three four\n");
    }

    #[test]
    fn a_name_is_never_broken() {
        let broken = Layout::PLAIN.wrapped("", &"cancel-in-flight ".repeat(20));
        assert!(broken.lines().count() > 1);
        assert!(broken.split_whitespace().all(|name| name == "cancel-in-flight"), "{broken}");
    }

    #[test]
    fn text_is_coloured_only_on_request() {
        let (plain, coloured) = (Layout::PLAIN, Layout::PLAIN.coloured(true));
        assert_eq!(plain.verdict(Verdict::Clean, "clean"), "clean");
        assert_eq!(plain.decisive("  a\n  b\n"), "  a\n  b\n");
        let set = [
            coloured.verdict(Verdict::Clean, "I1"),
            coloured.verdict(Verdict::Violated, "I1"),
            coloured.verdict(Verdict::Inconclusive, "I1"),
            coloured.invariant(InvariantId::I1),
            coloured.strong("I1"),
            coloured.faint("I1"),
        ];
        for (nth, text) in set.iter().enumerate() {
            assert!(text.starts_with("\u{1b}[") && text.ends_with("I1\u{1b}[0m"), "{text:?}");
            assert_eq!(tame(text, true), *text);
            assert!(!set[..nth].contains(text), "{text:?} is set like another");
        }
    }

    #[test]
    fn decisive_lines_are_coloured_after_their_indent() {
        let red = |text: &str| format!("\u{1b}[31m{text}\u{1b}[0m");
        let set = Layout::PLAIN.coloured(true).decisive("> 1 a\n    b\n");
        assert_eq!(set, format!("{}\n    {}\n", red("> 1 a"), red("b")));
    }

    #[test]
    fn colour_sequences_take_no_columns() {
        let coloured = Layout::PLAIN.coloured(true).verdict(Verdict::Violated, "é…");
        assert_eq!([visible("é…"), visible(&coloured), visible("")], [2, 2, 0]);
    }
}
