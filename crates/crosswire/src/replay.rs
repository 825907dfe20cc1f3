//! Replays saved runs and compares each with its expected outcome.
//!
//! After a change of the code, two things may happen in another order than they did, and the
//! failure that a file is saved for may then show only with another execution seed. So if a file's
//! digest no longer matches, the run is retried with a few other execution seeds before the replay
//! reports that the failure no longer occurs.

use crate::minimize::{Shows, reseeded};
use crate::report::Report;
use crate::saved::{Expect, SavedRun};
use crate::signature;
use crate::sim::{ClientUnderTest, RunOutput, Unfinished, play_within};
use crosswire_output::machine::Object;
use schemars::JsonSchema;
use serde::Serialize;
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// The number of retries with other execution seeds.
const RETRIES: u64 = 32;

/// The result of a replay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Replayed {
    /// The run has the expected outcome, with the same history or with another one.
    Reproduces {
        /// True if verdict and digest are those of the file.
        exactly: bool,
        /// The number of retries: the offset of the execution seed from that of the file.
        retry: u64,
    },
    /// The run panicked, or exceeded its time budget, as in the file.
    Unfinished(Expect),
    /// The run should be clean, and nothing was violated, but a required situation did not occur.
    /// Most runs that were minimized while they were violated end like this once the bug is fixed.
    Holds,
    /// The failure no longer occurs, with any of the execution seeds.
    Fixed(Expect),
    /// The run has another outcome.
    Differs(String),
}

impl Replayed {
    /// Returns the result in a word.
    pub fn word(&self) -> Word {
        match self {
            Self::Reproduces { .. } | Self::Unfinished(_) => Word::Reproduces,
            Self::Holds => Word::Holds,
            Self::Fixed(_) => Word::Fixed,
            Self::Differs(_) => Word::Differs,
        }
    }

    /// Returns whether the result is what the file expects.
    pub fn is_as_expected(&self) -> bool {
        matches!(self, Self::Reproduces { .. } | Self::Unfinished(_) | Self::Holds)
    }
}

/// The JSON object of a replay.
#[derive(Serialize, JsonSchema, Debug)]
pub struct ReplayReport<'a> {
    /// The file.
    pub file: &'a Path,
    /// The expected outcome of the run.
    pub expect: Expect,
    /// The signature of the failure that the run is saved for; null if it is saved for none.
    pub signature: Option<&'a str>,
    /// The result.
    pub outcome: Word,
    /// The result in a sentence.
    pub told: String,
    /// True if the result is what the file expects.
    pub as_expected: bool,
    /// The run, if a single file was replayed and its run finished.
    pub run: Option<&'a Report>,
}

impl Object for ReplayReport<'_> {
    const TYPE: &'static str = "replay";
}

impl<'a> ReplayReport<'a> {
    /// Creates the object for a replayed file.
    pub fn new(
        file: &'a Path,
        saved: &'a SavedRun,
        replayed: &Replayed,
        run: Option<&'a Report>,
    ) -> Self {
        Self {
            file,
            expect: saved.expect,
            signature: saved.signature.as_deref(),
            outcome: replayed.word(),
            told: replayed.to_string(),
            as_expected: replayed.is_as_expected(),
            run,
        }
    }
}

/// The result of a replay, in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Word {
    /// The run shows what is expected.
    Reproduces,
    /// The run should be clean, and nothing was violated, but not every required situation
    /// occurred.
    Holds,
    /// The violation no longer occurs.
    Fixed,
    /// The run shows something else.
    Differs,
}

impl fmt::Display for Replayed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reproduces { exactly: true, .. } => {
                f.write_str("reproduces: same verdict, same digest")
            }
            Self::Reproduces { retry: 0, .. } => {
                f.write_str("reproduces: same outcome, different digest")
            }
            Self::Reproduces { retry, .. } => {
                write!(f, "reproduces: same outcome, with execution seed + {retry}")
            }
            Self::Unfinished(how) => write!(f, "reproduces: it {how}, as in the file"),
            Self::Holds => {
                f.write_str("holds: nothing was violated, but a required situation did not occur")
            }
            Self::Fixed(Expect::Panicked) => f.write_str("fixed: it no longer panics"),
            Self::Fixed(Expect::Hung) => f.write_str("fixed: it no longer hangs"),
            Self::Fixed(_) => f.write_str("fixed: the violation no longer occurs"),
            Self::Differs(how) => write!(f, "differs: {how}"),
        }
    }
}

