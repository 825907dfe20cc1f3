//! Reads a [`Scenario`] from a file, or reports the errors that its author needs to see.
//!
//! There are four steps: parse the TOML, check the limits of numbers, check the shape of the
//! scenario, check that it makes sense as a whole. Problems of the second and third step are
//! reported together, in the order of the file, with unknown names. The last step is skipped if
//! there are any.

use std::io::Read;
use std::path::Path;

use toml::de::DeTable;

use crate::diagnose::{BadScenario, shown};
use crate::files::open_file;
use crate::limits;
use crate::outline::Outline;
use crate::paths;
use crate::scenario::Scenario;
use crate::shape::Shape;
use crate::validate;
use crate::vocabulary::Vocabulary;

/// Maximum size of a scenario file. A larger file was not written by hand, and is rejected unread.
pub const LARGEST_FILE: usize = 1 << 20;

/// Reads a scenario file.
///
/// # Errors
///
/// The file is missing, is a directory, cannot be read, is larger than [`LARGEST_FILE`] or is not
/// text; and every error of [`load`].
pub fn read(path: &Path, vocabulary: &Vocabulary) -> Result<Scenario, BadScenario> {
    let name = path.display().to_string();
    load(&name, &read_text(path)?, vocabulary)
}

/// Reads the text of a file.
fn read_text(path: &Path) -> Result<String, BadScenario> {
    let name = path.display().to_string();
    let bad = |message: String| BadScenario::of_file(&name, message);
    let file = open_file(path, "a scenario file").map_err(&bad)?;
    let mut bytes = Vec::new();
    // One byte more than allowed: too large or endless files differ from those that just fit.
    let read = file.take(LARGEST_FILE as u64 + 1).read_to_end(&mut bytes);
    read.map_err(|error| bad(format!("the file cannot be read: {error}")))?;
    if bytes.len() > LARGEST_FILE {
        return Err(too_large(&name));
    }
    let not_text =
        |why: String| bad(format!("this is not UTF-8 text ({why}); expected a scenario in TOML"));
    let text = String::from_utf8(bytes).map_err(|error| {
        let first = error.utf8_error().valid_up_to();
        not_text(format!("byte {first} is invalid"))
    })?;
    match text.find('\0') {
        Some(at) => Err(not_text(format!("byte {at} is NUL"))),
        None => Ok(text),
    }
}

fn too_large(name: &str) -> BadScenario {
    let most = limits::grouped(LARGEST_FILE as u64);
    BadScenario::of_file(name, format!("the file is too large; expected at most {most} bytes"))
}

/// Parses and checks the text of a scenario. Errors call the text `name`.
///
/// # Errors
/// The text is empty, too large or not TOML; a field is unknown, missing, of the wrong type or out
/// of its limits; a name is not in the vocabulary; or the parts do not fit together, as with a
/// fault that outlasts the run. The one error lists up to [`MAX_REPORTED`](crate::MAX_REPORTED)
/// problems in the order of the file.
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
    let shape = Shape::of(text, &problems, !undrawable.is_empty());
    problems.extend(shape.problems);
    problems.extend(undrawable);
    match shape.scenario {
        Some(scenario) if problems.is_empty() => {
            problems = validate::check(&scenario, &outline, vocabulary);
            if problems.is_empty() {
                return Ok(scenario);
            }
        }
        // Whether the parts fit together is not checked if a part is wrong.
        Some(scenario) => problems.extend(validate::names(&scenario, &outline, vocabulary)),
        None => {}
    }
    problems.sort_by_key(|problem| problem.span.start);
    Err(BadScenario::of_all(name, problems.into_iter().map(|problem| problem.report(name, text))))
}

fn syntax(name: &str, text: &str, error: &toml::de::Error) -> BadScenario {
    let span = error.span().unwrap_or(0..0);
    let rest = text.get(span.start..).unwrap_or_default();
    let nothing = rest.starts_with(['\n', '\r']);
    let found = shown(text.get(span.clone()).unwrap_or_default());
    let (what, help) = match error.message() {
        quoted if quoted.starts_with("string values must be quoted") && nothing => {
            ("there is no value".to_owned(), None)
        }
        "duplicate key" if LISTS.contains(&&found[..]) => {
            let help = format!("each entry of this list begins with `[[{found}]]`");
            (format!("there are two tables `[{found}]`"), Some(help))
        }
        "duplicate key" => (format!("`{found}` is there twice in one table"), None),
        other => (shown(other), None),
    };
    BadScenario::at(name, text, span, format!("this is not TOML: {what}"), "here").with_help(help)
}

/// The last steps of the paths of lists of tables.
const LISTS: [&str; 2] = ["fault", "backoff"];
