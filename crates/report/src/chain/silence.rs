//! Faults that explain why a message was lost.

use super::{Link, Sentence, add};
use crate::named::{Named, in_sentence};
use crate::recording::Recording;
use crosswire_history::{ConnId, Fact, FaultPhase, NodeId, NodeKind};

/// Adds the faults that explain why a message that the story tells of was lost: a connection on
/// which it was sent was open when connections went dead.
pub(super) fn silenced(links: &mut Vec<Link>, recording: &Recording, sentences: &[Sentence]) {
    let told = links.iter().filter(|link| matches!(link.entry.what, Fact::Published { .. }));
    let told: Vec<_> = told.filter_map(|link| Some((link.place, link.sentence?))).collect();
    for (place, sentence) in told {
        for named in in_sentence(&sentences[sentence].text) {
            let Named::Conn(conn) = named else { continue };
            if let Some(nth) = silence(recording, conn, place) {
                add(links, recording, nth);
                let added = links.iter_mut().find(|link| link.place == nth);
                added.expect("the fault was added").conn = Some(conn);
            }
        }
    }
}

/// Returns the beginning of the last fault before an entry that may have left a connection dead.
fn silence(recording: &Recording, conn: ConnId, until: usize) -> Option<usize> {
    let past = recording.entries()[..until].iter().enumerate().rev();
    let mut found = None;
    let mut ends = Vec::new();
    for (nth, entry) in past {
        match entry.what {
            Fact::Fault { index, phase: FaultPhase::Began } if found.is_none() => {
                found = recording
                    .bands()
                    .get(usize::from(index))
                    .and_then(|band| if band.is_silent { Some((nth, band)) } else { None });
            }
            Fact::Disconnected { conn: closed, .. } if closed == conn => return None,
            Fact::Connected { conn: opened, cache } if opened == conn => {
                ends = vec![entry.node, NodeId::new(NodeKind::Cache, cache)];
                break;
            }
            _ => {}
        }
    }
    let (nth, band) = found?;
    let strikes = |node: &NodeId| band.target == node.to_string();
    let all = band.target == "all" || band.target.starts_with("zone");
    if all || ends.iter().any(strikes) { Some(nth) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recording::Band;
    use crosswire_history::History;

    /// Returns where a fault on `target` explains what is lost on a connection of gateway-1 to
    /// cache-0; `closed` if the connection is closed after the fault.
    fn explained(target: &str, is_silent: bool, closed: bool) -> Option<usize> {
        let (name, about) = ("half-open".to_owned(), String::new());
        let target = target.to_owned();
        let band = Band { name, target, about, is_silent, start_ms: 2, end_ms: 3 };
        let history = History::new(Recording::new(vec![band]));
        let (journal, conn) = (history.journal(), ConnId(7));
        let [gateway, cache] = [NodeKind::Gateway, NodeKind::Cache].map(|kind| {
            let index = u16::from(kind == NodeKind::Gateway);
            NodeId::new(kind, index)
        });
        journal.record(1, gateway, Fact::Connected { conn, cache: 0 });
        journal.record(2, NodeId::HARNESS, Fact::Fault { index: 0, phase: FaultPhase::Began });
        journal.record(3, NodeId::HARNESS, Fact::Fault { index: 0, phase: FaultPhase::Ended });
        if closed {
            journal.record(4, gateway, Fact::Disconnected { conn, unread: 0 });
        }
        let text = journal.key(b"2 cam:1:1:acl");
        journal.record(5, cache, Fact::Published { text, to: 1 });
        let (recording, _) = history.close();
        silence(&recording, conn, recording.entries().len() - 1)
    }

    #[test]
    fn a_fault_explains_what_is_lost_on_a_connection_that_was_open() {
        for target in ["all", "gateway-1", "cache-0"] {
            assert_eq!(explained(target, true, false), Some(1), "{target}");
        }
        assert_eq!(explained("gateway-2", true, false), None, "it struck another node");
        assert_eq!(explained("all", false, false), None, "it leaves no connection dead");
        assert_eq!(explained("all", true, true), None, "the connection was closed since");
    }
}
