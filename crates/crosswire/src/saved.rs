//! Saved runs: a plan with its expected verdict and its digest.
//!
//! A seed gives the same run as long as nothing that draws from it changes. A saved run contains
//! the drawn plan, so it outlives such changes. It is TOML that a person can read and edit. The
//! client and the defences are part of the plan, and no field repeats another.

mod expect;
mod first_version;
mod made;
mod text;

use crate::catalog;
use crate::minimize::Shows;
use crate::report::Report;
use crate::signature;
use crate::sim::Unfinished;
use crosswire_checker::{Verdict, Violation};
use crosswire_output::format::printable;
use crosswire_output::user_files::read_text;
use crosswire_plan::{Plan, nearest};
pub use expect::Expect;
use first_version::FirstVersion;
pub use made::Made;
use miette::{Diagnostic, NamedSource, SourceSpan};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{self, Read};
use std::ops::Range;
use std::path::{Path, PathBuf};

/// The version of the file format. Version 1 can be read, too.
pub const VERSION: i64 = 2;

/// The first line of a saved run, as far as it is the same in every file.
pub const HEADER: &str = "# A saved Crosswire run. Replay it with: ";

/// The command in the first line, unless another one replays the file.
const REPLAY: &str = "crosswire replay FILE";

/// The first line of a saved run of earlier builds.
const FORMER_HEADER: &str = "# A run of Crosswire, kept to be played again: crosswire replay FILE";

/// Returns whether the first line of a file says that it is a saved run.
pub fn is_saved_run(path: &Path) -> bool {
    let begins_with = |header: &str| {
        let mut start = vec![0; header.len()];
        let mut read = || File::open(path)?.read_exact(&mut start);
        read().is_ok() && start == header.as_bytes()
    };
    path.is_file() && [HEADER, FORMER_HEADER].into_iter().any(begins_with)
}

/// Returns the text of a file with another command in its first line.
pub(crate) fn replayed_by(text: &str, command: &str) -> String {
    text.replacen(REPLAY, command, 1)
}

/// The largest file that is read, in bytes.
pub const LARGEST_FILE: usize = 4 << 20;

/// The advice for a saved run with a client or a service that this program does not have.
const NOT_OURS: &str = "if another program added it, or a build with more features has it, replay \
    the file with that program; `crosswire list clients` and `list services` print those of this one";

/// The longest line that an error quotes, in bytes.
const QUOTED_LINE_MAX: usize = 400;

/// A run with its expected outcome.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedRun {
    /// The version of the file format.
    pub version: i64,
    /// The expected outcome: `violated` for a bug that must still be caught, `clean` for a bug that
    /// must stay fixed.
    pub expect: Expect,
    /// The signature of the violation, panic or hang that the run is saved for, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<String>,
    /// The digest of the run's history; none if the run did not finish.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// The versions of the program and the repository that saved the run.
    #[serde(default)]
    pub made: Made,
    /// The plan, which determines the run completely. It names the client and the defences that
    /// ran.
    pub plan: Plan,
}

/// The error of a file that is not a valid saved run.
#[derive(Debug, thiserror::Error, Diagnostic)]
#[error("{place}: {message}")]
pub struct BadSavedRun {
    place: String,
    message: String,
    #[help]
    help: Option<String>,
    #[source_code]
    source_code: Option<NamedSource<String>>,
    #[label("here")]
    span: Option<SourceSpan>,
}

/// The client and the service that a saved run names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnderTest {
    /// The name of the client.
    pub client: String,
    /// The name of the service.
    pub service: String,
}

impl SavedRun {
    /// Creates the saved run of a finished run of `plan`.
    pub fn new(plan: &Plan, report: &Report) -> Self {
        let mut plan = plan.clone();
        plan.client.name.clone_from(&report.client);
        let digest = Some(report.digest.clone());
        let signature = report.violations.first().map(Violation::signature);
        let expect = report.verdict.into();
        Self { version: VERSION, expect, signature, digest, made: Made::here(), plan }
    }

