//! A problem of a scenario file, with its place.

use std::ops::Range;

use crate::diagnose::BadScenario;

/// One problem, and its place.
pub(crate) struct Problem {
    pub(crate) span: Range<usize>,
    message: String,
    label: String,
    help: Option<String>,
}

impl Problem {
    pub(crate) fn new(span: Range<usize>, message: String, label: String) -> Self {
        Self { span, message, label, help: None }
    }

    pub(crate) fn with_help(mut self, help: Option<String>) -> Self {
        self.help = help;
        self
    }

    /// Turns the problem into one about numbers that a swarm may draw, at the place that names
    /// them.
    pub(crate) fn drawn_at(self, span: Range<usize>, help: String) -> Self {
        let label = format!("with these numbers: {}", self.label);
        Self { span, label, help: Some(help), ..self }
    }

    /// Adds to the message.
    pub(crate) fn followed_by(mut self, more: &str) -> Self {
        self.message += more;
        self
    }

    /// Moves the place towards the beginning of the text.
    pub(crate) fn earlier_by(self, bytes: usize) -> Self {
        let Range { start, end } = self.span;
        assert!(start >= bytes, "a problem before the text, at byte {start} of {bytes}");
        Self { span: start - bytes..end - bytes, ..self }
    }

    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// Returns the message, without the place.
    pub(crate) fn into_message(self) -> String {
        self.message
    }

    pub(crate) fn report(self, name: &str, text: &str) -> BadScenario {
        BadScenario::at(name, text, self.span, self.message, self.label).with_help(self.help)
    }
}
