//! What is expected of a saved run.

use crate::sim::Unfinished;
use crosswire_checker::Verdict;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// How it is to end: with a verdict, or not at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Expect {
    /// Nothing is broken, and all is reached: what must stay mended.
    Clean,
    /// An invariant is broken: what must stay caught.
    Violated,
    /// Nothing is broken, and something is not reached.
    Inconclusive,
    /// Something panics.
    Panicked,
    /// It is not over within its budget of time.
    Hung,
}

impl Expect {
    /// Whether the run comes to its end.
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
