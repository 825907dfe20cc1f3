//! The lines of a journal, and the errors of one that cannot be used.

use crate::finding::Finding;
use crate::guided::{CorpusEntry, Guide};
use crate::hunt::Hunt;
use crate::tally::Counts;
use crate::target::{Target, TargetName};
use crosswire_plan::Plan;
use miette::Diagnostic;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Name of the journal in its directory.
pub const FILE: &str = "hunt.jsonl";

/// The version of the format that this build reads and writes.
pub(crate) const VERSION: u64 = 1;

/// A line of the journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "line", rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum Line {
    /// The header, which is the first line.
    Hunt(Header),
    /// A failed run.
    Finding {
        #[serde(rename = "ground")]
        target: usize,
        finding: Finding,
    },
    /// A plan of a target that an earlier hunt kept.
    Old {
        #[serde(rename = "ground")]
        target: usize,
        plan: Box<Plan>,
    },
    /// A run that reached something new.
    Kept {
        #[serde(rename = "ground")]
        target: usize,
        kept: Box<CorpusEntry>,
    },
    /// Seeds of a target that are done.
    Done {
        #[serde(rename = "ground")]
        target: usize,
        from: u64,
        count: u64,
        counts: Counts,
    },
}

/// The targets and seeds of a hunt, and the build that runs it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Header {
    pub(crate) version: u64,
    /// The version of the package.
    pub(crate) build: String,
    #[serde(rename = "grounds")]
    pub(crate) targets: Vec<TargetName>,
    /// The first seed.
    pub(crate) from: u64,
    /// Number of seeds for each target; none if the hunt runs until it is stopped.
    pub(crate) seeds: Option<u64>,
    /// For a guided hunt, the number of plans of an earlier hunt that it begins with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) guided: Option<u64>,
}

impl Header {
    pub(crate) fn of(hunt: &Hunt, guide: Option<&Guide>) -> Self {
        Self {
            version: VERSION,
            build: env!("CARGO_PKG_VERSION").to_owned(),
            targets: hunt.targets.iter().map(Target::name).collect(),
            from: hunt.from,
            seeds: hunt.seeds,
            guided: guide.map(|guide| guide.old.iter().map(|old| old.len() as u64).sum()),
        }
    }
}

/// Parses a line, which ends in a newline. The error says what is wrong at which column.
pub(crate) fn parsed(line: &[u8]) -> Result<Line, String> {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    serde_json::from_slice(line).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        if error.is_eof() {
            return format!("invalid line of a journal: it is cut off after column {column}");
        }
        // To serde, this text is a file of its own.
        let message = error.to_string();
        match message.strip_suffix(&format!(" at line {line} column {column}")) {
            Some(message) => format!("invalid line of a journal, at column {column}: {message}"),
            None => format!("invalid line of a journal: {message}"),
        }
    })
}

/// The reason why a journal cannot be begun or resumed.
#[derive(Debug, thiserror::Error, Diagnostic)]
#[error("{place}: {message}")]
pub struct BadJournal {
    place: String,
    message: String,
    #[help]
    help: Option<String>,
}

impl BadJournal {
    pub(crate) fn new(place: &Path, message: impl Into<String>) -> Self {
        let place = crosswire_output::format::printable(&place.display().to_string());
        Self { place, message: message.into(), help: None }
    }

    pub(crate) fn at_line(mut self, line: u64) -> Self {
        self.place = format!("{}:{line}", self.place);
        self
    }

    pub(crate) fn help(self, help: &str) -> Self {
        Self { help: Some(help.to_owned()), ..self }
    }
}
