//! Checks that are printed, one line each.

use std::fmt::Debug;

/// The most differences that a failed check prints.
const SHOWN: usize = 20;

/// The checks of a command.
#[derive(Debug, Default)]
pub struct Checks {
    failed: bool,
}

impl Checks {
    /// Prints whether `found` is `expected`.
    pub fn equal<T: Debug + PartialEq>(&mut self, what: &str, expected: &T, found: &T) {
        self.holds(what, expected == found);
        if expected != found {
            println!("expected {expected:?}\nfound    {found:?}");
        }
    }

    /// Prints whether two lists are equal and, if they differ, the items that only one has.
    pub fn same<T: Debug + PartialEq>(&mut self, what: &str, expected: &[T], found: &[T]) {
        self.holds(what, expected == found);
        if expected == found {
            return;
        }
        let missing = expected.iter().filter(|item| !found.contains(item));
        for item in missing.take(SHOWN) {
            println!("missing  {item:?}");
        }
        let surplus = found.iter().filter(|item| !expected.contains(item));
        for item in surplus.take(SHOWN) {
            println!("surplus  {item:?}");
        }
        println!("expected {} items, found {}", expected.len(), found.len());
    }

    /// Prints whether a check holds.
    pub fn holds(&mut self, what: &str, holds: bool) {
        if holds {
            println!("ok: {what}");
        } else {
            println!("FAILED: {what}");
            self.failed = true;
        }
    }

    /// Returns whether no check has failed.
    pub fn passed(&self) -> bool {
        !self.failed
    }
}

/// Returns the items of a sorted list that occur more than once, each once.
pub fn repeated<T: Clone + PartialEq>(sorted: &[T]) -> Vec<T> {
    let mut repeated = Vec::new();
    for pair in sorted.windows(2) {
        if pair[0] == pair[1] && repeated.last() != Some(&pair[0]) {
            repeated.push(pair[0].clone());
        }
    }
    repeated
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_failed_check_is_enough() {
        let mut checks = Checks::default();
        checks.equal("a", &1, &1);
        checks.same("b", &[1, 2], &[1, 2]);
        assert!(checks.passed());
        checks.same("c", &[1, 2], &[1, 1, 2]);
        checks.holds("d", true);
        assert!(!checks.passed());
    }

    #[test]
    fn repeated_items_are_listed_once() {
        assert_eq!(repeated(&[1, 2, 2, 2, 3, 4, 4]), [2, 4]);
        assert!(repeated::<u8>(&[]).is_empty());
    }
}
