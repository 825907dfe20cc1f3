//! CLIENT TRACKING in broadcast mode: a connection receives the name of every key that changes.
//!
//! The messages go to the connection that REDIRECT names, which must have subscribed: in RESP2
//! nothing else can carry them. A key is announced after each command that changes it: a write, a
//! new expiry, a delete, an eviction. FLUSHDB and FLUSHALL are announced by a nil in place of the
//! keys.
//!
//! Intended differences from Redis 7.0:
//! * There is no default mode, in which the server remembers who has read which key.
//! * REDIRECT takes the connection itself or one that has subscribed, and no other.
//! * Expired keys are dropped, and so announced, at the latest when a connection that has
//!   subscribed sends its next command. Redis does so in a background job some time after.

use super::pubsub::Channels;
use super::{Call, NOT_AN_INTEGER, Refused, SYNTAX};
use crate::resp;
use bytes::{Bytes, BytesMut};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The channel of the announcements.
const CHANNEL: &[u8] = b"__redis__:invalidate";

/// What one connection tracks.
#[derive(Debug)]
struct Tracker {
    /// The number of the connection that receives the names, if any.
    to: Option<u64>,
    /// The beginnings of the keys; the empty one fits all. Each has a separate message.
    prefixes: BTreeSet<Bytes>,
    /// Leaves out what the connection changes itself.
    no_loop: bool,
}

/// The tracking connections, by number.
#[derive(Debug, Default)]
pub(super) struct Trackers(BTreeMap<u64, Tracker>);

impl Trackers {
    /// Returns whether anyone tracks anything.
    pub(super) fn any(&self) -> bool {
        !self.0.is_empty()
    }

    /// Ends the tracking of a connection.
    pub(super) fn hang_up(&mut self, id: u64) {
        self.0.remove(&id);
    }

    /// Announces keys that the connection `by` has changed.
    pub(super) fn announce(&self, keys: &BTreeSet<Arc<[u8]>>, by: u64, channels: &mut Channels) {
        if keys.is_empty() {
            return;
        }
        for (id, tracker) in &self.0 {
            let Some(to) = tracker.to else { continue };
            if tracker.no_loop && *id == by {
                continue;
            }
            for prefix in &tracker.prefixes {
                let named: Vec<_> = keys.iter().filter(|key| key.starts_with(prefix)).collect();
                if !named.is_empty() {
                    channels.tell(to, CHANNEL, &names(&named));
                }
            }
        }
    }

    /// Announces that all keys are gone.
    pub(super) fn announce_flush(&self, channels: &mut Channels) {
        let mut payload = BytesMut::new();
        resp::write_nil(&mut payload);
        for to in self.0.values().filter_map(|tracker| tracker.to) {
            channels.tell(to, CHANNEL, &payload);
        }
    }
}

/// Encodes the names of keys.
fn names(keys: &[&Arc<[u8]>]) -> BytesMut {
    let mut names = BytesMut::new();
    resp::write_array_header(&mut names, keys.len());
    for key in keys {
        resp::write_bulk(&mut names, key);
    }
    names
}

/// The options of CLIENT TRACKING.
#[derive(Default)]
struct Options {
    to: Option<u64>,
    prefixes: Vec<Bytes>,
    broadcast: bool,
    no_loop: bool,
}

impl Call<'_> {
    pub(super) fn tracking(&mut self) -> Result<(), Refused> {
        let options = self.tracking_options()?;
        if self.says(2, "OFF") {
            self.trackers.hang_up(self.session.id);
        } else if self.says(2, "ON") {
            self.track(options)?;
        } else {
            return Err(SYNTAX.into());
        }
        self.keyspace.note_changes(self.trackers.any());
        self.ok();
        Ok(())
    }

    fn tracking_options(&self) -> Result<Options, Refused> {
        let mut options = Options::default();
        let mut at = 3;
        while at < self.args.len() {
            let has_more = at + 1 < self.args.len();
            if self.says(at, "REDIRECT") && has_more {
                at += 1;
                options.to = Some(self.redirect(at, options.to)?);
            } else if self.says(at, "BCAST") {
                options.broadcast = true;
            } else if self.says(at, "NOLOOP") {
                options.no_loop = true;
            } else if self.says(at, "PREFIX") && has_more {
                at += 1;
                options.prefixes.push(Bytes::copy_from_slice(&self.args[at]));
            } else {
                return Err(SYNTAX.into());
            }
            at += 1;
        }
        Ok(options)
    }

    /// Reads the number of the connection that is to receive the names.
    fn redirect(&self, at: usize, before: Option<u64>) -> Result<u64, Refused> {
        if before.is_some() {
            return Err("ERR A client can only redirect to a single other client".into());
        }
        let id = resp::parse_int(&self.args[at]).ok_or(NOT_AN_INTEGER)?;
        let exists = |id: &u64| *id == self.session.id || self.channels.has_subscribed(*id);
        let id = u64::try_from(id).ok().filter(exists);
        id.ok_or_else(|| "ERR The client ID you want redirect to does not exist".into())
    }

    fn track(&mut self, options: Options) -> Result<(), Refused> {
        let Options { to, mut prefixes, broadcast, no_loop } = options;
        if !broadcast && !prefixes.is_empty() {
            return Err("ERR PREFIX option requires BCAST mode to be enabled".into());
        }
        if !broadcast {
            return Err("ERR only BCAST mode is supported".into());
        }
        let known = self.trackers.0.get(&self.session.id);
        let kept = known.map(|known| known.prefixes.clone()).unwrap_or_default();
        check_prefixes(&prefixes, &kept)?;
        prefixes.extend(kept);
        if prefixes.is_empty() {
            prefixes.push(Bytes::new());
        }
        self.trackers.0.insert(
            self.session.id,
            Tracker { to, prefixes: prefixes.into_iter().collect(), no_loop },
        );
        Ok(())
    }
}

/// Checks that no prefix begins with another.
fn check_prefixes(new: &[Bytes], kept: &BTreeSet<Bytes>) -> Result<(), Refused> {
    let overlap = |a: &Bytes, b: &Bytes| a.starts_with(b) || b.starts_with(a);
    let end = "Prefixes for a single client must not overlap.";
    for (at, prefix) in new.iter().enumerate() {
        let other = kept.iter().find(|other| overlap(prefix, other));
        let later = new[at + 1..].iter().find(|other| overlap(prefix, other));
        let (which, other) = match (other, later) {
            (Some(other), _) => ("an existing", other),
            (None, Some(other)) => ("another provided", other),
            (None, None) => continue,
        };
        let text = |bytes: &Bytes| String::from_utf8_lossy(bytes).into_owned();
        let (prefix, other) = (text(prefix), text(other));
        let text = format!("ERR Prefix '{prefix}' overlaps with {which} prefix '{other}'. {end}");
        return Err(text.into());
    }
    Ok(())
}
