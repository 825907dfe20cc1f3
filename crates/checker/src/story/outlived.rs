//! Stories of values that outlived the client's own write or delete of their key.

use super::{Story, Tale};
use crate::invariants::{OwnWrite, World};
use crosswire_history::{CacheOp, CallId, Entry, What};

/// A read returned what the client of the same gateway had deleted or written over before.
pub(crate) fn outlived(entry: &Entry, own: OwnWrite, world: &World<'_>) -> Story {
    let mut tale = Tale::new(world);
    let What::Value { call, asked, returned } = entry.what else { return tale.end() };
    tale.because("an own write outlived");
    let key = tale.key(asked);
    let written = tale.search().find(|entry| {
        let CallId(writer) = returned.written_by;
        matches!(entry.what, What::Executed { op: CacheOp::Set, call, .. } if call.0 == writer)
    });
    if let Some(written) = written {
        tale.add(
            written.at_ms,
            format!("{} stores a value of {key} for {}", written.node, returned.written_by),
        );
    }
    tale.call_began(own.call, None);
    tale.add(own.ended_ms, format!("{} ends well: {key} no longer holds that value", own.call));
    tale.asked(entry.request);
    tale.call_began(call, None);
    let writer = match written {
        Some(_) => format!("that {} wrote", returned.written_by),
        None => "from before that".to_owned(),
    };
    tale.add(entry.at_ms, format!("{call} returns the value of {key} {writer}"));
    tale.end()
}
