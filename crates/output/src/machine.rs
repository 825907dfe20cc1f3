//! JSON for machines: every object has a type and a version.
//!
//! `crosswire schema TYPE` prints the JSON Schema of a type; `crates/cli/schema/` contains all of
//! them. In every object, verdicts are `clean`, `violated` and `inconclusive`, seeds are strings of
//! digits, and a story is present both as sentences and as [`Step`]s with their times.

use crosswire_checker::Violation;
use crosswire_plan::{Seed, steers};
use schemars::{JsonSchema, schema_for};
use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use std::fmt::Write;

/// The version of all objects. It changes when a field is renamed or removed, or changes its
/// meaning.
pub const VERSION: u32 = 1;

/// An object that is printed as JSON.
pub trait Object: Serialize {
    /// The object's `type`.
    const TYPE: &'static str;
}

impl<T: Object> Object for &T {
    const TYPE: &'static str = T::TYPE;
}

/// An object with its type and its version.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Envelope<T> {
    /// The type of the object.
    pub r#type: &'static str,
    /// The version of the format.
    pub version: u32,
    /// The object's fields.
    #[serde(flatten)]
    pub body: T,
}

impl<T: Object> Envelope<T> {
    /// Adds type and version to an object.
    pub fn of(body: T) -> Self {
        Self { r#type: T::TYPE, version: VERSION, body }
    }
}

/// Returns the JSON Schema of an object in its envelope.
pub fn schema<T: Object + JsonSchema>() -> Value {
    let mut schema = schema_for!(Envelope<T>).to_value();
    schema["properties"]["type"] = json!({ "const": T::TYPE });
    schema["properties"]["version"] = json!({ "const": VERSION });
    schema
}

/// Returns the object on one line, which ends in a newline.
///
/// # Errors
/// The object cannot be serialized.
pub fn line(object: &impl Object) -> serde_json::Result<String> {
    Ok(escaped(&serde_json::to_string(&Envelope::of(object))?) + "\n")
}

/// Returns the object over several lines, the last of which ends in a newline.
///
/// # Errors
/// The object cannot be serialized.
pub fn page(object: &impl Object) -> serde_json::Result<String> {
    Ok(escaped(&serde_json::to_string_pretty(&Envelope::of(object))?) + "\n")
}

/// Escapes every character that could steer a terminal. Outside of strings, JSON has none but
/// newlines.
fn escaped(json: &str) -> String {
    if !json.chars().any(|c| steers(c) && c != '\n') {
        return json.to_owned();
    }
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if steers(c) && c != '\n' {
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(out, "\\u{unit:04x}").expect("writing to a string cannot fail");
            }
        } else {
            out.push(c);
        }
    }
    out
}

/// The error of a command with `--json`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Error {
    /// The problem, its place, and what was expected.
    pub message: String,
    /// Advice, if there is any.
    pub help: Option<String>,
    /// The exit status.
    pub status: u8,
    /// The invalid file, if the argument was a directory and one of its files is invalid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
}

impl Object for Error {
    const TYPE: &'static str = "error";
}

/// One line of a story.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Step {
    /// The simulated time; null if the line has none, as in a panic message.
    pub at_ms: Option<u64>,
    /// The event, in words.
    pub text: String,
}

/// Splits the lines of a story into steps. Each line begins with its time in seconds.
pub fn steps(story: &[String]) -> Vec<Step> {
    let step = |line: &String| {
        let timed = line.split_once(' ').and_then(|(time, text)| Some((millis(time)?, text)));
        match timed {
            Some((at_ms, text)) => Step { at_ms: Some(at_ms), text: text.trim_start().to_owned() },
            None => Step { at_ms: None, text: line.clone() },
        }
    };
    story.iter().map(step).collect()
}

/// Parses a time such as `15.160` into milliseconds.
fn millis(time: &str) -> Option<u64> {
    let (seconds, millis) = time.split_once('.')?;
    if millis.len() != 3 {
        return None;
    }
    let (seconds, millis): (u64, u64) = (seconds.parse().ok()?, millis.parse().ok()?);
    seconds.checked_mul(1_000)?.checked_add(millis)
}

/// A violation with the steps of its story.
#[derive(Serialize, JsonSchema)]
pub struct Breach<'a> {
    #[serde(flatten)]
    violation: &'a Violation,
    /// The story, line by line.
    steps: Vec<Step>,
}

/// Serializes violations with the steps of their stories.
pub fn breaches<S: Serializer>(violations: &[Violation], to: S) -> Result<S::Ok, S::Error> {
    let breach = |violation| Breach { violation, steps: steps(&violation.story) };
    to.collect_seq(violations.iter().map(breach))
}

/// Serializes a seed as a string of digits: JSON numbers lose the precision of large seeds.
pub fn digits<S: Serializer>(seed: &Seed, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(&seed.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_a_story_is_a_time_and_a_text() {
        let story = ["15.160 camera-1 records", "the run panicked: 3.5 apples", "1.5 is no time"];
        let found = steps(&story.map(str::to_owned));
        let step = |at_ms, text: &str| Step { at_ms, text: text.to_owned() };
        let (first, second) = (step(Some(15_160), "camera-1 records"), step(None, story[1]));
        assert_eq!(found, [first, second, step(None, story[2])]);
    }

    #[test]
    fn every_seed_is_a_string() {
        #[derive(Serialize)]
        struct WithSeed {
            #[serde(serialize_with = "digits")]
            seed: Seed,
        }
        let json = |seed| serde_json::to_string(&WithSeed { seed: Seed(seed) }).expect("JSON");
        assert_eq!(
            [json(7), json(u64::MAX)],
            [r#"{"seed":"7"}"#, r#"{"seed":"18446744073709551615"}"#]
        );
    }
}
