//! Errors that leave a command without a verdict, and all exit statuses.

use super::help::with_headings;
use super::screen::{self, Screen};
use crosswire::catalog::Unknown;
use crosswire::determinism::Difference;
use crosswire::saved::BadSavedRun;
use crosswire::scenarios::NoScenario;
use crosswire::sim::Panicked;
use crosswire_checker::Verdict;
use crosswire_hunt::BadJournal;
use crosswire_output::format::tame;
use crosswire_output::machine;
use std::process::ExitCode;

/// The exit status of the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Exit {
    Clean = 0,
    Violated = 1,
    BadInput = 2,
    Inconclusive = 3,
    Harness = 4,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

impl From<Verdict> for Exit {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Clean => Self::Clean,
            Verdict::Violated => Self::Violated,
            Verdict::Inconclusive => Self::Inconclusive,
        }
    }
}

/// An error that leaves a command without a verdict.
#[derive(Debug)]
pub(super) enum Failure {
    /// Bad input: a value on the command line or a file.
    Input(miette::Report),
    /// Wrong usage, with the error text that clap prints.
    Usage(String),
    /// An error of the harness, or output that cannot be written.
    Harness(String),
    /// An interruption before there was a verdict, with the progress so far.
    Interrupted(String),
}

impl Failure {
    /// Returns an error for bad input, from a single sentence.
    pub(super) fn input(message: impl Into<String>) -> Self {
        Self::Input(miette::miette!("{}", message.into()))
    }

    /// Adds advice to an error of the harness, on a new line.
    pub(super) fn followed_by(self, advice: &str) -> Self {
        match self {
            Self::Harness(message) => Self::Harness(format!("{message}\n{advice}")),
            other => other,
        }
    }

    /// Returns the error as an object for machines.
    pub(super) fn to_object(&self) -> machine::Error {
        let status = match self {
            Self::Input(_) | Self::Usage(_) => Exit::BadInput,
            Self::Harness(_) => Exit::Harness,
            Self::Interrupted(_) => Exit::Inconclusive,
        };
        let (message, help) = match self {
            Self::Input(report) => (report.to_string(), report.help().map(|it| it.to_string())),
            Self::Usage(text) => {
                let first = text.lines().next().unwrap_or_default();
                (first.trim_start_matches("error: ").to_owned(), None)
            }
            Self::Harness(message) | Self::Interrupted(message) => (message.clone(), None),
        };
        machine::Error { message, help, status: status as u8, file: None }
    }

    /// Prints the error on standard error and returns its exit status.
    pub(super) fn report(&self) -> Exit {
        match self {
            Self::Input(report) => {
                screen::error(&screen::rendered(report.as_ref()));
                Exit::BadInput
            }
            Self::Usage(text) => {
                screen::error(&with_headings(text, Screen::Error.layout()));
                Exit::BadInput
            }
            Self::Harness(message) => {
                let text = tame(&format!("error: {message}\n"), false);
                screen::error(&with_headings(&text, Screen::Error.layout()));
                Exit::Harness
            }
            Self::Interrupted(how) => {
                screen::error(&format!("{how}\n"));
                Exit::Inconclusive
            }
        }
    }
}

impl From<Unknown> for Failure {
    fn from(unknown: Unknown) -> Self {
        if unknown.known.is_empty() {
            return Self::input(unknown.to_string());
        }
        let help = format!("known: {}", unknown.known.join(", "));
        Self::Input(miette::miette!(help = help, "{unknown}"))
    }
}

impl From<NoScenario> for Failure {
    fn from(none: NoScenario) -> Self {
        match none {
            NoScenario::Bad(bad) => Self::Input(miette::Report::new(bad)),
            NoScenario::Unknown(unknown) => {
                let help = format!("known: {}; or give a path", unknown.known.join(", "));
                Self::Input(miette::miette!(help = help, "{unknown}"))
            }
        }
    }
}

impl From<Box<BadSavedRun>> for Failure {
    fn from(bad: Box<BadSavedRun>) -> Self {
        Self::Input(miette::Report::new(*bad))
    }
}

impl From<BadJournal> for Failure {
    fn from(bad: BadJournal) -> Self {
        Self::Input(miette::Report::new(bad))
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Self::Harness(format!("the output cannot be written as JSON: {error}"))
    }
}

impl From<Panicked> for Failure {
    fn from(panicked: Panicked) -> Self {
        Self::Harness(panicked.to_string())
    }
}

impl From<Difference> for Failure {
    fn from(difference: Difference) -> Self {
        Self::Harness(difference.to_string())
    }
}
