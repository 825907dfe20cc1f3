//! The expected outcome of a saved run.

use crate::sim::Unfinished;
use crosswire_checker::Verdict;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The expected outcome of a run: a verdict, or no end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Expect {
    /// Every invariant held and every required situation occurred. For bugs that must stay fixed.
    Clean,
    /// An invariant was violated. For bugs that must still be caught.
    Violated,
    /// No invariant was violated, but a required situation did not occur.
    Inconclusive,
    /// The run panicked.
    Panicked,
    /// The run did not finish within its time budget.
    Hung,
}

impl Expect {
    /// Returns whether the run is expected to finish.
    pub fn is_a_verdict(self) -> bool {
        !matches!(self, Self::Panicked | Self::Hung)
    }
}

impl From<Verdict> for Expect {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Clean => Self::Clean,
            Verdict::Violated => Self::Violated,
            Verdict::Inconclusive => Self::Inconclusive,
        }
    }
}

impl From<&Unfinished> for Expect {
    fn from(unfinished: &Unfinished) -> Self {
        match unfinished {
            Unfinished::Panicked(_) => Self::Panicked,
            Unfinished::Hung(_) => Self::Hung,
        }
    }
}

impl fmt::Display for Expect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Clean => "clean",
            Self::Violated => "violated",
            Self::Inconclusive => "inconclusive",
            Self::Panicked => "panicked",
            Self::Hung => "hung",
        })
    }
}
