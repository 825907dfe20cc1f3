//! What a client offers beyond the basic calls, and what is required of one that does.

use super::SEVERAL;
use crosswire_history::{CacheOp, Offer};
use std::collections::BTreeMap;

/// The use of an offer.
pub(crate) struct Use {
    offer: Offer,
    /// The situation that a client declares it.
    pub(crate) offered: &'static str,
    /// The operation of the calls.
    op: CacheOp,
    /// The situation that such a call did something, required of a client that declares the offer
    /// if there were [`SEVERAL`] calls.
    pub(crate) used: &'static str,
}

/// The uses that are required. How often users without cameras come back is up to the scenario, so
/// `known-absent-hit` is not among them.
pub(crate) const USES: [Use; 6] = [
    Use {
        offer: Offer::MultiSet,
        offered: "multi-set-offered",
        op: CacheOp::Mset,
        used: "batch-written",
    },
    Use {
        offer: Offer::MultiDelete,
        offered: "multi-delete-offered",
        op: CacheOp::Mdel,
        used: "batch-deleted",
    },
    Use {
        offer: Offer::GetAndTouch,
        offered: "get-and-touch-offered",
        op: CacheOp::GetEx,
        used: "touched",
    },
    Use {
        offer: Offer::Counters,
        offered: "counters-offered",
        op: CacheOp::Incr,
        used: "counter-read",
    },
    Use {
        offer: Offer::Expiry,
        offered: "expiry-offered",
        op: CacheOp::Expire,
        used: "life-shortened",
    },
    Use {
        offer: Offer::Invalidations,
        offered: "invalidations-offered",
        op: CacheOp::Changes,
        used: "changes-named",
    },
];

/// The situations of offers that are in no [`Use`].
const OTHERS: [&str; 4] =
    ["negative-entries-offered", "batch-failed-in-part", "known-absent-hit", "changes-missed"];

/// Returns whether only a client that offers more than the basic calls can reach a situation.
pub fn is_of_an_offer(name: &str) -> bool {
    USES.iter().any(|known| [known.offered, known.used].contains(&name)) || OTHERS.contains(&name)
}

/// The declared offers, and the calls that use them.
#[derive(Default)]
pub(super) struct Offers {
    declared: [bool; Offer::ALL.len()],
    /// In the order of [`USES`].
    calls: [u64; USES.len()],
}

impl Offers {
    /// Notes that the client declares an offer.
    pub(super) fn declared(&mut self, offer: Offer) {
        self.declared[offer as usize] = true;
    }

    /// Notes a call. A batch of one part cannot fail in part, and does not count.
    #[inline]
    pub(super) fn called(&mut self, op: CacheOp, keys: u16) {
        // The basic operations come first, and are most calls.
        let is_batch = matches!(op, CacheOp::Mset | CacheOp::Mdel);
        if op > CacheOp::Other
            && (!is_batch || keys > 1)
            && let Some(at) = USES.iter().position(|known| known.op == op)
        {
            self.calls[at] += 1;
        }
    }

    /// Returns the situations that the client cannot reach, or that too few calls could reach.
    pub(super) fn not_applicable(
        &self,
        reach: &BTreeMap<String, u64>,
    ) -> Vec<(&'static str, String)> {
        let mut found = Vec::new();
        let lacks = |offer: Offer| !self.declared[offer as usize];
        for (Use { offer, used, .. }, calls) in USES.iter().zip(self.calls) {
            let (named, wanted) = (offer.name(), reach.contains_key(*used));
            if lacks(*offer) {
                if wanted {
                    found.push((*used, format!("the client does not declare {named}")));
                }
            } else if calls < SEVERAL && !wanted {
                found.push((*used, format!("the service made few calls for {named}")));
            }
        }
        let rare = [
            ("known-absent-hit", lacks(Offer::NegativeEntries), "negative entries"),
            ("changes-missed", lacks(Offer::Invalidations), "invalidations"),
            (
                "batch-failed-in-part",
                lacks(Offer::MultiSet) && lacks(Offer::MultiDelete),
                "multi-set or multi-delete",
            ),
        ];
        for (used, lacks, named) in rare {
            if lacks && reach.contains_key(used) {
                found.push((used, format!("the client does not declare {named}")));
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{GATEWAY, Tape};
    use crate::{Bounds, Together};
    use crosswire_history::Fact;

    /// Plays `calls` increments of a client that declares counters or nothing; each returns its
    /// number if they `count`. Returns what the run lacks of the counter's use, and why it may.
    fn lacks(declares: bool, (calls, count): (u32, bool), reach: &[&str]) -> (bool, Vec<String>) {
        let reach: BTreeMap<_, _> = reach.iter().map(|name| ((*name).to_owned(), 1)).collect();
        let mut tape = Tape::new(Bounds { reach: reach.clone(), ..Bounds::default() });
        if declares {
            tape.on(GATEWAY, Fact::Offered { offer: Offer::Counters });
        }
        for call in 1..=calls {
            tape.calls(1, call, CacheOp::Incr, "k", 1);
            if count {
                tape.ends(1, call);
            } else {
                tape.fails(1, call);
            }
        }
        let findings = tape.finish(90_000);
        let lacking = Together::of(&findings).lacking(&reach);
        let lacks = lacking.iter().any(|missing| missing.situation == "counter-read");
        let why = findings.not_applicable.into_iter();
        (lacks, why.filter(|found| found.name == "counter-read").map(|found| found.why).collect())
    }

    #[test]
    fn a_declared_offer_must_be_of_use() {
        assert_eq!(lacks(true, (60, true), &[]), (false, vec![]));
        assert_eq!(lacks(true, (60, false), &[]), (true, vec![]));
        let few = vec!["the service made few calls for counters".to_owned()];
        assert_eq!(lacks(true, (9, false), &[]), (false, few));
    }

    #[test]
    fn what_is_not_declared_is_not_required_and_named_only_if_a_scenario_requires_it() {
        assert_eq!(lacks(false, (0, false), &[]), (false, vec![]));
        let why = vec!["the client does not declare counters".to_owned()];
        assert_eq!(lacks(false, (0, false), &["counter-read"]), (false, why));
    }
}
