//! Steps of the server: what it sends, withholds and ends. Each returns the reason if it is
//! skipped.

use super::{Drive, Stop};
use crate::schedule::{At, CallId, Where};
use crate::server::Instead;
use crate::trace::{EndedBy, WireId};

impl Drive<'_> {
    pub(super) fn send(
        &mut self,
        call: CallId,
        cut: Option<At>,
        instead: Option<Instead>,
    ) -> Option<&'static str> {
        let arrived = &self.calls[&call].arrived;
        let Some((command, _)) = self.server.owed(arrived) else {
            return Some(if arrived.is_empty() {
                "nothing of the call has arrived"
            } else {
                "its connection is gone, or all that arrived is answered"
            });
        };
        match self.server.send(command, cut, instead) {
            Some(sent) => {
                self.facts.extend(sent);
                None
            }
            None => Some("the protocol has no such reply to its command"),
        }
    }

    pub(super) fn hang_up(
        &mut self,
        call: CallId,
        place: Where,
        by: EndedBy,
    ) -> Result<Option<&'static str>, Stop> {
        let wire = match place {
            Where::Waiting => {
                let arrived = &self.calls[&call].arrived;
                let Some((_, wire)) = self.server.owed(arrived) else {
                    return Ok(Some("the call waits on no connection"));
                };
                wire
            }
            Where::Idle => match self.last_used(call) {
                Ok(wire) if self.server.is_waited_on(wire) => {
                    return Ok(Some("a reply is outstanding on its connection"));
                }
                Ok(wire) => wire,
                Err(why) => return Ok(Some(why)),
            },
        };
        if self.server.is_open(wire) {
            self.facts.push(self.server.hang_up(wire, by)?);
        }
        Ok(None)
    }

    /// Returns the connection that a call used last, or the reason for its absence.
    fn last_used(&self, call: CallId) -> Result<WireId, &'static str> {
        let arrived = &self.calls[&call].arrived;
        match self.server.last_used(arrived) {
            Some(wire) => Ok(wire),
            None if arrived.is_empty() => Err("nothing of the call has arrived"),
            None => Err("its connection is gone"),
        }
    }

    pub(super) fn stall(&mut self, call: CallId) -> Option<&'static str> {
        match self.last_used(call) {
            Ok(wire) => {
                self.facts.push(self.server.stall(wire));
                None
            }
            Err(why) => Some(why),
        }
    }

    pub(super) fn resume(&mut self, call: CallId) -> Option<&'static str> {
        let wire = match self.last_used(call) {
            Ok(wire) => wire,
            Err(why) => return Some(why),
        };
        match self.server.resume(wire) {
            Some(fact) => {
                self.facts.push(fact);
                None
            }
            None => Some("its connection is not stalled"),
        }
    }

    /// Carries out a request to cancel what the connection that a call used last runs.
    pub(super) fn land(&mut self, call: CallId) -> Result<Option<&'static str>, Stop> {
        let wire = match self.last_used(call) {
            Ok(wire) => wire,
            Err(why) => return Ok(Some(why)),
        };
        match self.server.land(wire)? {
            Some(landed) => {
                self.facts.extend(landed);
                Ok(None)
            }
            None => Ok(Some("nobody has asked to cancel what its connection runs")),
        }
    }

    /// Says that the value of the first key of a call has changed.
    pub(super) fn invalidate(&mut self, call: CallId) -> Option<&'static str> {
        let wire = match self.last_used(call) {
            Ok(wire) => wire,
            Err(why) => return Some(why),
        };
        let key = self.first_key(call);
        match self.server.invalidate(wire, &key) {
            Ok(fact) => {
                self.facts.push(fact);
                None
            }
            Err(why) => Some(why),
        }
    }

    /// Returns the first key of a call.
    fn first_key(&self, call: CallId) -> String {
        let asked = &self.calls[&call].expected;
        let (asked, _) = asked.first().expect("a call whose command arrived has a command");
        asked.keys().first().expect("a command has a key").clone()
    }

    pub(super) fn send_extra(&mut self, call: CallId) -> Option<&'static str> {
        let wire = match self.last_used(call) {
            Ok(wire) => wire,
            Err(why) => return Some(why),
        };
        let key = self.first_key(call);
        match self.server.send_extra(wire, &key) {
            Ok(fact) => {
                self.facts.push(fact);
                None
            }
            Err(why) => Some(why),
        }
    }
}
