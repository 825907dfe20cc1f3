//! Requests to cancel: each ends nothing but the call that it is for.
//!
//! A library that sends the next command while its request to cancel the last one is outstanding
//! lets the request hit whatever runs by then.

use super::{TraceInvariant, TraceJudge, name};
use crate::schedule::CallId;
use crate::trace::{Asked, CommandId, WireId};
use std::collections::BTreeMap;

/// The requests to cancel that are not carried out yet, by the connection that each came on: the
/// connection to cancel, and the call whose command was the last one there.
#[derive(Default)]
pub(super) struct Cancels(BTreeMap<WireId, (WireId, Option<CallId>)>);

impl TraceJudge<'_> {
    pub(super) fn asked_to_cancel(&mut self, wire: WireId, of: Option<WireId>) {
        let Some(of) = of else { return };
        let last = self.commands.values().filter(|seen| seen.wire == of).next_back();
        let call = last.and_then(|seen| seen.call);
        self.cancels.0.insert(wire, (of, call));
    }

    /// Judges a command that arrives on a connection.
    pub(super) fn waits_for_cancel(&mut self, wire: WireId, call: Option<CallId>, asked: &Asked) {
        let mut outstanding = self.cancels.0.values();
        let other = outstanding.find(|(of, other)| *of == wire && *other != call);
        if let Some((_, other)) = other {
            let told = format!(
                "{asked} is sent on connection {wire}, where a request to cancel {} is outstanding",
                name(*other)
            );
            self.breach(TraceInvariant::Hygiene, told);
        }
    }

    pub(super) fn landed(&mut self, wire: WireId, hit: Option<CommandId>) {
        let Some((_, meant)) = self.cancels.0.remove(&wire) else { return };
        self.tested(TraceInvariant::Correlation);
        let Some(of) = hit.and_then(|hit| self.commands.get(&hit)) else { return };
        if of.call != meant {
            let told = format!(
                "the request to cancel {} ends {} of {}",
                name(meant),
                of.asked,
                name(of.call)
            );
            self.breach(TraceInvariant::Correlation, told);
        }
    }
}
