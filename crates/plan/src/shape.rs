//! Checks whether a file has the shape of a scenario, and finds all problems, not only the first
//! one.
//!
//! The deserializer stops at the first problem. So the value that caused it is overwritten with
//! spaces and the rest is deserialized again; spans stay those of the file.

use std::ops::{ControlFlow, Range};

use toml::de::DeTable;

use crate::diagnose::{field, nearest, shown, unknown};
use crate::fields::Fields;
use crate::limits;
use crate::outline::{Entry, Outline, Path};
use crate::problem::Problem;
use crate::scenario::Scenario;

/// Maximum number of values overwritten. Further problems are not searched for.
const MAX_BLANKED: usize = 64;

/// Maximum number of bytes deserialized, over all attempts.
const MAX_PARSED: usize = 4 << 20;

/// The result of checking the shape of a file.
pub(crate) struct Shape {
    /// The problems found.
    pub(crate) problems: Vec<Problem>,
    /// The scenario without the bad values; `None` if the rest is not a scenario.
    pub(crate) scenario: Option<Scenario>,
}

/// A file whose bad values are being overwritten.
struct Search<'a> {
    /// The file, after values for missing fields at its top.
    text: String,
    /// The number of bytes before the file.
    before: usize,
    /// The paths of what was overwritten, with their places in `text`.
    gone: Vec<(Path, Range<usize>)>,
    /// The values already known to exceed their limits.
    limits: &'a [Problem],
    problems: Vec<Problem>,
}

impl Shape {
    /// Checks a file. `limits` are the values already known to exceed their limits; `undrawable`
    /// says that the paths of the swarm are known to be bad.
    pub(crate) fn of(text: &str, limits: &[Problem], undrawable: bool) -> Self {
        let (text, before) = (text.to_owned(), 0);
        let mut search = Search { text, before, gone: Vec::new(), limits, problems: Vec::new() };
        for attempt in 1..=MAX_BLANKED {
            if attempt > 1 && attempt * search.text.len() > MAX_PARSED {
                break;
            }
            let Ok(file) = DeTable::parse(&search.text) else { break };
            let outline = Outline::of(&file);
            drop(file);
            let error = match toml::from_str::<Scenario>(&search.text) {
                // Values for missing fields make no scenario.
                Ok(scenario) if search.before == 0 => {
                    return Self { problems: search.problems, scenario: Some(scenario) };
                }
                Ok(_) => break,
                Err(error) => error,
            };
            let about = error.span().and_then(|span| outline.at(&span));
            if error.message().starts_with("missing field ") {
                if search.missing(&outline, about, &error).is_break() {
                    break;
                }
                continue;
            }
            let of_swarm = about.is_some_and(|entry| entry.path[0] == "swarm");
            let problem = problem_of(&search.text, &outline, &error);
            let follows = undrawable && of_swarm || search.is_known(&problem);
            if !follows {
                search.report(problem);
            }
            let Some(entry) = about else { break };
            search.overwrite(entry);
        }
        Self { problems: search.problems, scenario: None }
    }
}

