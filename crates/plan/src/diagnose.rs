//! Diagnostics of a bad scenario: the place, the text found, the text expected, and a suggestion.

use std::fmt;
use std::ops::Range;

use crate::steer::steers;
use miette::{Diagnostic, LabeledSpan, NamedSource, SourceCode};

/// The reasons why a file is not a valid scenario.
///
/// Its `Display` is one line per problem, `name:line:column: problem`. As a [`Diagnostic`], it also
/// shows the places in the text.
#[derive(Clone, PartialEq)]
pub struct BadScenario(Box<Inner>);

#[derive(Clone, PartialEq)]
struct Inner {
    name: String,
    message: String,
    help: Option<String>,
    place: Option<Place>,
    /// The other problems, in the order of the file.
    more: Vec<BadScenario>,
    /// Number of problems that are only counted.
    unreported: usize,
}

/// Maximum number of problems reported for one file.
pub const MAX_REPORTED: usize = 20;

/// Maximum number of pieces of advice.
const MAX_HELP: usize = 3;

/// The place of a problem in the text.
#[derive(Clone)]
struct Place {
    line: usize,
    column: usize,
    label: String,
    span: Range<usize>,
    /// The text made safe to print; `None` if a line is too long to show.
    source: Option<NamedSource<String>>,
}

impl PartialEq for Place {
    fn eq(&self, other: &Self) -> bool {
        (self.line, self.column, &self.label) == (other.line, other.column, &other.label)
    }
}

/// Longer lines are not shown: they were not written by hand.
const MAX_LINE_LEN: usize = 400;

impl BadScenario {
    /// Creates an error about the file as a whole.
    pub(crate) fn of_file(name: &str, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            name: name.to_owned(),
            message: message.into(),
            help: None,
            place: None,
            more: Vec::new(),
            unreported: 0,
        }))
    }

    /// Combines all problems of a file into one error.
    pub(crate) fn of_all(name: &str, all: impl IntoIterator<Item = Self>) -> Self {
        let mut all = all.into_iter();
        let Some(mut first) = all.next() else {
            return Self::of_file(name, "this is not a scenario");
        };
        first.0.more = all.by_ref().take(MAX_REPORTED - 1).collect();
        first.0.unreported = all.count();
        first
    }

    /// Iterates over the problems that are reported.
    fn each(&self) -> impl Iterator<Item = &Self> {
        std::iter::once(self).chain(&self.0.more)
    }

    /// Creates an error at a place in the text. The span is clipped to the text.
    pub(crate) fn at(
        name: &str,
        text: &str,
        span: Range<usize>,
        message: impl Into<String>,
        label: impl Into<String>,
    ) -> Self {
        let start = text.floor_char_boundary(span.start);
        let end = text.floor_char_boundary(span.end.max(start));
        let before = &text[..start];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let readable = text.lines().all(|line| line.len() <= MAX_LINE_LEN);
        let place = Place {
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            label: label.into(),
            span: start..end,
            source: if readable {
                Some(NamedSource::new(on_one_line(name), printable(text)))
            } else {
                None
            },
        };
        let mut bad = Self::of_file(name, message);
        bad.0.place = Some(place);
        bad
    }

    /// Adds advice, if there is any.
    pub(crate) fn with_help(mut self, help: Option<String>) -> Self {
        self.0.help = help;
        self
    }

    /// Returns the file, or the name of the built-in scenario.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Returns the problem, without its place and advice.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Returns line and column, both from 1, the column in characters. `None` if the whole file is
    /// meant.
    pub fn position(&self) -> Option<(usize, usize)> {
        self.0.place.as_ref().map(|place| (place.line, place.column))
    }
}

impl fmt::Display for BadScenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (nth, one) in self.each().enumerate() {
            f.write_str(if nth == 0 { "" } else { "\n" })?;
            f.write_str(&on_one_line(&one.0.name))?;
            if let Some((line, column)) = one.position() {
                write!(f, ":{line}:{column}")?;
            }
            write!(f, ": {}", one.0.message)?;
        }
        match self.0.unreported {
            0 => Ok(()),
            more => write!(f, "\nand {more} more"),
        }
    }
}

/// Formats like `Display`: when a test unwraps the error, its reader needs the sentence.
impl fmt::Debug for BadScenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for BadScenario {}

