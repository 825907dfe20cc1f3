//! The situations that a fact names.

use super::Situation;
use crosswire_history::{Offer, Trick};

/// Returns the situation that a client declares an offer.
pub(super) fn offered(offer: Offer) -> Situation {
    match offer {
        Offer::MultiSet => Situation::MultiSetOffered,
        Offer::MultiDelete => Situation::MultiDeleteOffered,
        Offer::GetAndTouch => Situation::GetAndTouchOffered,
        Offer::Counters => Situation::CountersOffered,
        Offer::NegativeEntries => Situation::NegativeEntriesOffered,
        Offer::Expiry => Situation::ExpiryOffered,
        Offer::Invalidations => Situation::InvalidationsOffered,
    }
}

/// Returns the situation that a dishonest device tries something.
pub(super) fn tried(trick: Trick) -> Situation {
    match trick {
        Trick::ForeignEvent => Situation::ForeignEventAsked,
        Trick::OldEvent => Situation::OldEventAsked,
        Trick::SwappedEvent | Trick::MadeUpSignature | Trick::MovedExpiry => Situation::ForgedLink,
        Trick::ExpiredLink => Situation::ExpiredLink,
        Trick::ForeignUpload => Situation::ForeignUpload,
    }
}
