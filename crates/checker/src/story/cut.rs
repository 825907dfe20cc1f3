//! Commands of which only half was written, so that a cache took the beginning of the next for the
//! rest.

use super::builder::StoryBuilder;
use super::known::CallBegan;
use super::search::Search;
use super::shift::{is_dropped, surely_right};
use crosswire_history::{CallId, ConnId, Entry, Fact, KeyId};

/// A command as a cache read it, which no call sent like that.
struct Cut {
    read: Entry,
    /// The call whose first half it was.
    call: CallId,
    /// The key, as the cache read it.
    key: KeyId,
}

impl StoryBuilder<'_> {
    /// Explains a command on `conn` that was cut in two, unless a reply has gone to the correct
    /// call there since. Returns whether there is one.
    pub(super) fn cut_in_two(&mut self, conn: ConnId, entry: &Entry) -> bool {
        let search = self.search();
        let Some(Cut { read, call, key }) = search.cut_on(conn, entry) else { return false };
        self.because("half a command");
        self.call_began(call, Some(conn));
        if let Some(ended) = search.ended(call).filter(|ended| ended.at_ms <= read.at_ms) {
            let how = if is_dropped(&ended) { "is dropped" } else { "ends" };
            let why = search.reason(&ended).unwrap_or_default();
            self.add(ended.at_ms, format!("{why}{call} {how} in mid-write on {conn}"));
        }
        let text = self.past().key_name(key).escape_debug().to_string();
        self.add(
            read.at_ms,
            format!(
                "{} reads \"{text}\" on {conn}, for which no call has asked: half a command of {call} \
                 with the next one behind it",
                read.node
            ),
        );
        true
    }
}

impl Search<'_> {
    /// Returns the latest command on a connection that was cut, up to `entry`.
    fn cut_on(self, wanted: ConnId, entry: &Entry) -> Option<Cut> {
        let commands = self.commands_on(wanted);
        for past in self.0.latest().skip_while(|past| *past != entry) {
            match past.what {
                Fact::Value { .. } if surely_right(&past.what, &commands).is_some() => return None,
                Fact::Executed { conn, call, key, .. } | Fact::Rejected { conn, call, key, .. }
                    if conn == wanted && self.is_half_of(key, call) =>
                {
                    return Some(Cut { read: *past, call, key });
                }
                _ => {}
            }
        }
        None
    }

    /// Returns whether a key, as a cache read it, is the beginning of a call's key and then the
    /// beginning of a command: of the announced length, and with another command's bytes for the
    /// rest.
    fn is_half_of(self, read: KeyId, wanted: CallId) -> bool {
        let Some(began) = self.call(wanted) else { return false };
        let key = CallBegan::of(&began).key;
        let (read, key) = (self.0.key_bytes(read), self.0.key_bytes(key));
        let same = read.iter().zip(key).take_while(|(one, other)| one == other).count();
        same > 0 && read.len() == key.len() && read.get(same) == Some(&b'*')
    }
}

#[cfg(test)]
mod tests;
