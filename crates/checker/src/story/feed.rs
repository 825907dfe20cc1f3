//! Published changes: what a gateway could have heard of a change, and whether it lost the
//! connection on which it had subscribed.

use super::builder::{StoryBuilder, counted};
use crosswire_history::{Fact, KeyId, NodeId};

/// The time before the publication of a change in which a lost feed may have missed it.
const BEFORE_MS: u64 = 2_000;

impl StoryBuilder<'_> {
    /// Adds what a gateway could have heard of a change of `key` between the two times.
    pub(super) fn published(&mut self, gateway: NodeId, key: KeyId, (from_ms, to_ms): (u64, u64)) {
        let past = self.past();
        let name = past.key_name(key);
        let published = self.search().find_map(|entry| match entry.what {
            Fact::Published { text, to }
                if (from_ms..=to_ms).contains(&entry.at_ms)
                    && past.key_name(text).ends_with(&name) =>
            {
                Some((entry.at_ms, entry.node, to))
            }
            _ => None,
        });
        let from_ms = published.map_or(from_ms, |(at_ms, ..)| at_ms);
        if let Some((at_ms, node, to)) = published {
            self.because("change published");
            let to = match usize::from(to) {
                0 => "nobody".to_owned(),
                to => counted(to, "connection", "connections"),
            };
            let key = self.key(key);
            let feeds = self.search().feeds(gateway, Some(node), |text| past.key_name(text));
            let own = match feeds.first() {
                Some(conn) => format!("; that of {gateway} is {conn}"),
                None => String::new(),
            };
            self.add(at_ms, format!("{node} tells {to} that {key} was changed{own}"));
        }
        self.feed_lost(
            gateway,
            published.map(|(_, node, _)| node),
            (from_ms.saturating_sub(BEFORE_MS), to_ms),
        );
    }

    /// Adds the loss of a connection on which the gateway had subscribed.
    pub(super) fn feed_lost(
        &mut self,
        gateway: NodeId,
        cache: Option<NodeId>,
        (from_ms, to_ms): (u64, u64),
    ) {
        let past = self.past();
        let feeds = self.search().feeds(gateway, cache, |text| past.key_name(text));
        let lost = self.search().find_map(|entry| match entry.what {
            Fact::Disconnected { conn, .. }
                if (from_ms..=to_ms).contains(&entry.at_ms) && feeds.contains(&conn) =>
            {
                Some((entry.at_ms, conn))
            }
            _ => None,
        });
        if let Some((at_ms, conn)) = lost {
            self.because("feed lost");
            self.add(at_ms, format!("{gateway} loses {conn}, on which it is told of changes"));
        }
    }
}
