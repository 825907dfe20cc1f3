//! A saved run: the plan itself, with the verdict and the digest that it came to.
//!
//! A seed holds as long as nothing that draws from it changes. The plan is what was drawn, so a
//! saved run outlives that. It is TOML that a person can read and edit; the client and the
//! defences stand in the plan, and nothing stands in it twice.

mod expect;
mod made;

use crate::catalog;
use crate::minimize::Shows;
use crate::report::Report;
use crate::signature;
use crate::sim::Unfinished;
use crosswire_checker::{Verdict, Violation};
use crosswire_output::files::text_of;
use crosswire_output::text::{printable, seconds, twelve_lines};
use crosswire_plan::{Plan, nearest};
pub use expect::Expect;
pub use made::Made;
use miette::{Diagnostic, NamedSource, SourceSpan};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{self, Read};
use std::ops::Range;
use std::path::{Path, PathBuf};

/// The version of the format that is written and read.
pub const VERSION: i64 = 2;

/// The first line of a saved run.
pub const HEADER: &str = "# A run of Crosswire, kept to be played again: crosswire replay FILE";

/// Whether a file says of itself that it is a saved run, by its first line.
pub fn is_saved_run(path: &Path) -> bool {
    let mut start = vec![0; HEADER.len()];
    let mut read = || File::open(path)?.read_exact(&mut start);
    path.is_file() && read().is_ok() && start == HEADER.as_bytes()
}

/// A larger file is refused before it is looked at.
pub const LARGEST_FILE: usize = 4 << 20;

/// Longer lines are not shown in an error.
const LONGEST_LINE: usize = 400;

/// A run and what it came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedRun {
    /// Of the format.
    pub version: i64,
    /// What is expected of it: `violated` of what must stay caught, `clean` of what must stay
    /// mended.
    pub expect: Expect,
    /// What the violation, the panic or the hang that it is kept for comes down to; nothing if
    /// there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<String>,
    /// The digest of its history; none of a run that came to no end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// What it was made with.
    #[serde(default)]
    pub made: Made,
    /// All that determines it; its client and its defences are those that were played.
    pub plan: Plan,
}

/// Why a file is not a saved run.
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

impl SavedRun {
    /// What is to be kept of a run of `plan` that came to its end.
    pub fn new(plan: &Plan, report: &Report) -> Self {
        let mut plan = plan.clone();
        plan.client.name.clone_from(&report.client);
        let digest = Some(report.digest.clone());
        let signature = report.violations.first().map(Violation::signature);
        let expect = report.verdict.into();
        Self { version: VERSION, expect, signature, digest, made: Made::here(), plan }
    }

    /// The same of a run that may have come to no end.
    pub fn of(plan: &Plan, run: &Result<Report, Unfinished>) -> Self {
        run.as_ref().map_or_else(|why| Self::unfinished(plan, why), |run| Self::new(plan, run))
    }

    fn unfinished(plan: &Plan, unfinished: &Unfinished) -> Self {
        let signature = Some(signature::of_unfinished(unfinished));
        let (expect, plan) = (unfinished.into(), plan.clone());
        Self { version: VERSION, expect, signature, digest: None, made: Made::here(), plan }
    }

    /// What is to be kept of a run of `plan` that showed nothing.
    pub fn of_verdict(plan: &Plan, verdict: Verdict, digest: &str) -> Self {
        let (expect, plan, digest) = (verdict.into(), plan.clone(), Some(digest.to_owned()));
        Self { version: VERSION, expect, signature: None, digest, made: Made::here(), plan }
    }

    /// What it is kept for, if that is something that went wrong.
    pub fn shows(&self) -> Option<Shows> {
        self.signature.clone().map(Shows)
    }

    /// The file, with the stories of `report` as comments.
    ///
    /// # Errors
    /// The plan does not fit into a file that could be read again.
    pub fn to_text(&self, report: &Report) -> io::Result<String> {
        let stories = report.firsts().into_iter().map(|violation| {
            let Violation { invariant, name, at_ms, story, .. } = violation;
            let story = story.iter().map(|line| format!("#   {}\n", printable(line)));
            let title = format!("#\n# {invariant} {name}, first at {} s\n", seconds(*at_ms));
            title + &story.collect::<String>()
        });
        self.to_text_below(&stories.collect::<String>())
    }

    /// The same of a run that may have come to no end; then that is the comment.
    ///
    /// # Errors
    /// As [`to_text`](Self::to_text).
    pub fn to_text_of(&self, run: &Result<Report, Unfinished>) -> io::Result<String> {
        match run {
            Ok(report) => self.to_text(report),
            Err(unfinished) => {
                let told = twelve_lines(&unfinished).into_iter().map(|line| format!("# {line}\n"));
                self.to_text_below(&format!("#\n{}", told.collect::<String>()))
            }
        }
    }

