//! Signatures: one name for all findings that fail in the same way.
//!
//! A signature contains no times, ids or numbers, so two seeds that fail in the same way have the
//! same signature.

use crate::sim::Unfinished;
use crosswire_checker::{Findings, Violation};

/// The longest part of a panic message that a signature contains, in characters.
const MESSAGE_MAX: usize = 120;

/// The signature of a run that did not finish within its time budget.
pub const HUNG: &str = "hung";

/// Returns the signature of a violated run: the invariant and the kinds of links in the causal
/// chain of its worst violation.
pub fn of(findings: &Findings) -> Option<String> {
    findings.violations.first().map(Violation::signature)
}

/// Returns the signature of a run that panicked: the first line of the message, with `#` for each
/// number.
pub fn of_panic(message: &str) -> String {
    let line = message.lines().next().unwrap_or_default();
    let mut words = String::new();
    for c in line.chars().take(MESSAGE_MAX) {
        match c {
            '0'..='9' if words.ends_with('#') => {}
            '0'..='9' => words.push('#'),
            c if c.is_control() => words.push(' '),
            c => words.push(c),
        }
    }
    format!("panicked: {}", words.trim())
}

/// Returns the signature of a run that did not finish: of its panic, or [`HUNG`].
pub fn of_unfinished(unfinished: &Unfinished) -> String {
    match unfinished {
        Unfinished::Panicked(panicked) => of_panic(&panicked.0),
        Unfinished::Hung(_) => HUNG.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panics_that_differ_only_in_numbers_share_a_signature() {
        let signature = of_panic("index 17 is out of 9\nand more");
        assert_eq!(signature, "panicked: index # is out of #");
        assert_eq!(signature, of_panic("index 3 is out of 1024"));
        assert!(of_panic(&"x".repeat(9_999)).len() < 200);
    }
}
