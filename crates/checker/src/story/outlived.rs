//! Stories of values that outlived a write or a delete of their key by the client itself.

use super::{Story, Tale};
use crate::invariants::{Context, OwnWrite};
use crosswire_history::{CacheOp, CallId, Entry, What};

/// Builds the story of a read that returned what the client of the same gateway had deleted or
/// overwritten before.
pub(crate) fn outlived(entry: &Entry, own: OwnWrite, context: &Context<'_>) -> Story {
    let mut tale = Tale::new(context);
    let What::Value { call, asked, returned } = entry.what else { return tale.end() };
    tale.because("an own write outlived");
    let key = tale.key(asked);
    let written = tale.search().find(|entry| {
        let CallId(writer) = returned.written_by;
        matches!(entry.what, What::Executed { op: CacheOp::Set, call, .. } if call.0 == writer)
    });
    if let Some(written) = written {
        let (node, writer) = (written.node, returned.written_by);
        let after = tale.after_its_call(writer, &written);
        let whose = if after.is_empty() { format!(" for {writer}") } else { after };
        tale.add(written.at_ms, format!("{node} stores a value of {key}{whose}"));
    }
    tale.call_began(own.call, None);
    let nodes = tale.carried_out(own, asked, entry);
    tale.asked(entry.request);
    tale.call_began(call, None);
    if returned.command.0 == 0 {
        tale.remembered(entry, Some(own.call));
    } else {
        tale.still_there((call, asked), returned, (own.call, &nodes));
    }
    let writer = match written {
        Some(_) => format!("that {} wrote", returned.written_by),
        None => "from before that".to_owned(),
    };
    tale.add(entry.at_ms, format!("{call} returns the value of {key} {writer}"));
    tale.end()
}
