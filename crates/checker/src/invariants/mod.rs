//! The invariants, one per file: what each promises, and how often it was really tested.
//!
//! An invariant keeps what it needs of what is in flight and adds violations to the report. It sees
//! every entry, so its `observe` begins with one `match` that lets most of them through. A new
//! invariant is a file here and a line in the list below.

mod authorised;
mod binding;
mod correlation;
mod denial;
mod duplicates;
mod freshness;
mod hygiene;
mod identity;
mod lossless;
mod own_writes;
mod principal;
mod provenance;
mod recovery;
mod settlement;
mod transfer;
mod zombie;

pub(crate) use freshness::Acked;
pub(crate) use own_writes::OwnWrite;
pub(crate) use transfer::Tie;

use crate::bounds::Bounds;
use crate::ledger::Ledger;
use crate::recent::Recent;
use crate::report::Report;
use crosswire_history::Entry;
use crosswire_history::journal::RecentView;
use serde::Serialize;
use std::collections::BTreeMap;

/// The id, the name and the promise of an invariant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct About {
    /// The id, such as `I1`.
    pub id: &'static str,
    /// The name.
    pub name: &'static str,
    /// The promise, in one sentence.
    pub summary: &'static str,
}

/// The state that an invariant may consult besides the entry.
#[derive(Clone, Copy)]
pub(crate) struct Context<'a> {
    pub(crate) bounds: &'a Bounds,
    pub(crate) ledger: &'a Ledger,
    pub(crate) recent: &'a Recent,
    pub(crate) past: RecentView<'a>,
}

/// A promise that a run must keep.
pub(crate) trait Invariant: Default {
    /// The id, the name and the promise.
    const ABOUT: About;

    /// Looks at an entry, which the ledger has already seen.
    fn observe(&mut self, entry: &Entry, context: &Context<'_>, report: &mut Report);

    /// Ends the run.
    fn finish(&mut self, _end_ms: u64, _world: &Context<'_>, _docket: &mut Report) {}

    /// Returns how often the promise was really tested.
    fn checked(&self) -> u64;
}

macro_rules! invariants {
    ($($file:ident::$kind:ident),+ $(,)?) => {
        /// All invariants. They see each entry in the order of their ids.
        #[derive(Default)]
        pub(crate) struct Invariants {
            $($file: $file::$kind),+
        }

        impl Invariants {
            #[inline]
            pub(crate) fn observe(&mut self, entry: &Entry, context: &Context<'_>, report: &mut Report) {
                $(self.$file.observe(entry, context, report);)+
            }

            pub(crate) fn finish(&mut self, end_ms: u64, context: &Context<'_>, report: &mut Report) {
                $(self.$file.finish(end_ms, context, report);)+
            }

            pub(crate) fn checked(&self) -> BTreeMap<String, u64> {
                BTreeMap::from([
                    $((<$file::$kind as Invariant>::ABOUT.id.to_owned(), self.$file.checked())),+
                ])
            }
        }

        /// Returns every invariant that is checked, in the order of their ids.
        pub fn invariants() -> &'static [About] {
            const ALL: &[About] = &[$(<$file::$kind as Invariant>::ABOUT),+];
            ALL
        }
    };
}

invariants![
    authorised::Authorised,
    binding::Binding,
    provenance::Provenance,
    correlation::Correlation,
    freshness::Freshness,
    transfer::Transfer,
    hygiene::Hygiene,
    principal::Principals,
    identity::Identity,
    duplicates::Duplicates,
    lossless::Lossless,
    settlement::Settlement,
    recovery::Recovery,
    denial::Denial,
];

#[cfg(test)]
mod tests {
    #[test]
    fn no_two_invariants_share_an_identity() {
        for (at, one) in super::invariants().iter().enumerate() {
            for other in &super::invariants()[..at] {
                assert_ne!(one.id, other.id);
                assert_ne!(one.name, other.name);
                assert_ne!(one.summary, other.summary);
            }
        }
    }
}