    /// Creates the saved run of a run of `plan`, finished or not.
    pub fn of(plan: &Plan, run: &Result<Report, Unfinished>) -> Self {
        run.as_ref().map_or_else(|why| Self::unfinished(plan, why), |run| Self::new(plan, run))
    }

    fn unfinished(plan: &Plan, unfinished: &Unfinished) -> Self {
        let signature = Some(signature::of_unfinished(unfinished));
        let (expect, plan) = (unfinished.into(), plan.clone());
        Self { version: VERSION, expect, signature, digest: None, made: Made::here(), plan }
    }

    /// Creates the saved run of a run of `plan` with this verdict and no violation.
    pub fn of_verdict(plan: &Plan, verdict: Verdict, digest: &str) -> Self {
        let (expect, plan, digest) = (verdict.into(), plan.clone(), Some(digest.to_owned()));
        Self { version: VERSION, expect, signature: None, digest, made: Made::here(), plan }
    }

    /// Returns the failure that the run is saved for, if it is saved for one.
    pub fn shows(&self) -> Option<Shows> {
        self.signature.clone().map(Shows)
    }

    /// Returns the TOML files of a directory, sorted by name. Each should be a saved run.
    ///
    /// # Errors
    /// The directory cannot be read.
    pub fn files(dir: &Path) -> io::Result<Vec<PathBuf>> {
        let paths = std::fs::read_dir(dir)?.map(|entry| entry.map(|entry| entry.path()));
        let mut files = paths.collect::<Result<Vec<_>, _>>()?;
        files.retain(|file| file.extension().is_some_and(|extension| extension == "toml"));
        files.sort();
        Ok(files)
    }

