//! Requests to cancel: each ends nothing but the call that it is for.
//!
//! A library that sends the next command while its request to cancel the last one is outstanding
//! lets the request hit what runs by then.

use super::{TraceInvariant, TraceJudge, name};
use crate::schedule::CallId;
use crate::trace::{Asked, CommandId, EndedBy, WireId};
use std::collections::{BTreeMap, BTreeSet};

/// What is known about requests to cancel.
#[derive(Default)]
pub(super) struct Cancels {
    /// Those that are not carried out yet, by the connection that each came on: the connection to
    /// cancel, and the call whose command was the last one there.
    outstanding: BTreeMap<WireId, (WireId, Option<CallId>)>,
    /// The connections that the server does not read from. Which command a request to cancel is
    /// for cannot be known there.
    pub(super) stalled: BTreeSet<WireId>,
}

impl TraceJudge<'_> {
    pub(super) fn asked_to_cancel(&mut self, wire: WireId, of: Option<WireId>) {
        let Some(of) = of else { return };
        if self.cancels.stalled.contains(&of) {
            return;
        }
        let last = self.commands.values().rfind(|seen| seen.wire == of);
        let call = last.and_then(|seen| seen.call);
        self.cancels.outstanding.insert(wire, (of, call));
    }

    /// A server that closes the connection of a request has carried it out, or will not.
    pub(super) fn request_ended(&mut self, wire: WireId, by: EndedBy) {
        if by != EndedBy::Client {
            self.cancels.outstanding.remove(&wire);
        }
    }

    /// Judges a command that arrives on a connection.
    pub(super) fn waits_for_cancel(&mut self, wire: WireId, call: Option<CallId>, asked: &Asked) {
        let mut outstanding = self.cancels.outstanding.values();
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
        let Some((_, meant)) = self.cancels.outstanding.remove(&wire) else { return };
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
