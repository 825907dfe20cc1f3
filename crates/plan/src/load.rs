//! From a file to a [`Scenario`], or to the one error that its author needs to see.
//!
//! Four questions in a row: is it TOML, are its numbers within their limits, has it the shape
//! of a scenario, does it make sense as a whole? What the second and the third find is reported
//! by its place in the file, the first first; the fourth is asked only of a file that passed.

use std::io::Read;
use std::ops::Range;
use std::path::Path;

use toml::de::DeTable;

use crate::diagnose::{BadScenario, field, shown, unknown};
use crate::files::open_file;
use crate::limits;
use crate::outline::Outline;
use crate::paths;
use crate::scenario::Scenario;
use crate::validate::{self, Problem};

/// The names that a scenario may use and this crate does not know.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Vocabulary {
    /// Caching clients.
    pub clients: Vec<String>,
    /// Services.
    pub services: Vec<String>,
    /// Defences.
    pub defences: Vec<String>,
    /// Fault points.
    pub points: Vec<String>,
    /// Situations that a run can reach.
    pub situations: Vec<String>,
}

/// A larger file was not written by hand, and is refused before it is looked at.
pub const LARGEST_FILE: usize = 1 << 20;

/// Reads a scenario file.
///
/// # Errors
///
/// The file is missing, is a directory, cannot be read, is larger than [`LARGEST_FILE`] or is
/// not text; and whatever [`load`] says.
pub fn read(path: &Path, vocabulary: &Vocabulary) -> Result<Scenario, BadScenario> {
    let name = path.display().to_string();
    load(&name, &read_text(path)?, vocabulary)
}

/// The text of a file, or why it has none.
fn read_text(path: &Path) -> Result<String, BadScenario> {
    let name = path.display().to_string();
    let bad = |message: String| BadScenario::of_file(&name, message);
    let file = open_file(path, "a scenario file").map_err(&bad)?;
    let mut bytes = Vec::new();
    // One byte more than allowed tells a large file, or an endless one, from one that just fits.
    let read = file.take(LARGEST_FILE as u64 + 1).read_to_end(&mut bytes);
    read.map_err(|error| bad(format!("the file cannot be read: {error}")))?;
    if bytes.len() > LARGEST_FILE {
        return Err(too_large(&name));
    }
    let not_text = |why: String| {
        bad(format!("this is not text in UTF-8 ({why}); expected a scenario in TOML"))
    };
    let text = String::from_utf8(bytes).map_err(|error| {
        let first = error.utf8_error().valid_up_to();
        not_text(format!("byte {first} is the first that is not"))
    })?;
    match text.find('\0') {
        Some(at) => Err(not_text(format!("byte {at} is 0, which no text holds"))),
        None => Ok(text),
    }
}

fn too_large(name: &str) -> BadScenario {
    let most = limits::grouped(LARGEST_FILE as u64);
    BadScenario::of_file(name, format!("the file is too large; expected at most {most} bytes"))
}

/// Understands the text of a scenario; `name` is what errors call it.
///
/// # Errors
///
/// The text is empty, too large or not TOML; a field is unknown, missing, of the wrong type or
/// out of its limits; a name is not in the vocabulary; or the parts do not fit together, as a
/// fault that outlasts the run. Never more than one error: the first in the file.
pub fn load(name: &str, text: &str, vocabulary: &Vocabulary) -> Result<Scenario, BadScenario> {
    if text.len() > LARGEST_FILE {
        return Err(too_large(name));
    }
    if text.trim().is_empty() {
        return Err(BadScenario::of_file(
            name,
            "the file is empty; expected a scenario, with at least `name`, `summary`, \
             `duration_ms` and `[cast]`",
        ));
    }
    let file = DeTable::parse(text).map_err(|error| syntax(name, text, &error))?;
    let outline = Outline::of(&file);
    drop(file);

    let mut problems = limits::exceeded(&outline, text);
    let undrawable = paths::problems(&outline);
    match toml::from_str::<Scenario>(text) {
        Err(error) => {
            let shape = shape(text, &outline, &error);
            // A number that is too large makes the range around it misshapen as well; and what a
            // swarm lacks is seen later than what it draws.
            let spoilt = problems.iter().any(|limit| shape.span.contains(&limit.span.start));
            if !spoilt && (undrawable.is_empty() || !is_of_swarm(&outline, &error)) {
                problems.push(shape);
            }
        }
        Ok(scenario) if problems.is_empty() && undrawable.is_empty() => {
            problems = validate::check(&scenario, &outline, vocabulary);
            if problems.is_empty() {
                return Ok(scenario);
            }
        }
        Ok(_) => {}
    }
    problems.extend(undrawable);
    problems.sort_by_key(|problem| problem.span.start);
    Err(match problems.into_iter().next() {
        Some(first) => first.report(name, text),
        None => BadScenario::of_file(name, "this is not a scenario"),
    })
}

fn syntax(name: &str, text: &str, error: &toml::de::Error) -> BadScenario {
    let span = error.span().unwrap_or(0..0);
    let rest = text.get(span.start..).unwrap_or_default();
    let nothing = rest.starts_with(['\n', '\r']);
    let what = match error.message() {
        quoted if quoted.starts_with("string values must be quoted") && nothing => {
            "there is no value".to_owned()
        }
        other => shown(other),
    };
    BadScenario::at(name, text, span, format!("this is not TOML: {what}"), "here")
}

/// Whether an error is about `[swarm]`, with or without a header of its own.
fn is_of_swarm(outline: &Outline, error: &toml::de::Error) -> bool {
    let about = error.span().and_then(|span| outline.at(&span));
    about.is_some_and(|entry| entry.path.first().is_some_and(|first| first == "swarm"))
}

/// Puts what serde says of the wrong shape into words for people.
fn shape(text: &str, outline: &Outline, error: &toml::de::Error) -> Problem {
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
        // The span of a table that has no header is the whole file.
        let top = span.len() >= text.trim_end().len() || span.is_empty();
        let span = if top { first_line(text) } else { span };
        let place = if top { String::new() } else { format!(" in {about}") };
        let label = format!("expected {missing} here");
        return Problem::new(span, format!("{missing} is missing{place}"), label);
    }
    let found = shown(text.get(span.clone()).unwrap_or_default());
    let expected = outline.at(&span).and_then(|entry| limits::expected(&entry.path));
    let expected = expected.or_else(|| message.split_once("expected ").map(|(_, e)| in_words(e)));
    match expected {
        Some(expected) => Problem::new(
            span,
            format!("{about} is {found}; expected {expected}"),
            format!("expected {expected}"),
        ),
        None => Problem::new(span, format!("{about}: {}", shown(message)), "here".to_owned()),
    }
}

/// From serde's "`found`, expected one of `a`, `b`".
fn unknown_name(span: Range<usize>, sort: &str, rest: &str) -> Problem {
    let (found, choice) = rest.split_once(", expected ").unwrap_or((rest, ""));
    let found = found.trim_matches('`');
    let known: Vec<_> = choice.split('`').skip(1).step_by(2).collect();
    let message = unknown(sort, found, known.iter().copied());
    let label = format!("no such {sort}");
    let help = format!("known here: {}", known.join(", "));
    Problem::new(span, message, label).with_help((known.len() > 1).then_some(help))
}

fn first_line(text: &str) -> Range<usize> {
    0..text.lines().next().unwrap_or_default().len()
}

/// What serde expects, in plain words.
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
