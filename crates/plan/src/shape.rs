//! Checks whether a file has the shape of a scenario, and finds all problems, not only the first
//! one.
//!
//! The deserializer stops at the first problem. So the value that caused it is overwritten with
//! spaces and the rest is deserialized again; spans stay those of the file.

use std::ops::Range;

use toml::de::DeTable;

use crate::diagnose::{field, shown, unknown};
use crate::limits;
use crate::outline::{Entry, Outline};
use crate::problem::Problem;
use crate::scenario::Scenario;

/// Maximum number of values overwritten. Further problems are not searched for.
const MAX_BLANKED: usize = 64;

/// The result of checking the shape of a file.
pub(crate) struct Shape {
    /// The problems found.
    pub(crate) problems: Vec<Problem>,
    /// The scenario without the bad values; `None` if the rest is not a scenario.
    pub(crate) scenario: Option<Scenario>,
}

impl Shape {
    /// Checks a file. `limits` are the values already known to exceed their limits; `undrawable`
    /// says that the paths of the swarm are known to be bad.
    pub(crate) fn of(text: &str, limits: &[Problem], undrawable: bool) -> Self {
        let (mut rest, mut problems) = (text.to_owned(), Vec::new());
        let mut blanked = 0;
        while blanked < MAX_BLANKED {
            let Ok(file) = DeTable::parse(&rest) else { break };
            let outline = Outline::of(&file);
            drop(file);
            let error = match toml::from_str::<Scenario>(&rest) {
                Ok(scenario) => return Self { problems, scenario: Some(scenario) },
                Err(error) => error,
            };
            let about = error.span().and_then(|span| outline.at(&span));
            // Do not report consequences of a known problem: a number that is too large spoils the
            // range around it, a bad path the swarm, and a missing value may be the one that was
            // overwritten.
            let shape = problem_of(&rest, &outline, &error);
            let spoilt = limits.iter().any(|limit| shape.span.contains(&limit.span.start));
            let of_swarm = about.is_some_and(|entry| entry.path[0] == "swarm");
            let missing = error.message().strip_prefix("missing field ");
            let explained =
                spoilt || (undrawable && of_swarm) || (missing.is_some() && blanked > 0);
            if !explained {
                problems.push(shape);
            }
            if missing.is_some() && !explained {
                break;
            }
            // A table that lacks an overwritten value is overwritten as a whole.
            let Some(entry) = about else { break };
            blanked += 1;
            let gone = place_of(entry, &rest);
            blank(&mut rest, gone);
        }
        Self { problems, scenario: None }
    }
}

/// Returns the range of a value with its key or, for a table with a header, everything below it.
fn place_of(entry: &Entry, text: &str) -> Range<usize> {
    let start = entry.key.start.min(entry.span.start);
    let line = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
    let header = text[line..].lines().next().unwrap_or_default();
    let end = if header.trim_start().starts_with('[') { header.find(']') } else { None };
    let has_header = end.is_some_and(|end| start <= line + end);
    if !has_header {
        return start..entry.span.end.max(entry.key.end);
    }
    let next = text[start..].find("\n[").map_or(text.len(), |at| start + at + 1);
    line..next
}

/// Overwrites a range with spaces, byte for byte; line breaks stay.
fn blank(text: &mut String, place: Range<usize>) {
    let spaces: String =
        text[place.clone()].bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }).collect();
    text.replace_range(place, &spaces);
}

/// Translates serde's message about a wrong shape into plain words.
fn problem_of(text: &str, outline: &Outline, error: &toml::de::Error) -> Problem {
    let span = error.span().unwrap_or(0..0);
    let message = error.message();
    let about =
        outline.at(&span).map_or("the file".to_owned(), |e| format!("`{}`", field(&e.path)));
    if let Some(rest) = message.strip_prefix("unknown field ") {
        return unknown_name(span, "field", rest);
    }
    if let Some(rest) = message.strip_prefix("unknown variant ") {
        let field = outline.at(&span).and_then(|entry| entry.path.last());
        return unknown_name(span, field.map_or("name", String::as_str), rest);
    }
    if let Some(missing) = message.strip_prefix("missing field ") {
        // The span of a table without a header is the whole file.
        let top = span.len() >= text.trim_end().len() || span.is_empty();
        let span = if top { first_line(text) } else { span };
        let place = if top { String::new() } else { format!(" in {about}") };
        let label = format!("expected {missing} here");
        return Problem::new(span, format!("{missing} is missing{place}"), label);
    }
    let found = shown(text.get(span.clone()).unwrap_or_default());
    let expected = outline.at(&span).and_then(|entry| limits::expected(&entry.path));
    let expected = expected.or_else(|| match message {
        "wanted string or table" => Some("a name in quotes".to_owned()),
        _ => message.split_once("expected ").map(|(_, expected)| in_words(expected)),
    });
    match expected {
        Some(expected) => Problem::new(
            span,
            format!("{about} is {found}; expected {expected}"),
            format!("expected {expected}"),
        ),
        None => Problem::new(span, format!("{about}: {}", shown(message)), "here".to_owned()),
    }
}

/// Parses serde's "`found`, expected one of `a`, `b`".
fn unknown_name(span: Range<usize>, sort: &str, rest: &str) -> Problem {
    let (found, choice) = rest.split_once(", expected ").unwrap_or((rest, ""));
    let found = found.trim_matches('`');
    let known: Vec<_> = choice.split('`').skip(1).step_by(2).collect();
    let message = unknown(sort, found, known.iter().copied());
    let label = format!("no such {sort}");
    let help = format!("known here: {}", known.join(", "));
    let help = if known.len() > 1 { Some(help) } else { None };
    Problem::new(span, message, label).with_help(help)
}

fn first_line(text: &str) -> Range<usize> {
    0..text.lines().next().unwrap_or_default().len()
}

/// Translates what serde expects into plain words.
fn in_words(expected: &str) -> String {
    let words = match expected {
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number",
        "f32" | "f64" => "a number",
        "a string" | "str" => "text in quotes",
        "a boolean" => "true or false",
        "a sequence" => "a list in brackets",
        "an array of length 2" => "two numbers, `[from, to]`",
        "a map" => "a table",
        other if other.starts_with("struct ") => "a table",
        other if other.starts_with("enum ") => "a name in quotes",
        other => return shown(other),
    };
    words.to_owned()
}
