//! Replies lost on a connection that many calls share, so that each later call is handed the reply
//! behind the one it waits for.

use super::builder::StoryBuilder;
use super::shift::Sent;
use crosswire_history::{ConnId, Entry, Fact};

impl StoryBuilder<'_> {
    /// Explains the first stray reply on a connection if it is the one behind the reply that its
    /// call waited for: one before it was lost, probably one of two that arrived in one piece.
    /// Returns whether that happened.
    pub(super) fn reply_lost(&mut self, conn: ConnId, entry: &Entry) -> bool {
        let search = self.search();
        let commands = search.commands_on(conn);
        let first = search.first_astray(&commands, entry);
        // Without a value that went astray, `entry` itself may be an answer without one.
        let Fact::Value { call, asked, returned } = first.what else { return false };
        let Some(began) = search.call(call) else { return false };
        let is_own = |sent: &Sent| {
            let in_time = (began.at_ms..=first.at_ms).contains(&sent.at_ms);
            sent.call == call || (sent.call.0 == 0 && sent.key == asked && in_time)
        };
        let own = match commands.iter().rev().find(|(_, sent)| is_own(sent)) {
            Some((&own, _)) if own < returned.command => own,
            _ => return false,
        };
        self.because("reply lost");
        let before: Vec<_> = commands.range(..own).map(|(_, sent)| sent).collect();
        let together = before.windows(2).rev().find(|pair| pair[0].at_ms == pair[1].at_ms);
        if let Some([one, other]) = together
            && let Some(cache) = search.cache_of(conn)
        {
            self.because("replies in one piece");
            let (at_ms, one, other) = (one.at_ms, self.key(one.key), self.key(other.key));
            let line = format!(
                "{cache} answers the commands for {one} and {other} on {conn} in one piece"
            );
            self.add(at_ms, line);
        }
        let line = format!(
            "{call} is handed the reply behind its own: one before it has been lost on {conn}"
        );
        self.add(first.at_ms, line);
        true
    }
}
