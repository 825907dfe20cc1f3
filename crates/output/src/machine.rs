//! What Crosswire prints for machines: every object has a type and a version.
//!
//! `crosswire schema TYPE` prints the JSON Schema of each type, and `crates/cli/schema/` contains
//! them. Verdicts are `clean`, `violated` and
//! `inconclusive` everywhere, seeds are strings of digits, and each story stands both as sentences
//! and as [`Step`]s with their times.

use crosswire_checker::Violation;
use crosswire_plan::{Seed, steers};
use schemars::{JsonSchema, schema_for};
use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use std::fmt::Write;

/// The version of all objects. It changes when a field is renamed, is removed or changes its meaning.
pub const VERSION: u32 = 1;

/// An object that is printed for machines.
pub trait Object: Serialize {
    /// Its `type`.
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
    /// What it says.
    #[serde(flatten)]
    pub body: T,
}

impl<T: Object> Envelope<T> {
    /// Puts an object into its envelope.
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
/// It cannot be written as JSON.
pub fn line(object: &impl Object) -> serde_json::Result<String> {
    Ok(escaped(&serde_json::to_string(&Envelope::of(object))?) + "\n")
}

/// Returns the object over several lines, the last of which ends in a newline.
///
/// # Errors
/// It cannot be written as JSON.
pub fn page(object: &impl Object) -> serde_json::Result<String> {
    Ok(escaped(&serde_json::to_string_pretty(&Envelope::of(object))?) + "\n")
}

/// JSON in which what could steer a terminal stands as escapes: outside of strings there is nothing
/// of the kind but newlines.
fn escaped(json: &str) -> String {
    if !json.chars().any(|c| steers(c) && c != '\n') {
        return json.to_owned();
    }
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if steers(c) && c != '\n' {
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(out, "\\u{unit:04x}").expect("a string takes everything");
            }
        } else {
            out.push(c);
        }
    }
    out
}

/// Why a command with `--json` printed nothing else.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Error {
    /// What is wrong, where, and what was expected.
    pub message: String,
    /// What to do about it, if there is advice.
    pub help: Option<String>,
    /// The exit status.
    pub status: u8,
    /// The file of a directory that is wrong, if one is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
}

impl Object for Error {
    const TYPE: &'static str = "error";
}

/// One line of a story.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Step {
    /// The simulated time; null of a line that has none, as those of a panic.
    pub at_ms: Option<u64>,
    /// What happened.
    pub text: String,
}

/// Returns the steps of a story: each of its lines begins with the time in seconds.
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

/// Milliseconds of a time such as `15.160`.
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

/// Writes violations with the steps of their stories.
pub fn breaches<S: Serializer>(violations: &[Violation], to: S) -> Result<S::Ok, S::Error> {
    let breach = |violation| Breach { violation, steps: steps(&violation.story) };
    to.collect_seq(violations.iter().map(breach))
}

/// Writes a seed as a string of digits, whatever its size.
pub fn digits<S: Serializer>(seed: &Seed, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(&seed.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_a_story_is_a_time_and_a_text() {
        let story = ["15.160 camera-1 records", "the run panicked: 3.5 apples", "1.5 is no time"];
        let told = steps(&story.map(str::to_owned));
        let step = |at_ms, text: &str| Step { at_ms, text: text.to_owned() };
        let (first, second) = (step(Some(15_160), "camera-1 records"), step(None, story[1]));
        assert_eq!(told, [first, second, step(None, story[2])]);
    }

    #[test]
    fn every_seed_is_a_string() {
        #[derive(Serialize)]
        struct Told {
            #[serde(serialize_with = "digits")]
            seed: Seed,
        }
        let told = |seed| serde_json::to_string(&Told { seed: Seed(seed) }).expect("JSON");
        assert_eq!(
            [told(7), told(u64::MAX)],
            [r#"{"seed":"7"}"#, r#"{"seed":"18446744073709551615"}"#]
        );
    }
}