    /// Reads a saved run whose client and service may be these even if no list contains them.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn read_for(path: &Path, named: &UnderTest) -> Result<Self, Box<BadSavedRun>> {
        Self::read_with(path, Some(named))
    }

    /// Returns the client and the service that a file names, without reading the rest of the file:
    /// they, or the format's version, may be unknown to this program.
    ///
    /// # Errors
    /// The file cannot be read, or is not TOML with their names where a saved run has them.
    pub fn under_test(path: &Path) -> Result<UnderTest, Box<BadSavedRun>> {
        let name = printable(&path.display().to_string());
        let bad = |message: String| BadSavedRun::of_file(&name, message);
        let text = read_text(path, LARGEST_FILE as u64, "a saved run").map_err(bad)?;
        let file: toml::Table = toml::from_str(&text).map_err(|error| {
            BadSavedRun::at(&name, &text, &error)
                .reworded(|message| format!("this is not TOML: {message}"))
        })?;
        let named = |part: &str| {
            let found = file.get("plan").and_then(|plan| plan.get(part)?.get("name")?.as_str());
            found.map(str::to_owned).ok_or_else(|| {
                let message = format!("`plan.{part}.name` is missing; expected a saved run");
                BadSavedRun::of_file(&name, message)
            })
        };
        Ok(UnderTest { client: named("client")?, service: named("service")? })
    }

    /// Reads a saved run.
    ///
    /// # Errors
    /// The file is missing, is a directory, cannot be read, is larger than [`LARGEST_FILE`] or is
    /// not text; and the errors of [`parse`](Self::parse).
    pub fn read(path: &Path) -> Result<Self, Box<BadSavedRun>> {
        Self::read_with(path, None)
    }

    fn read_with(path: &Path, named: Option<&UnderTest>) -> Result<Self, Box<BadSavedRun>> {
        let name = printable(&path.display().to_string());
        let bad = |message: String| BadSavedRun::of_file(&name, message);
        let text = read_text(path, LARGEST_FILE as u64, "a saved run").map_err(bad)?;
        Self::parse_for(&name, &text, named)
    }

    /// Parses the text of a saved run. Errors call the file `name`.
    ///
    /// # Errors
    /// The text is empty or not TOML; its version is not [`VERSION`]; a field is unknown,
    /// missing, of the wrong type or out of its limits.
    pub fn parse(name: &str, text: &str) -> Result<Self, Box<BadSavedRun>> {
        Self::parse_for(name, text, None)
    }

    fn parse_for(
        name: &str,
        text: &str,
        named: Option<&UnderTest>,
    ) -> Result<Self, Box<BadSavedRun>> {
        if text.trim().is_empty() {
            return Err(BadSavedRun::of_file(name, "the file is empty; expected a saved run"));
        }
        let file: toml::Table = toml::from_str(text).map_err(|error| {
            BadSavedRun::at(name, text, &error)
                .reworded(|message| format!("this is not TOML: {message}"))
        })?;
        match file.get("version").map(toml::Value::as_integer) {
            Some(Some(1 | VERSION)) => {}
            None if file.contains_key("cast") => {
                let message = format!("this is a scenario; use `crosswire run {name}`");
                return Err(BadSavedRun::of_file(name, message));
            }
            None => {
                let message = format!("`version` is missing; this build reads 1 and {VERSION}");
                return Err(BadSavedRun::of_file(name, message));
            }
            Some(_) => {
                let found = &file["version"];
                let message = format!(
                    "unknown `version` {found}; this build reads 1 and {VERSION}; \
                     replay the file with the build that saved it, or find the failure again"
                );
                return Err(BadSavedRun::of_file(name, message));
            }
        }
        let saved = match file.get("version").and_then(toml::Value::as_integer) {
            Some(1) => toml::from_str::<FirstVersion>(text).map(Self::from),
            _ => toml::from_str(text),
        };
        let saved =
            saved.map_err(|error| BadSavedRun::at(name, text, &error).reworded(in_words))?;
        saved.check_signature().map_err(|message| BadSavedRun::of_file(name, message))?;
        saved.check_digest().map_err(|message| BadSavedRun::of_file(name, message))?;
        let mut vocabulary = catalog::vocabulary();
        vocabulary.clients.extend(named.map(|named| named.client.clone()));
        vocabulary.services.extend(named.map(|named| named.service.clone()));
        let checked = saved.plan.check(&vocabulary);
        checked.map_err(|error| {
            let mut bad = BadSavedRun::of_file(name, error.to_string());
            let plan = &saved.plan;
            if !vocabulary.clients.contains(&plan.client.name)
                || !vocabulary.services.contains(&plan.service.name)
            {
                bad.help = Some(NOT_OURS.to_owned());
            }
            bad
        })?;
        Ok(saved)
    }

    /// Checks that the signature, if there is one, is not empty: no failure has such a signature.
    fn check_signature(&self) -> Result<(), &'static str> {
        match &self.signature {
            Some(signature) if signature.trim().is_empty() => {
                Err("`signature` is empty; expected the signature of a failure, or no `signature`")
            }
            _ => Ok(()),
        }
    }

    /// Checks that a finished run has a digest, and that the digest is well-formed.
    fn check_digest(&self) -> Result<(), &'static str> {
        match &self.digest {
            None if self.expect.is_a_verdict() && self.signature.is_none() => {
                Err("`digest` is missing")
            }
            None => Ok(()),
            Some(digest) if digest.len() == 32 && digest.bytes().all(|b| b.is_ascii_hexdigit()) => {
                Ok(())
            }
            Some(_) => Err("`digest` is malformed; expected 32 hexadecimal digits"),
        }
    }
}

/// Rewords an error of serde for users, with the nearest valid name.
fn in_words(message: &str) -> String {
    if message.contains("did not match any variant") {
        return "the value has the wrong type".to_owned();
    }
    let Some((found, choice)) = message.split_once(", expected ") else {
        return message.to_owned();
    };
    let unknown = found.strip_prefix("unknown field `").or(found.strip_prefix("unknown variant `"));
    let Some(unknown) = unknown.map(|name| name.trim_end_matches('`')) else {
        return mistyped(found, choice);
    };
    let sort = if found.starts_with("unknown field") { "field" } else { "name" };
    match nearest(unknown, choice.split('`').skip(1).step_by(2)) {
        Some(near) => format!("unknown {sort} `{unknown}`; did you mean `{near}`?"),
        None => format!("unknown {sort} `{unknown}`; expected {choice}"),
    }
}

