//! The signature of a finding: what is the same for all findings that have one cause.
//!
//! It names no time, no id and no number, so that two seeds which go wrong in the same way have
//! the same one.

use crate::sim::Unfinished;
use crosswire_checker::{Findings, Violation};

/// Longer messages of a panic are cut.
const LONGEST: usize = 120;

/// Of a run that was not over in time.
pub const HUNG: &str = "hung";

/// Of a run that was violated: of its worst violation, the invariant and the kinds of the links in
/// its causal chain.
pub fn of(findings: &Findings) -> Option<String> {
    findings.violations.first().map(Violation::signature)
}

/// Of a run that panicked: the first line of what it said, with `#` for each number.
pub fn of_panic(message: &str) -> String {
    let line = message.lines().next().unwrap_or_default();
    let mut words = String::new();
    for c in line.chars().take(LONGEST) {
        match c {
            '0'..='9' if words.ends_with('#') => {}
            '0'..='9' => words.push('#'),
            c if c.is_control() => words.push(' '),
            c => words.push(c),
        }
    }
    format!("panicked: {}", words.trim())
}

/// Of a run that came to no end: of a panic, or that it was not over in time.
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
    fn a_panic_is_known_by_its_words() {
        let told = of_panic("index 17 is out of 9\nand more");
        assert_eq!(told, "panicked: index # is out of #");
        assert_eq!(told, of_panic("index 3 is out of 1024"));
        assert!(of_panic(&"x".repeat(9_999)).len() < 200);
    }
}
