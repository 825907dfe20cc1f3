//! Policies for announcing uploads to phones.

use crate::directory::Stored;

/// Correct: an event is announced when it is first stored, and not again when the camera uploads it
/// again because the answer was lost.
pub(super) fn when_stored(stored: Stored) -> bool {
    stored.first_time
}

/// Mechanism 20, zombie write, at delivery. Every upload is announced, so that a gateway that dies
/// between storing and announcing does not cost a push; nothing records which events were
/// announced. The trigger is a camera that uploads again because its upload timed out or its
/// connection broke before the answer: its users are notified twice of one event. We know of no
/// public report of exactly this; the field calls it at-least-once delivery to a consumer that does
/// not deduplicate.
pub(super) fn at_each_upload(_: Stored) -> bool {
    true
}
