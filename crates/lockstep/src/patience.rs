//! Patience: the time without any event after which what must happen counts as never happening.
//!
//! It is learnt, so that a call that never ends costs a second and not half a minute:
//!
//! - The *full* patience is what the user gives. Until something has been learnt, it is the only
//!   one.
//! - The *learnt* patience is twenty times the longest time after which something still happened,
//!   and at least a second. What is awaited in read time-outs is not learnt from, and a call that
//!   has one is waited for as long as its time-outs take.
//! - A silence that outlasts the learnt patience is waited for with the full patience the first
//!   time, and so confirmed. Silences of the same kind are then accepted after the learnt patience,
//!   and after three of them with a floor of a quarter of a second.
//!
//! While a schedule is minimized, silences are not confirmed: the result is.

use std::collections::BTreeMap;
use std::time::Duration;

/// The learnt patience in multiples of the longest time after which something still happened.
const FACTOR: u32 = 20;

/// The least learnt patience, and the least for silences of a kind that is well known.
const FLOOR: Duration = Duration::from_secs(1);
const KNOWN_FLOOR: Duration = Duration::from_millis(250);

/// Number of silences of a kind after which it is well known.
const WELL_KNOWN: u32 = 3;

/// Number of events that must have been awaited before anything counts as learnt.
const ENOUGH: u64 = 20;

/// A kind of silence: the request that has no answer, and the state of a call that has not ended.
pub(super) type Silence = (Option<String>, Option<(bool, bool, bool)>);

/// The patience with one adapter.
pub(super) struct Patience {
    full: Duration,
    longest: Duration,
    awaited: u64,
    /// The confirmed kinds of silence, with the number of times that each occurred.
    confirmed: BTreeMap<Silence, u32>,
    /// If true, silences are accepted without being confirmed.
    pub(super) hasty: bool,
}

impl Patience {
    pub(super) fn new(full: Duration) -> Self {
        let (longest, confirmed) = (Duration::ZERO, BTreeMap::new());
        Self { full, longest, awaited: 0, confirmed, hasty: false }
    }

    pub(super) fn full(&self) -> Duration {
        self.full
    }

    /// Learns that something still happened after this time without any event.
    pub(super) fn happened_after(&mut self, time: Duration) {
        self.longest = self.longest.max(time);
        self.awaited += 1;
    }

    /// Returns the times, each at least `least`, after which a silence of a well-known kind, of a
    /// confirmed kind and of any kind is accepted.
    pub(super) fn stages(&self, least: Duration) -> [Duration; 3] {
        let full = self.full.max(least);
        if self.awaited < ENOUGH {
            return [full; 3];
        }
        let learnt = |floor: Duration| (self.longest * FACTOR).max(floor).max(least).min(full);
        let (known, learnt) = (learnt(KNOWN_FLOOR), learnt(FLOOR));
        [known, learnt, if self.hasty { learnt } else { full }]
    }

    /// Returns whether a silence of this kind is accepted at a stage before the last.
    pub(super) fn accepts(&self, stage: usize, kind: &Silence) -> bool {
        let times = self.confirmed.get(kind).copied().unwrap_or_default();
        times >= if stage == 0 { WELL_KNOWN } else { 1 }
    }

    /// Counts a silence of this kind that was accepted.
    pub(super) fn accepted(&mut self, kind: Silence) {
        if !self.hasty || self.confirmed.contains_key(&kind) {
            *self.confirmed.entry(kind).or_default() += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    fn learnt(longest: Duration) -> Patience {
        let mut patience = Patience::new(MS * 30_000);
        patience.happened_after(longest);
        (1..ENOUGH).for_each(|_| patience.happened_after(MS));
        patience
    }

    #[test]
    fn nothing_is_accepted_early_before_something_is_learnt() {
        let mut patience = Patience::new(MS * 30_000);
        (1..ENOUGH).for_each(|_| patience.happened_after(MS));
        assert_eq!(patience.stages(Duration::ZERO), [MS * 30_000; 3]);
    }

    #[test]
    fn the_longest_wait_so_far_counts_twenty_times() {
        assert_eq!(learnt(MS).stages(Duration::ZERO), [MS * 250, MS * 1_000, MS * 30_000]);
        let slow = learnt(MS * 200).stages(Duration::ZERO);
        assert_eq!(slow, [MS * 4_000, MS * 4_000, MS * 30_000]);
        assert_eq!(learnt(MS * 2_000).stages(Duration::ZERO), [MS * 30_000; 3]);
    }

    #[test]
    fn read_time_outs_are_waited_for_even_beyond_the_full_patience() {
        assert_eq!(learnt(MS).stages(MS * 40_000), [MS * 40_000; 3]);
        assert_eq!(learnt(MS).stages(MS * 800), [MS * 800, MS * 1_000, MS * 30_000]);
    }

    #[test]
    fn a_kind_is_confirmed_once_and_well_known_after_three() {
        let mut patience = learnt(MS);
        let (call, barrier) =
            ((None, Some((false, true, false))), (Some("barrier".to_owned()), None));
        assert!(!patience.accepts(0, &call) && !patience.accepts(1, &call));
        patience.hasty = true;
        assert_eq!(patience.stages(Duration::ZERO)[2], MS * 1_000);
        patience.accepted(call.clone());
        assert!(!patience.accepts(1, &call), "it was not confirmed");
        patience.hasty = false;
        for times in 1..=WELL_KNOWN {
            patience.accepted(call.clone());
            assert!(patience.accepts(1, &call) && !patience.accepts(1, &barrier));
            assert_eq!(patience.accepts(0, &call), times == WELL_KNOWN);
        }
    }
}
