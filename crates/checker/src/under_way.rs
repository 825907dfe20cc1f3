//! Measures how long writes, and reads that set a life, are on their way to the cache, and extends
//! the bounds where the network loses messages.
//!
//! A write may arrive long after its call and its request have ended. So the time counts from the
//! start of the request, found through the call that wrote the bytes. What a client sends only
//! after the time of its call extends no bound.

use crate::bounds::Bounds;
use crate::recent::Recent;
use crosswire_history::{CacheOp, CallId, CommandId, Entry, Fact};

/// The number of writes whose start is remembered: all of some seconds of a storm.
const CAPACITY: u32 = 1 << 14;

/// The writes that may be on their way.
#[derive(Default)]
pub(crate) struct UnderWay {
    /// The latest writes and touches, each with the start of its request.
    begun: Vec<Option<(CallId, CacheOp, u64)>>,
    /// The latest command that was sent after the time of its call.
    sent_late: Option<CommandId>,
}

/// Returns whether an operation sets the life of a key.
fn sets_a_life(op: CacheOp) -> bool {
    matches!(op, CacheOp::Set | CacheOp::GetEx)
}

impl UnderWay {
    /// Looks at an entry, and extends the bounds if a write took longer than they allow for.
    pub(crate) fn observe(&mut self, entry: &Entry, recent: &Recent, bounds: &mut Bounds) {
        match entry.what {
            Fact::CallBegan { call, op, .. } if bounds.loses_messages && sets_a_life(op) => {
                let request = recent.get(entry.request);
                let began_ms = request.map_or(entry.at_ms, |request| request.began_ms);
                *crate::list::slot(&mut self.begun, call.0 % CAPACITY) = Some((call, op, began_ms));
            }
            Fact::SentLate { command, .. } => self.sent_late = Some(command),
            Fact::Served { call, .. } if bounds.loses_messages => {
                // A touch may be a second command, beside the read.
                if let Some((CacheOp::GetEx, began_ms)) = self.begun(call) {
                    bounds.allow_for(entry.at_ms - began_ms);
                }
            }
            Fact::Executed { op, command, call, .. }
                if bounds.loses_messages && sets_a_life(op) =>
            {
                if self.sent_late == Some(command) {
                    return;
                }
                if let Some(began_ms) = self.began_ms(call, entry, recent) {
                    bounds.allow_for(entry.at_ms - began_ms);
                }
            }
            _ => {}
        }
    }

    /// Returns the start of the request that a write belongs to; `None` if it is forgotten.
    fn began_ms(&self, call: CallId, entry: &Entry, recent: &Recent) -> Option<u64> {
        match self.begun(call) {
            Some((_, began_ms)) => Some(began_ms),
            None => recent.get(entry.request).map(|request| request.began_ms),
        }
    }

    /// Returns the operation of a remembered call and the start of its request.
    fn begun(&self, call: CallId) -> Option<(CacheOp, u64)> {
        match self.begun.get((call.0 % CAPACITY) as usize) {
            Some(&Some((known, op, began_ms))) if known == call => Some((op, began_ms)),
            _ => None,
        }
    }
}
