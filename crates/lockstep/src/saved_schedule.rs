//! A schedule as a file that people can read and edit, to be replayed with another version.

use super::adapter::Hello;
use super::certify::ScheduleRun;
use super::judge::TraceInvariant;
use super::schedule::{Schedule, Step};
use super::situations::Situation;
use crosswire_checker::{InvariantId, Verdict};
use crosswire_output::format::printable;
use crosswire_output::user_files::read_text;
use crosswire_plan::nearest;
use serde::{Deserialize, Serialize};
use std::path::Path;
use toml::Spanned;

/// Version of the format.
pub const VERSION: i64 = 1;

/// First line of a saved schedule.
pub const HEADER: &str =
    "# A schedule of Crosswire: crosswire certify --adapter CMD --schedule FILE";

/// Largest file that is read.
const LARGEST_FILE: u64 = 1 << 20;

/// A schedule with the violations that it is saved for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SavedSchedule {
    /// The invariants that it violated when it was found; empty if unknown.
    pub broken: Vec<TraceInvariant>,
    /// The library in which it was found.
    pub found_in: Option<String>,
    /// The situations that a replay must reach; a client that misses one has shown nothing.
    pub reach: Vec<Situation>,
    /// The schedule.
    pub schedule: Schedule,
}

/// The reason why a file is not a schedule, with the place in the file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadSchedule(String);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    version: i64,
    #[serde(default)]
    broken: Vec<Spanned<String>>,
    found_in: Option<String>,
    #[serde(default)]
    reach: Vec<Spanned<String>>,
    steps: Vec<Spanned<String>>,
}

#[derive(Serialize)]
struct Written {
    version: i64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    broken: Vec<InvariantId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    found_in: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reach: Vec<Situation>,
    steps: Vec<String>,
}

/// A replay in comparison with what its schedule was saved for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// The verdict of the replay.
    pub verdict: Verdict,
    /// The comparison in words.
    pub words: String,
}

impl SavedSchedule {
    /// Creates the file of a schedule that violated invariants of a library.
    pub fn new(
        schedule: Schedule,
        broken: Vec<TraceInvariant>,
        hello: &Hello,
        run: &ScheduleRun,
    ) -> Self {
        // Only situations that a correct client reaches as well, which never shares a connection.
        let needed = [Situation::CancelInFlight, Situation::SentBeforeLateReply];
        let reach = needed.into_iter().filter(|needed| run.reached.contains(needed)).collect();
        Self { broken, found_in: Some(hello.to_string()), reach, schedule }
    }

    /// Compares a replay with what the schedule was saved for.
    pub fn compared(&self, run: &ScheduleRun) -> Comparison {
        let broken = run.judgement.broken();
        let ids = |of: &[TraceInvariant]| {
            of.iter().map(|one| one.id().as_str()).collect::<Vec<_>>().join(", ")
        };
        let missed: Vec<_> = self
            .reach
            .iter()
            .filter(|one| !run.reached.contains(one))
            .map(|one| one.name())
            .collect();
        if !broken.is_empty() {
            let same = self.broken.iter().all(|one| broken.contains(one));
            let result = match (same, self.broken.is_empty()) {
                (true, false) => "reproduces".to_owned(),
                (_, true) => "violated".to_owned(),
                (false, false) => format!("differs, saved for {}", ids(&self.broken)),
            };
            let violated = if self.broken.is_empty() { "" } else { " violated" };
            let words = format!("{result}: {}{violated}", ids(&broken));
            Comparison { verdict: Verdict::Violated, words }
        } else if let Some(why) = run.not_judged() {
            let words = format!(
                "inconclusive: nothing violated, but not judged to the end: {}",
                printable(why)
            );
            Comparison { verdict: Verdict::Inconclusive, words }
        } else if missed.is_empty() {
            let word = if self.broken.is_empty() { "clean" } else { "fixed" };
            let words = match run.reached.iter().map(|one| one.name()).collect::<Vec<_>>() {
                none if none.is_empty() => format!("{word}: nothing violated"),
                reached => format!("{word}: nothing violated; reached {}", reached.join(", ")),
            };
            Comparison { verdict: Verdict::Clean, words }
        } else {
            let words =
                format!("inconclusive: nothing violated, but {} missing", missed.join(", "));
            Comparison { verdict: Verdict::Inconclusive, words }
        }
    }