fn mistyped(found: &str, expected: &str) -> String {
    let found = found.strip_prefix("invalid type: ").or(found.strip_prefix("invalid value: "));
    let found = found.map_or_else(|| "something else".to_owned(), with_article);
    let expected = match expected {
        "u32" => "a whole number up to 4294967295",
        "u64" | "i64" => "a whole number",
        "f64" => "a number",
        "a sequence" => "a list",
        "a map" => "a table",
        table if table.starts_with("struct ") => "a table",
        other => other,
    };
    format!("this is {found}; expected {expected}")
}

/// Adds an article to what serde found, which has one only before a collection: `a map`.
fn with_article(found: &str) -> String {
    let vowel = found.starts_with(['a', 'e', 'i', 'o', 'u']);
    match found.split_once(' ') {
        Some(("a" | "an", _)) => found.to_owned(),
        _ if vowel => format!("an {found}"),
        _ => format!("a {found}"),
    }
}

impl BadSavedRun {
    fn of_file(name: &str, message: impl Into<String>) -> Box<Self> {
        let (place, message) = (name.to_owned(), message.into());
        Box::new(Self { place, message, help: None, source_code: None, span: None })
    }

    fn at(name: &str, text: &str, error: &toml::de::Error) -> Box<Self> {
        let mut bad = Self::of_file(name, error.message());
        let Some(Range { start, end }) = error.span() else { return bad };
        let start = text.floor_char_boundary(start);
        let end = text.floor_char_boundary(end.max(start));
        let before = &text[..start];
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        bad.place = format!("{name}:{line}:{column}");
        if text.lines().all(|line| line.len() <= QUOTED_LINE_MAX) {
            bad.source_code = Some(NamedSource::new(name, tame(text)));
            bad.span = Some((start..end).into());
        }
        bad
    }

    fn reworded(mut self: Box<Self>, words: impl FnOnce(&str) -> String) -> Box<Self> {
        let message = words(&self.message);
        self.message =
            printable(message.lines().next().unwrap_or_default()).chars().take(300).collect();
        self
    }
}