    /// The file, with no comment.
    ///
    /// # Errors
    /// As [`to_text`](Self::to_text).
    pub fn to_text_without_story(&self) -> io::Result<String> {
        self.to_text_below("")
    }

    fn to_text_below(&self, comment: &str) -> io::Result<String> {
        let run = toml::to_string(self).map_err(io::Error::other)?;
        let text = format!("{HEADER}\n{comment}\n{run}");
        if text.len() > LARGEST_FILE {
            return Err(io::Error::other("the plan is too large to be kept"));
        }
        Ok(text)
    }

    /// The TOML files of a directory, by name: each should be a saved run.
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

    /// Reads a saved run of a client that need not be listed.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn read_for(path: &Path, client: &str) -> Result<Self, Box<BadSavedRun>> {
        Self::read_with(path, Some(client))
    }

    /// Returns the client that a file names, without reading the rest of it: the file may be one of
    /// a client, or of a version, that this program does not know.
    ///
    /// # Errors
    /// The file cannot be read, or is not TOML that names a client where a saved run does.
    pub fn client_of(path: &Path) -> Result<String, Box<BadSavedRun>> {
        let name = printable(&path.display().to_string());
        let bad = |message: String| BadSavedRun::of_file(&name, message);
        let text = text_of(path, LARGEST_FILE as u64, "a saved run").map_err(bad)?;
        let file: toml::Table = toml::from_str(&text).map_err(|error| {
            BadSavedRun::at(&name, &text, &error).told(|told| format!("this is not TOML: {told}"))
        })?;
        let client = file.get("plan").and_then(|plan| plan.get("client")?.get("name")?.as_str());
        client.map(str::to_owned).ok_or_else(|| {
            BadSavedRun::of_file(&name, "`plan.client.name` is missing; expected a saved run")
        })
    }

    /// Reads a saved run.
    ///
    /// # Errors
    /// The file is missing, is a directory, cannot be read, is larger than [`LARGEST_FILE`] or
    /// is not text; and whatever [`parse`](Self::parse) says.
    pub fn read(path: &Path) -> Result<Self, Box<BadSavedRun>> {
        Self::read_with(path, None)
    }

    fn read_with(path: &Path, client: Option<&str>) -> Result<Self, Box<BadSavedRun>> {
        let name = printable(&path.display().to_string());
        let bad = |message: String| BadSavedRun::of_file(&name, message);
        let text = text_of(path, LARGEST_FILE as u64, "a saved run").map_err(bad)?;
        Self::understood(&name, &text, client)
    }

    /// Understands the text of a saved run; `name` is what errors call it.
    ///
    /// # Errors
    /// The text is empty or not TOML; its version is not [`VERSION`]; a field is unknown,
    /// missing, of the wrong type or out of its limits.
    pub fn parse(name: &str, text: &str) -> Result<Self, Box<BadSavedRun>> {
        Self::understood(name, text, None)
    }

    fn understood(name: &str, text: &str, client: Option<&str>) -> Result<Self, Box<BadSavedRun>> {
        if text.trim().is_empty() {
            return Err(BadSavedRun::of_file(name, "the file is empty; expected a saved run"));
        }
        let file: toml::Table = toml::from_str(text).map_err(|error| {
            BadSavedRun::at(name, text, &error).told(|told| format!("this is not TOML: {told}"))
        })?;
        match file.get("version").map(toml::Value::as_integer) {
            Some(Some(VERSION)) => {}
            // The first had `verdict` for `expect`, and no signature.
            Some(Some(1)) => {
                let text = second(file);
                let text = text.map_err(|error| BadSavedRun::of_file(name, error.to_string()))?;
                return Self::understood(name, &text, client);
            }
            None if file.contains_key("cast") => {
                let told = format!("this is a scenario; use `crosswire run {name}`");
                return Err(BadSavedRun::of_file(name, told));
            }
            None => {
                let told = format!("`version` is missing; this build reads 1 and {VERSION}");
                return Err(BadSavedRun::of_file(name, told));
            }
            Some(_) => {
                let found = &file["version"];
                let message = format!(
                    "`version` is {found}, which is not known; this build reads 1 and {VERSION}; \
                     save the run again with the build that it is for, or find it anew"
                );
                return Err(BadSavedRun::of_file(name, message));
            }
        }
        let saved: Self = toml::from_str(text)
            .map_err(|error| BadSavedRun::at(name, text, &error).told(in_words))?;
        saved.check_digest().map_err(|message| BadSavedRun::of_file(name, message))?;
        let mut vocabulary = catalog::vocabulary();
        vocabulary.clients.extend(client.map(str::to_owned));
        let checked = saved.plan.check(&vocabulary);
        checked.map_err(|error| BadSavedRun::of_file(name, error.to_string()))?;
        Ok(saved)
    }

    /// A run that came to its end has a digest.
    fn check_digest(&self) -> Result<(), &'static str> {
        match &self.digest {
            None if self.expect.is_a_verdict() && self.signature.is_none() => {
                Err("`digest` is missing")
            }
            None => Ok(()),
            Some(digest) if digest.len() == 32 && digest.bytes().all(|b| b.is_ascii_hexdigit()) => {
                Ok(())
            }
            Some(_) => Err("`digest` is not one; expected 32 hexadecimal digits"),
        }
    }
}