    /// Returns the text of the file, with the story as comments.
    pub fn to_text(&self, story: &[String]) -> String {
        let story = story.iter().map(|line| format!("#   {line}\n")).collect::<Vec<_>>().concat();
        let story = if story.is_empty() { story } else { format!("#\n{story}") };
        format!("{HEADER}\n{story}\n{}", self.to_toml())
    }

    /// Returns the text of the file without comments.
    pub fn to_toml(&self) -> String {
        let steps = self.schedule.steps().iter().map(ToString::to_string).collect();
        let written = Written {
            version: VERSION,
            broken: self.broken.iter().map(|broken| broken.id()).collect(),
            found_in: self.found_in.clone(),
            reach: self.reach.clone(),
            steps,
        };
        let text = toml::to_string_pretty(&written);
        text.expect("TOML can represent numbers, lists and text")
    }

    /// Reads a file.
    ///
    /// # Errors
    /// The file is missing, a directory, too large or not text; or as for [`parse`](Self::parse).
    pub fn read(path: &Path) -> Result<Self, BadSchedule> {
        let name = printable(&path.display().to_string());
        let text = read_text(path, LARGEST_FILE, "a schedule");
        let text = text.map_err(|why| BadSchedule(format!("{name}: {why}")))?;
        Self::parse(&name, &text)
    }

    /// Parses the text of a schedule's file. Errors call the file `name`.
    ///
    /// # Errors
    /// The text is not TOML, a field is unknown, missing or of the wrong type, the version is not
    /// [`VERSION`], a name is unknown, or a step is invalid by itself or after the ones before it.
    pub fn parse(name: &str, text: &str) -> Result<Self, BadSchedule> {
        let at = |place: usize, message: &str| {
            let before = &text[..text.floor_char_boundary(place)];
            let line = before.matches('\n').count() + 1;
            BadSchedule(format!("{name}:{line}: {message}"))
        };
        let file: Fields = toml::from_str(text).map_err(|error| {
            let message = error.message().lines().collect::<Vec<_>>().join(" ");
            match error.span() {
                Some(span) => at(span.start, &message),
                None => BadSchedule(format!("{name}: {message}")),
            }
        })?;
        if file.version != VERSION {
            let message = format!("`version` is {}; this build reads {VERSION}", file.version);
            return Err(BadSchedule(format!("{name}: {message}")));
        }
        let broken =
            named(&file.broken, "invariant", &TraceInvariant::ALL, |one| one.id().as_str())
                .map_err(|(place, message)| at(place, &message))?;
        let reach = named(&file.reach, "situation", &Situation::ALL, |one| one.name())
            .map_err(|(place, message)| at(place, &message))?;
        let mut steps = Vec::new();
        for step in &file.steps {
            let read: Result<Step, _> = step.get_ref().parse();
            steps.push(read.map_err(|message| at(step.span().start, &message))?);
        }
        let schedule = Schedule::new(steps)
            .map_err(|bad| at(file.steps[bad.step].span().start, &bad.to_string()))?;
        if schedule.steps().is_empty() {
            return Err(BadSchedule(format!(
                "{name}: `steps` is empty; expected at least one step"
            )));
        }
        Ok(Self { broken, found_in: file.found_in, reach, schedule })
    }
}

/// Looks names up, or returns the place of the first unknown one and the error.
fn named<T: Copy>(
    texts: &[Spanned<String>],
    what: &str,
    all: &[T],
    name: impl Fn(&T) -> &'static str,
) -> Result<Vec<T>, (usize, String)> {
    let find = |text: &Spanned<String>| {
        let found = all.iter().find(|one| name(one) == text.get_ref()).copied();
        found.ok_or_else(|| {
            let known: Vec<_> = all.iter().map(&name).collect();
            let meant = nearest(text.get_ref(), known.iter().copied());
            let meant = meant.map_or_else(String::new, |meant| format!("did you mean `{meant}`? "));
            let (found, known) = (printable(text.get_ref()), known.join(", "));
            (text.span().start, format!("unknown {what} `{found}`; {meant}known: {known}"))
        })
    };
    texts.iter().map(find).collect()
}