/// Replaces everything that could steer a terminal by spaces; the length in bytes stays the same.
fn tame(text: &str) -> String {
    let steers = |c: char| crosswire_plan::steers(c) && c != '\n' && c != '\t';
    text.chars().fold(String::with_capacity(text.len()), |mut out, c| {
        if steers(c) {
            out.extend(std::iter::repeat_n(' ', c.len_utf8()));
        } else {
            out.push(c);
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crosswire_plan::{Seed, draw};

    fn text() -> String {
        let plan =
            draw(&crate::scenarios::scenario("reconnect-storm").expect("a scenario"), Seed(7));
        let digest = Some("0123456789abcdef".repeat(2));
        let (expect, signature) = (Expect::Violated, Some("I1".to_owned()));
        let saved =
            SavedRun { version: VERSION, expect, signature, digest, made: Made::default(), plan };
        toml::to_string(&saved).expect("TOML")
    }

    fn error_for(valid: &str, invalid: &str) -> String {
        let text = text();
        assert!(text.contains(valid), "{valid} is not in\n{text}");
        let bad = SavedRun::parse("run.toml", &text.replacen(valid, invalid, 1));
        bad.expect_err("a bad file").to_string()
    }

    #[test]
    fn a_saved_run_survives_a_round_trip() {
        let text = text();
        let saved = SavedRun::parse("run.toml", &text).expect("a saved run");
        assert_eq!(toml::to_string(&saved).expect("TOML"), text);
    }

    #[test]
    fn a_file_of_the_first_version_is_read() {
        let first = text().replace("version = 2", "version = 1").replace("expect =", "verdict =");
        let mut first: toml::Table = toml::from_str(&first).expect("TOML");
        first.retain(|key, _| key != "signature" && key != "made");
        let first = toml::to_string(&first).expect("TOML");
        let saved = SavedRun::parse("run.toml", &first).expect("a saved run");
        assert_eq!((saved.version, saved.expect), (VERSION, Expect::Violated));
        assert_eq!(saved.signature, None);
    }

    #[test]
    fn an_error_in_a_file_of_the_first_version_has_the_line_of_the_file() {
        let first = text().replace("version = 2", "# From long ago.\n\nversion = 1");
        let first = first.replace("expect =", "verdict =").replace("cameras = 200", "cameras = []");
        let bad = SavedRun::parse("run.toml", &first).expect_err("a bad file");
        let line = 1 + first.lines().position(|line| line == "cameras = []").expect("the line");
        assert!(bad.to_string().starts_with(&format!("run.toml:{line}:11: ")), "{bad}");
    }

    #[test]
    fn the_error_of_an_unknown_client_says_which_program_to_use() {
        let text = text().replace("name = \"pooled\"", "name = \"ours\"");
        let bad = SavedRun::parse("run.toml", &text).expect_err("a bad file");
        assert_eq!(bad.help.as_deref(), Some(NOT_OURS));
    }

    #[test]
    fn a_damaged_file_is_refused_with_the_reason() {
        let all = [
            error_for("version = 2", "version = 3"),
            error_for("version = 2", "version = \"one\""),
            error_for("version = 2\n", ""),
            error_for("version = 2", "version = 2\nfoo = 1"),
            error_for("violated", "violent"),
            error_for("digest = \"0", "digest = \"x"),
            error_for("signature = \"I1\"", "signature = \" \""),
            error_for("signature = \"I1\"\ndigest = \"0123456789abcdef0123456789abcdef\"", ""),
            error_for("cameras = 200", "camera = 200"),
            error_for("cameras = 200", "cameras = \"many\""),
            error_for("cameras = 200", "cameras = 1_000_000_000_000"),
            error_for("cameras = 200", "cameras = 0"),
            error_for("name = \"pooled\"", "name = \"poled\""),
            error_for("version = 2", "version = [[[["),
        ];
        insta::assert_snapshot!(all.join("\n"), @r#"
            run.toml: unknown `version` 3; this build reads 1 and 2; replay the file with the build that saved it, or find the failure again
            run.toml: unknown `version` "one"; this build reads 1 and 2; replay the file with the build that saved it, or find the failure again
            run.toml: `version` is missing; this build reads 1 and 2
            run.toml:2:1: unknown field `foo`; expected one of `version`, `expect`, `signature`, `digest`, `made`, `plan`
            run.toml:2:10: unknown name `violent`; expected one of `clean`, `violated`, `inconclusive`, `panicked`, `hung`
            run.toml: `digest` is malformed; expected 32 hexadecimal digits
            run.toml: `signature` is empty; expected the signature of a failure, or no `signature`
            run.toml: `digest` is missing
            run.toml:19:1: unknown field `camera`; did you mean `cameras`?
            run.toml:19:11: this is a string "many"; expected a whole number up to 4294967295
            run.toml:19:11: this is an integer `1000000000000`; expected a whole number up to 4294967295
            run.toml: `cast.cameras` is 0; expected a whole number from 1 to 10_000_000
            run.toml: unknown client `poled`; did you mean `pooled`?
            run.toml:2:8: this is not TOML: unexpected `=` in array, expected value, `]`
        "#);
    }

    #[test]
    fn an_empty_file_and_deeply_nested_garbage_are_refused() {
        assert!(SavedRun::parse("run.toml", " \n").is_err());
        assert!(SavedRun::parse("run.toml", &format!("a = {}", "[".repeat(100_000))).is_err());
    }
}
