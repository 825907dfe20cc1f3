//! What devices do by themselves: recorded as a script, or repeated from one.

use super::{Fleet, Inner};
use crate::session::ClientRef;
use crosswire_history::{Id, Serial, UserId};
use crosswire_plan::{Act, Part, Script};

impl Fleet {
    /// Starts recording the acts of devices.
    pub fn keep_acts(&self) {
        let mut inner = self.inner();
        let part = |number| Part { number, acts: Vec::new() };
        let cameras = inner.cameras.ids().map(|Serial(number)| part(number)).collect();
        let phones = inner.phones.ids().map(|UserId(number)| part(number)).collect();
        inner.acts = Some(Script { cameras, phones });
    }

    /// Returns the acts of each device since [`keep_acts`](Self::keep_acts).
    pub fn acts(&self) -> Option<Script> {
        self.inner().acts.take()
    }
}

impl Inner {
    /// Notes that a device acts by itself, not in reaction to an answer: records the act if acts
    /// are recorded, and sets the device's dice to their recorded position if the act is in the
    /// script.
    pub(crate) fn acts(&mut self, client: ClientRef) {
        let now_ms = self.net.now_ms();
        let rolls = self.session(client).rolls;
        let part = match (&mut self.acts, client) {
            (Some(acts), ClientRef::Camera(at)) => Some(&mut acts.cameras[at.index()]),
            (Some(acts), ClientRef::Phone(at)) => Some(&mut acts.phones[at.index()]),
            _ => None,
        };
        if let Some(part) = part {
            let latest_ms = part.acts.last().map_or(0, |act| act.0);
            assert!(latest_ms <= now_ms, "a device acts in the order of time");
            part.acts.push(Act(now_ms, rolls));
        }
        if let Some(Act(_, rolls)) = self.scripted(client, now_ms).filter(|act| act.0 == now_ms) {
            self.session(client).rolls = rolls;
        }
    }

    /// Returns the delay until a device next acts by itself: `diced_ms`, or as the script says.
    /// `None` if the script has no further act.
    pub(crate) fn next_act(&self, client: ClientRef, diced_ms: u64) -> Option<u64> {
        if self.plan.script.is_none() {
            return Some(diced_ms);
        }
        let now_ms = self.net.now_ms();
        self.scripted(client, now_ms + 1).map(|act| act.0 - now_ms)
    }

    /// Returns the first act of a device in the script that is not before `from_ms`.
    fn scripted(&self, client: ClientRef, from_ms: u64) -> Option<Act> {
        let script = self.plan.script.as_ref()?;
        let (parts, number) = match client {
            ClientRef::Camera(at) => (&script.cameras, at.0),
            ClientRef::Phone(at) => (&script.phones, at.0),
            ClientRef::OwnershipChange(_) | ClientRef::Refresh(_) | ClientRef::Cheat(_) => {
                return None;
            }
        };
        let part = parts.binary_search_by_key(&number, |part| part.number).ok()?;
        let acts = &parts[part].acts;
        acts.get(acts.partition_point(|act| act.0 < from_ms)).copied()
    }
}
