//! An entry of the history in words, and who sent the request behind it.

use crate::diagram::label;
use crate::named::{Named, in_entry};
use crate::recording::Recording;
use crosswire_history::{Entry, Fact, Principal, RequestId};
use crosswire_output::format::printable;

/// Who sent each request, and to which gateway.
pub(super) struct Senders(Vec<Option<(Principal, u16)>>);

impl Senders {
    /// Collects the senders of all requests.
    pub(super) fn of(entries: &[Entry]) -> Self {
        let mut senders = Vec::new();
        for entry in entries {
            let sender = match entry.what {
                Fact::Issued { by, gateway, .. } => (by, gateway),
                Fact::Arrived { by, .. } => (by, entry.node.index),
                _ => continue,
            };
            let nth = entry.request.0 as usize;
            if senders.len() <= nth {
                senders.resize(nth + 1, None);
            }
            senders[nth].get_or_insert(sender);
        }
        Self(senders)
    }

    /// Returns the sender of a request and its gateway.
    pub(super) fn get(&self, request: RequestId) -> Option<(Principal, u16)> {
        *self.0.get(request.0 as usize)?
    }

    /// Returns the sender of each request, by number.
    pub(super) fn all(&self) -> &[Option<(Principal, u16)>] {
        &self.0
    }
}

/// Returns an entry in printable words, with its subject if that is not where it was recorded.
pub(super) fn words(entry: &Entry, recording: &Recording) -> String {
    match entry.what {
        Fact::Connected { conn, cache } => return format!("{conn} to cache-{cache} is opened"),
        Fact::Disconnected { conn, unread: 0 } => return format!("{conn} is closed"),
        Fact::Disconnected { conn, unread } => {
            let replies =
                if unread == 1 { "one reply".to_owned() } else { format!("{unread} replies") };
            return format!("{conn} is closed with {replies} unread");
        }
        Fact::Acked { event } => return format!("{} learns that {event} is stored", event.device),
        _ => {}
    }
    let label = match entry.what {
        Fact::Delivered { user, .. } => format!("{user} {}", label(entry, recording)),
        Fact::Captured { event, .. } => format!("{} {}", event.device, label(entry, recording)),
        _ => label(entry, recording),
    };
    if !label.is_empty() {
        // Nothing of a key that consists of these steers anything; most do.
        let plain = label.bytes().all(|byte| matches!(byte, b' '..=b'~'));
        return if plain { label } else { printable(&label) };
    }
    printable(&match entry.what {
        Fact::Asked { op, device, user, .. } => {
            format!("wants {}: {device}, {user}", op.purpose())
        }
        Fact::Cloned { device, home, .. } => {
            format!("shows the identity of {device} in {home}'s home")
        }
        Fact::TurnedAway => "turns a query away: its queue is full".to_owned(),
        Fact::Gauge {
            directory_queue,
            directory_busy,
            directory_served,
            backlog,
            offline,
            in_flight,
        } => format!(
            "directory: {directory_served} served, {directory_busy} being served, \
             {directory_queue} queued; {in_flight} requests in flight; {offline} cameras offline; \
             {backlog} events not uploaded"
        ),
        _ => other(entry, recording),
    })
}

/// Returns the name of a fact and the ids in it.
fn other(entry: &Entry, recording: &Recording) -> String {
    let name = format!("{:?}", entry.what);
    let name = name.split([' ', '{', '(']).next().unwrap_or_default();
    let mut text = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && !text.is_empty() {
            text.push(' ');
        }
        text.push(c.to_ascii_lowercase());
    }
    for named in in_entry(entry, recording) {
        let id = match named {
            Named::Call(call) => call.to_string(),
            Named::Command(command) => command.to_string(),
            Named::Conn(conn) => conn.to_string(),
            Named::User(user) => user.to_string(),
            Named::Event(event) => event.to_string(),
            Named::Device(_) | Named::Request(_) | Named::Node(_) | Named::Key(_) => continue,
        };
        text.extend([" ", &id]);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recording::Band;
    use crosswire_history::{ConnId, FaultPhase, NodeId};

    #[test]
    fn facts_without_a_label_have_words() {
        let (name, target) = ("cache-slow".to_owned(), "cache-1\u{1b}".to_owned());
        let (about, is_silent) = (String::new(), false);
        let band = Band { name, target, about, is_silent, start_ms: 1, end_ms: 2 };
        let recording = Recording::new(vec![band]);
        let words = |what| {
            let (node, request) = (NodeId::HARNESS, RequestId(0));
            words(&Entry { at_ms: 1, node, request, what }, &recording)
        };
        let fault = |index| words(Fact::Fault { index, phase: FaultPhase::Began });
        assert_eq!(fault(0), "cache-slow on cache-1\u{fffd} begins");
        assert_eq!(fault(7), "fault 7 begins");
        assert_eq!(words(Fact::LongValue { conn: ConnId(3), bytes: 9 }), "long value conn-3");
    }
}