impl Diagnostic for BadScenario {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        let mut advice: Vec<(&str, Option<usize>)> = Vec::new();
        for one in self.each() {
            let Some(help) = one.0.help.as_deref() else { continue };
            if !advice.iter().any(|(given, _)| *given == help) && advice.len() < MAX_HELP {
                advice.push((help, one.position().map(|(line, _)| line)));
            }
        }
        // Among several problems, the line says which of them the advice is about.
        let several = !self.0.more.is_empty();
        let advice = advice.into_iter().map(|(help, line)| match line {
            Some(line) if several => format!("line {line}: {help}"),
            _ => help.to_owned(),
        });
        let advice: Vec<_> = advice.collect();
        if advice.is_empty() { None } else { Some(Box::new(advice.join("\n"))) }
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        let source = self.0.place.as_ref()?.source.as_ref()?;
        Some(source as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let places = self.each().filter_map(|one| one.0.place.as_ref());
        let label = |place: &Place| {
            LabeledSpan::new_with_span(Some(place.label.clone()), place.span.clone())
        };
        Some(Box::new(places.map(label)))
    }
}

/// Returns the candidate that `found` is most likely a misspelling of, if one is near.
///
/// Near means that at most a third of the letters differ, counting a swap of two once, or that one
/// is a prefix of the other. A candidate that begins with `found` is nearer than one that `found`
/// begins with.
pub fn nearest<'a>(found: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Comparing takes time proportional to the product of the lengths, and no name is that long.
    if found.is_empty() || found.len() > 64 {
        return None;
    }
    let found = found.to_lowercase().replace(['_', ' '], "-");
    let distance = |candidate: &str| {
        let plain = candidate.to_lowercase().replace('_', "-");
        let distance = strsim::damerau_levenshtein(&found, &plain);
        let shorter = found.len().min(plain.len());
        let begins = shorter >= 3 && plain.starts_with(&found);
        let prefix = begins || shorter >= 3 && found.starts_with(&plain);
        let near = distance <= found.chars().count().max(3) / 3 || prefix;
        if near { Some((distance, !begins)) } else { None }
    };
    let near = candidates.into_iter().filter_map(|c| Some((distance(c)?, c)));
    near.min_by_key(|(distance, _)| *distance).map(|(_, candidate)| candidate)
}

/// Formats the message for an unknown name.
pub(crate) fn unknown<'a>(
    sort: &str,
    found: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> String {
    let hint = nearest(found, known).map(|near| format!("; did you mean `{near}`?"));
    format!("unknown {sort} `{}`{}", shown(found), hint.unwrap_or_default())
}

/// Makes a piece of the user's text short and safe to print.
pub(crate) fn shown(text: &str) -> String {
    const MAX_SHOWN: usize = 60;
    let line = text.lines().next().unwrap_or_default();
    let whole = line.len() == text.len() && line.chars().count() <= MAX_SHOWN;
    let mut short: String = printable(line).chars().take(MAX_SHOWN).collect();
    if !whole {
        short.push('…');
    }
    short
}

/// Formats the path of a field for a message. Indices in lists are left out, since the label shows
/// which item is meant.
pub(crate) fn field(path: &[String]) -> String {
    let named = path.iter().filter(|step| !step.bytes().all(|b| b.is_ascii_digit()));
    shown(&named.map(String::as_str).collect::<Vec<_>>().join("."))
}

/// Makes a name fit on one line.
fn on_one_line(name: &str) -> String {
    printable(name).replace(['\n', '\t'], "?")
}

/// Replaces everything that could control a terminal, byte for byte, so that spans still fit.
fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\t' => out.push(c),
            '\r' => out.push(' '),
            c if steers(c) => out.extend(std::iter::repeat_n('?', c.len_utf8())),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_found_and_a_far_one_is_not_offered() {
        let names = ["cameras", "phones", "gateways", "cache_nodes"];
        assert_eq!(nearest("camera", names), Some("cameras"));
        assert_eq!(nearest("camreas", names), Some("cameras"));
        assert_eq!(nearest("cache-node", names), Some("cache_nodes"));
        assert_eq!(nearest("Phones", names), Some("phones"));
        assert_eq!(nearest("cache", ["cac", "cache-nodes"]), Some("cac"));
        assert_eq!(nearest("cache-n", ["cac", "cache-nodes"]), Some("cache-nodes"));
        assert_eq!(nearest("dogs", names), None);
        assert_eq!(nearest("", names), None);
        assert_eq!(nearest(&"x".repeat(1_000_000), names), None);
    }

    #[test]
    fn control_characters_are_not_repeated() {
        let evil = "a\u{1b}[31m\u{85}\u{202e}b";
        let safe = printable(evil);
        assert_eq!(safe, "a?[31m?????b");
        assert_eq!(safe.len(), evil.len());
    }

    #[test]
    fn a_position_counts_characters_from_one() {
        let bad = BadScenario::at("x.toml", "one\né = ü", 9..11, "m", "l");
        assert_eq!(bad.position(), Some((2, 5)));
        assert_eq!(bad.to_string(), "x.toml:2:5: m");
    }

    #[test]
    fn a_span_outside_the_text_is_cut() {
        let bad = BadScenario::at("x.toml", "ü", 1..90, "m", "l");
        assert_eq!(bad.position(), Some((1, 1)));
    }
}