/// A file of the first version in the form of the second.
fn second(mut file: toml::Table) -> Result<String, toml::ser::Error> {
    file.insert("version".to_owned(), toml::Value::Integer(VERSION));
    if let Some(verdict) = file.remove("verdict") {
        file.insert("expect".to_owned(), verdict);
    }
    toml::to_string(&file)
}

/// What serde says of the wrong shape, for people, with the nearest right name.
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
    let expected = match expected {
        "u32" => "a whole number up to 4294967295",
        "u64" | "i64" => "a whole number",
        "f64" => "a number",
        "a sequence" => "a list",
        "a map" => "a table",
        table if table.starts_with("struct ") => "a table",
        other => other,
    };
    format!("this is {}; expected {expected}", found.unwrap_or("something else"))
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
        if text.lines().all(|line| line.len() <= LONGEST_LINE) {
            bad.source_code = Some(NamedSource::new(name, tame(text)));
            bad.span = Some((start..end).into());
        }
        bad
    }

    fn told(mut self: Box<Self>, words: impl FnOnce(&str) -> String) -> Box<Self> {
        let told = words(&self.message);
        self.message =
            printable(told.lines().next().unwrap_or_default()).chars().take(300).collect();
        self
    }
}

/// The text, byte for byte as long, without what could steer a terminal.
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
        let plan = draw(&crate::library::scenario("reconnect-storm").expect("a scenario"), Seed(7));
        let digest = Some("0123456789abcdef".repeat(2));
        let (expect, signature) = (Expect::Violated, Some("I1".to_owned()));
        let saved =
            SavedRun { version: VERSION, expect, signature, digest, made: Made::default(), plan };
        toml::to_string(&saved).expect("TOML")
    }

    fn told(right: &str, wrong: &str) -> String {
        let text = text();
        assert!(text.contains(right), "{right} is not in\n{text}");
        let bad = SavedRun::parse("run.toml", &text.replacen(right, wrong, 1));
        bad.expect_err("a bad file").to_string()
    }

    #[test]
    fn what_is_written_is_read_again() {
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
    fn a_spoilt_file_is_refused_with_the_reason() {
        let all = [
            told("version = 2", "version = 3"),
            told("version = 2", "version = \"one\""),
            told("version = 2\n", ""),
            told("version = 2", "version = 2\nfoo = 1"),
            told("violated", "violent"),
            told("digest = \"0", "digest = \"x"),
            told("signature = \"I1\"\ndigest = \"0123456789abcdef0123456789abcdef\"", ""),
            told("cameras = 200", "camera = 200"),
            told("cameras = 200", "cameras = \"many\""),
            told("cameras = 200", "cameras = 1_000_000_000_000"),
            told("cameras = 200", "cameras = 0"),
            told("name = \"pooled\"", "name = \"poled\""),
            told("version = 2", "version = [[[["),
        ];
        insta::assert_snapshot!(all.join("\n"), @r#"
            run.toml: `version` is 3, which is not known; this build reads 1 and 2; save the run again with the build that it is for, or find it anew
            run.toml: `version` is "one", which is not known; this build reads 1 and 2; save the run again with the build that it is for, or find it anew
            run.toml: `version` is missing; this build reads 1 and 2
            run.toml:2:1: unknown field `foo`; expected one of `version`, `expect`, `signature`, `digest`, `made`, `plan`
            run.toml:2:10: unknown name `violent`; expected one of `clean`, `violated`, `inconclusive`, `panicked`, `hung`
            run.toml: `digest` is not one; expected 32 hexadecimal digits
            run.toml: `digest` is missing
            run.toml:19:1: unknown field `camera`; did you mean `cameras`?
            run.toml:19:11: this is string "many"; expected a whole number up to 4294967295
            run.toml:19:11: this is integer `1000000000000`; expected a whole number up to 4294967295
            run.toml: `cast.cameras` is 0; expected a whole number from 1 to 10_000_000
            run.toml: unknown client `poled`; did you mean `pooled`?
            run.toml:2:8: this is not TOML: unexpected `=` in array, expected value, `]`
        "#);
    }

    #[test]
    fn an_empty_file_and_deep_nonsense_are_refused() {
        assert!(SavedRun::parse("run.toml", " \n").is_err());
        assert!(SavedRun::parse("run.toml", &format!("a = {}", "[".repeat(100_000))).is_err());
    }
}
