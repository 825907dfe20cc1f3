//! What did not reach somebody in time, and a service that did not come back.

use super::{Story, Tale};
use crate::invariants::World;
use crosswire_history::{Change, Entry, EventId, UserId, What};

/// An event did not reach somebody in time.
pub(crate) fn lost(user: UserId, event: EventId, bound_ms: u64, world: &World<'_>) -> Story {
    let mut tale = Tale::new(world);
    let search = tale.search();
    let stored = search.find(|entry| stores(entry, event));
    if let Some(stored) = stored {
        tale.add(stored.at_ms, format!("the directory stores {event}"));
    }
    if let Some(acked) = search.find(|entry| entry.what == What::Acked { event }) {
        tale.add(acked.at_ms, format!("{} is told that {event} is kept", event.device));
    }
    tale.add(bound_ms, format!("{user} should have received {event} by now"));
    if let Some(stored) = stored {
        tale.calls_fared(stored.at_ms, bound_ms);
    }
    let late = search.find(|entry| {
        matches!(entry.what, What::Delivered { user: reached, origin: Some(origin), .. }
            if reached == user && origin.event == event && entry.at_ms > bound_ms)
    });
    match late {
        Some(late) => {
            tale.because("received too late");
            tale.add(late.at_ms, format!("{user} receives {event}, too late"));
        }
        None => tale.because("never received"),
    }
    tale.end()
}

/// A camera was told that an event is kept, and it is not.
pub(crate) fn never_stored(event: EventId, at_ms: u64, world: &World<'_>) -> Story {
    let mut tale = Tale::new(world);
    let captured = tale.search().find(
        |entry| matches!(entry.what, What::Captured { event: captured, .. } if captured == event),
    );
    if let Some(captured) = captured {
        tale.add(captured.at_ms, format!("{} records {event}", event.device));
    }
    tale.because("never stored");
    let device = event.device;
    tale.add(
        at_ms,
        format!("{device} is told that {event} is kept; the directory never stored it"),
    );
    tale.end()
}

/// The service did not come back.
pub(crate) fn unrecovered(at_ms: u64, found: String, world: &World<'_>) -> Story {
    let mut tale = Tale::new(world);
    let terms = world.terms;
    if terms.faults() {
        tale.add(terms.first_fault_ms, "the first fault begins".to_owned());
        tale.add(terms.faults_end_ms, "the last fault ends".to_owned());
    }
    tale.add(terms.recovered_ms(), "the service should have recovered by now".to_owned());
    tale.calls_fared(terms.recovered_ms(), at_ms);
    tale.add(at_ms, found);
    tale.end()
}

fn stores(entry: &Entry, wanted: EventId) -> bool {
    matches!(entry.what, What::Committed { change: Change::Stored { event, .. }, .. } if event == wanted)
}
