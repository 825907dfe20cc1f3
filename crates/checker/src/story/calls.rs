//! The outcome of the client's calls: an event may be late or lost because the client failed or was
//! slow.

use super::builder::{Story, StoryBuilder};
use crate::conduct::{ENOUGH, PART};
use crate::context::Context;
use crosswire_history::{CallId, CallOutcome, Fact, RequestId};
use std::collections::BTreeMap;

/// Builds the story of something that a request began and that did not end in time; `found` says
/// what.
pub(crate) fn overdue(
    request: RequestId,
    bound_ms: u64,
    found: String,
    context: &Context<'_>,
) -> Story {
    let mut story = StoryBuilder::new(context);
    story.asked(request);
    let last = story.search().find_map(|entry| match entry.what {
        Fact::CallBegan { call, .. }
            if entry.request == request && request.0 != 0 && entry.at_ms <= bound_ms =>
        {
            Some(call)
        }
        _ => None,
    });
    if let Some(call) = last {
        story.call_began(call, None);
    }
    story.add(bound_ms, found);
    story.build()
}

impl StoryBuilder<'_> {
    /// Adds a line if many of the client's calls failed or were given up between two times. A
    /// client may refuse calls and promises no capacity, so the reader of the story has to know.
    pub(super) fn calls_fared(&mut self, from_ms: u64, to_ms: u64) {
        let Fared { well, not, took_ms } = self.fared(from_ms, to_ms);
        let all = well + not;
        if all < ENOUGH || not * PART < all {
            return;
        }
        let took = match took_ms.checked_div(well) {
            Some(average_ms) => format!("; those that did took {average_ms} ms"),
            None => String::new(),
        };
        let line =
            format!("{not} of {all} calls of the cache client have not ended well meanwhile{took}");
        self.add(to_ms, line);
    }

    fn fared(&self, from_ms: u64, to_ms: u64) -> Fared {
        let mut ended: BTreeMap<CallId, (u64, bool)> = BTreeMap::new();
        let mut fared = Fared::default();
        let latest = self.search().0.latest().skip_while(|entry| entry.at_ms > to_ms);
        for entry in latest.take_while(|entry| entry.at_ms >= from_ms) {
            match entry.what {
                Fact::CallEnded { call, outcome } => {
                    let well = matches!(outcome, CallOutcome::Hit | CallOutcome::Miss);
                    ended.insert(call, (entry.at_ms, well));
                }
                Fact::CallBegan { call, .. } => match ended.remove(&call) {
                    Some((ended_ms, true)) => {
                        fared.well += 1;
                        fared.took_ms += ended_ms - entry.at_ms;
                    }
                    Some((_, false)) => fared.not += 1,
                    // The call ended later.
                    None => {}
                },
                _ => {}
            }
        }
        fared
    }
}

/// Calls that began and ended within a span of time.
#[derive(Default)]
struct Fared {
    well: u64,
    not: u64,
    /// The total duration of those that ended well.
    took_ms: u64,
}
