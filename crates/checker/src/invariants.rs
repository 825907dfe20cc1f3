//! The invariants, one per file: what each promises, and how often it was really tested.
//!
//! An invariant keeps what it needs of what is in flight and adds violations to the report. It sees
//! every entry, so its `observe` begins with one `match` that lets most of them through. A new
//! invariant is a file in `invariants/` and a line in the list below.

mod announced;
mod authorised;
mod binding;
mod correlation;
mod denial;
mod duplicates;
mod freshness;
mod hygiene;
mod identity;
pub(crate) mod invariant;
mod kinds;
mod lossless;
mod own_writes;
mod principal;
mod provenance;
mod recovery;
mod rights;
mod settlement;
mod transfer;
mod zombie;

use crate::about::{About, InvariantId};
use crate::context::Context;
use crate::report::Report;
use crosswire_history::Entry;
use invariant::Invariant;
use std::collections::BTreeMap;

macro_rules! invariants {
    ($($file:ident::$kind:ident),+ $(,)?) => {
        /// All invariants. They see each entry in the order of their ids.
        #[derive(Default)]
        pub(crate) struct Invariants {
            $($file: $file::$kind),+
        }

        impl Invariants {
            #[inline]
            pub(crate) fn observe(
                &mut self,
                entry: &Entry,
                context: &Context<'_>,
                report: &mut Report,
            ) {
                $(self.$file.observe(entry, context, report);)+
            }

            pub(crate) fn finish(
                &mut self,
                end_ms: u64,
                context: &Context<'_>,
                report: &mut Report,
            ) {
                $(self.$file.finish(end_ms, context, report);)+
            }

            pub(crate) fn checked(&self) -> BTreeMap<InvariantId, u64> {
                BTreeMap::from([
                    $((<$file::$kind as Invariant>::ABOUT.id, self.$file.checked())),+
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
