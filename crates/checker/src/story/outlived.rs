//! Stories of values that outlived a write or a delete of their key by the client itself.

use super::builder::{Story, StoryBuilder};
use super::known::Value;
use crate::context::Context;
use crate::evidence::OwnWrite;
use crosswire_history::{CacheOp, CallId, Entry, Fact};

/// Builds the story of a read that returned what the client of the same gateway had deleted or
/// overwritten before.
pub(crate) fn outlived(entry: &Entry, own: OwnWrite, context: &Context<'_>) -> Story {
    let mut story = StoryBuilder::new(context);
    let Value { call, asked, returned } = Value::of(entry);
    story.because("an own write outlived");
    let key = story.key(asked);
    let written = story.search().find(|entry| {
        let CallId(writer) = returned.written_by;
        matches!(entry.what, Fact::Executed { op: CacheOp::Set, call, .. } if call.0 == writer)
    });
    if let Some(written) = written {
        let (node, writer) = (written.node, returned.written_by);
        let after = story.after_its_call(writer, &written);
        let whose = if after.is_empty() { format!(" for {writer}") } else { after };
        story.add(written.at_ms, format!("{node} stores a value of {key}{whose}"));
    }
    story.call_began(own.call, None);
    let nodes = story.carried_out(own, asked, entry);
    story.asked(entry.request);
    if story.has_crossed(call, returned) {
        story.crossed(entry);
    } else {
        story.call_began(call, None);
        if returned.command.0 == 0 && !story.search().is_absent(call) {
            story.remembered(entry, Some(own.call));
        } else {
            story.still_there((call, asked), returned, (own.call, &nodes));
        }
    }
    let writer = match written {
        Some(_) => format!("that {} wrote", returned.written_by),
        None => "from before that".to_owned(),
    };
    story.add(entry.at_ms, story.returned(call, asked, &writer));
    story.build()
}