impl Search<'_> {
    /// Reports a problem at its place in the file.
    fn report(&mut self, problem: Problem) {
        self.problems.push(problem.earlier_by(self.before));
    }

    /// Returns whether a problem follows from a known one: a number that is too large spoils the
    /// range around it.
    fn is_known(&self, problem: &Problem) -> bool {
        let at = |limit: &Problem| limit.span.start + self.before;
        self.limits.iter().any(|limit| problem.span.contains(&at(limit)))
    }

    /// Reports the fields that a table, or the top of the file, lacks. Then overwrites the table,
    /// or adds the fields to the top, so that the search can go on.
    fn missing(
        &mut self,
        outline: &Outline,
        about: Option<&Entry>,
        error: &toml::de::Error,
    ) -> ControlFlow<()> {
        let path = about.map_or(&[][..], |entry| &entry.path);
        let absent = |name: &String| !outline.has(path, name);
        let absent: Vec<_> = Fields::new().required(path).into_iter().filter(absent).collect();
        if absent.is_empty() {
            self.report(problem_of(&self.text, outline, error));
            return ControlFlow::Break(());
        }
        let place = about.map_or(0..self.text.len(), |entry| place_of(entry, &self.text));
        let unexplained = |name: &&String| !self.is_explained(name, path.len(), &place);
        let names: Vec<_> = absent.iter().filter(unexplained).map(|n| format!("`{n}`")).collect();
        if !names.is_empty() {
            let verb = if names.len() > 1 { "are" } else { "is" };
            let names = names.join(", ");
            let (span, place) = match about {
                Some(entry) => (entry.span.clone(), format!(" in `{}`", field(path))),
                None => (self.first_line(), String::new()),
            };
            let message = format!("{names} {verb} missing{place}");
            self.report(Problem::new(span, message, format!("expected {names} here")));
        }
        match about {
            Some(entry) => self.overwrite(entry),
            None => absent.iter().for_each(|name| self.put_before(name)),
        }
        ControlFlow::Continue(())
    }

    /// Returns the first line that is no comment, where what is missing at the top should be.
    fn first_line(&self) -> Range<usize> {
        let file = &self.text[self.before..];
        let mut start = 0;
        for line in file.split_inclusive('\n') {
            if !line.trim().is_empty() && !line.trim_start().starts_with('#') {
                return self.before + start..self.before + start + line.trim_end().len();
            }
            start += line.len();
        }
        self.before..self.before + file.lines().next().unwrap_or_default().len()
    }

    /// Returns whether a field of a table at this depth is missing because it was overwritten or
    /// misspelt.
    fn is_explained(&self, name: &str, depth: usize, table: &Range<usize>) -> bool {
        self.gone.iter().any(|(path, place)| {
            let key = path.last().expect("the path of a value has a step");
            let is_of_table =
                path.len() == depth + 1 && table.start <= place.start && place.end <= table.end;
            let is_meant =
                nearest(key, [name]).is_some() || OTHER_WORDS.contains(&(key.as_str(), name));
            is_of_table && is_meant
        })
    }

    /// Overwrites a value with spaces.
    fn overwrite(&mut self, entry: &Entry) {
        let place = place_of(entry, &self.text);
        blank(&mut self.text, place.clone());
        self.gone.push((entry.path.clone(), place));
    }

    /// Adds a value for a missing field before the file.
    fn put_before(&mut self, name: &str) {
        let value = match name {
            "cast" => "{ cameras = 1, phones = 1, gateways = 1 }",
            "duration_ms" => "1",
            _ => "\"x\"",
        };
        let line = format!("{name} = {value}\n");
        self.text.insert_str(0, &line);
        self.before += line.len();
        for (_, place) in &mut self.gone {
            *place = place.start + line.len()..place.end + line.len();
        }
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
        return unknown_field(span, outline, rest);
    }
    if let Some(rest) = message.strip_prefix("unknown variant ") {
        let field = outline.at(&span).and_then(|entry| entry.path.last());
        return unknown_name(span, field.map_or("name", String::as_str), rest);
    }
    let found = shown(text.get(span.clone()).unwrap_or_default());
    let expected = outline.at(&span).and_then(|entry| limits::expected(&entry.path));
    let expected = expected.or_else(|| match message {
        "wanted string or table" => Some("a name in quotes".to_owned()),
        _ => message.split_once("expected ").map(|(_, expected)| in_words(expected)),
    });
    match expected {
        Some(_) if is_of_top(outline.at(&span)) => {
            let message = format!("{about} is not in this table; it belongs above the first one");
            Problem::new(span, message, "not here".to_owned())
        }
        Some(_) if message.contains("expected a sequence") && is_table(outline.at(&span)) => {
            let header = about.replace('`', "");
            let message = format!(
                "{about} is one table; expected a list, in which each table begins with \
                 `[[{header}]]`"
            );
            Problem::new(span, message, format!("expected `[[{header}]]`"))
        }
        Some(expected) => Problem::new(
            span,
            format!("{about} is {found}; expected {expected}"),
            format!("expected {expected}"),
        ),
        None => Problem::new(span, format!("{about}: {}", shown(message)), "here".to_owned()),
    }
}

fn is_table(entry: Option<&Entry>) -> bool {
    entry.is_some_and(|entry| entry.is_table)
}

/// Returns whether an entry is a list of names in a table with free names, such as `[reach]`: a
/// field of the top of the file, below a header.
fn is_of_top(entry: Option<&Entry>) -> bool {
    entry.is_some_and(|entry| {
        let [table, name] = &entry.path[..] else { return false };
        ["reach", "points"].contains(&&table[..]) && name == "defences"
    })
}

/// Names of fields that users expect, and the fields they mean.
const OTHER_WORDS: [(&str, &str); 3] =
    [("users", "phones"), ("accounts", "phones"), ("devices", "cameras")];

/// Reports an unknown field, with the table that has such a field if this one has none like it.
fn unknown_field(span: Range<usize>, outline: &Outline, rest: &str) -> Problem {
    let problem = unknown_name(span.clone(), "field", rest);
    let found = outline.at(&span).and_then(|entry| entry.path.last());
    let (Some(found), false) = (found, problem.message().contains("did you mean")) else {
        return problem;
    };
    let meant = OTHER_WORDS.iter().find(|(other, _)| other == found);
    let tables = Fields::new().tables_with(found);
    match (meant, &tables[..]) {
        (Some((_, name)), _) if rest.contains(&format!("`{name}`")) => {
            problem.followed_by(&format!("; did you mean `{name}`?"))
        }
        (_, []) => problem,
        (_, tables) => problem.followed_by(&format!("; it belongs to {}", in_ticks(tables))),
    }
}

/// Formats the headers of tables.
fn in_ticks(tables: &[String]) -> String {
    let tables: Vec<_> = tables.iter().map(|table| format!("`{table}`")).collect();
    tables.join(" or ")
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