/// Compares the first run of a saved plan with the expected outcome, and retries with other
/// execution seeds if it must. A run that takes longer than `budget` is abandoned, see
/// [`play_within`].
pub fn compare(
    saved: &SavedRun,
    client: &ClientUnderTest,
    first: &Result<RunOutput, Unfinished>,
    budget: Duration,
) -> Replayed {
    let ended = ended(first);
    if let Ok(output) = first
        && ended == saved.expect
        && Some(output.digest.to_string()) == saved.digest
        && (ended != Expect::Violated || shows(saved, first))
    {
        return Replayed::Reproduces { exactly: true, retry: 0 };
    }
    match saved.expect {
        Expect::Clean | Expect::Inconclusive if ended == saved.expect => {
            Replayed::Reproduces { exactly: false, retry: 0 }
        }
        Expect::Clean if ended == Expect::Inconclusive => Replayed::Holds,
        Expect::Clean | Expect::Inconclusive => differs(first, saved.expect),
        Expect::Violated | Expect::Panicked | Expect::Hung => {
            let found = retried(saved, client, first, budget);
            found.unwrap_or_else(|| match first {
                Ok(output) if output.findings.violations.is_empty() => {
                    Replayed::Fixed(saved.expect)
                }
                _ => differs(first, saved.expect),
            })
        }
    }
}

/// Returns how the failure reproduces: in the first run, or in a retry with another execution seed.
fn retried(
    saved: &SavedRun,
    client: &ClientUnderTest,
    first: &Result<RunOutput, Unfinished>,
    budget: Duration,
) -> Option<Replayed> {
    if shows(saved, first) {
        return Some(match first {
            Ok(_) => Replayed::Reproduces { exactly: false, retry: 0 },
            Err(_) => Replayed::Unfinished(saved.expect),
        });
    }
    // An abandoned run keeps running, so there are no retries of one.
    let retries = if ended(first) == Expect::Hung { 0 } else { RETRIES };
    for (retry, plan) in reseeded(&saved.plan, retries).enumerate().skip(1) {
        let run = play_within(&Arc::new(plan), client, budget);
        if shows(saved, &run) {
            return Some(Replayed::Reproduces { exactly: false, retry: retry as u64 });
        }
        if ended(&run) == Expect::Hung {
            break;
        }
    }
    None
}

/// Returns whether a run fails as the file says.
fn shows(saved: &SavedRun, run: &Result<RunOutput, Unfinished>) -> bool {
    let shown = |shows: Shows| match run {
        Ok(output) => shows.is_among(&output.findings),
        Err(unfinished) => shows.0 == signature::of_unfinished(unfinished),
    };
    ended(run) == saved.expect && saved.shows().is_none_or(shown)
}

fn ended(run: &Result<RunOutput, Unfinished>) -> Expect {
    match run {
        Ok(output) => output.findings.verdict.into(),
        Err(unfinished) => unfinished.into(),
    }
}

fn differs(run: &Result<RunOutput, Unfinished>, expected: Expect) -> Replayed {
    Replayed::Differs(match run {
        Ok(output) => match Shows::of(&output.findings) {
            Some(Shows(other)) if expected != Expect::Clean => format!("it shows `{other}`"),
            _ => format!("the verdict is {}, expected {expected}", output.findings.verdict),
        },
        Err(unfinished) => format!("it {}", signature::of_unfinished(unfinished)),
    })
}

/// A run of a saved plan.
#[derive(Debug)]
pub struct ReplayedRun {
    /// The result of the run.
    pub run: Result<RunOutput, Unfinished>,
    /// The comparison with what the plan was saved for.
    pub replayed: Replayed,
}

/// Runs a saved plan and compares the outcome with the expected one.
pub fn replay(saved: &SavedRun, client: &ClientUnderTest, budget: Duration) -> ReplayedRun {
    let run = play_within(&Arc::new(saved.plan.clone()), client, budget);
    let replayed = compare(saved, client, &run, budget);
    ReplayedRun { run, replayed }
}
