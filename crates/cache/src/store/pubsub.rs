//! PUBLISH, SUBSCRIBE and UNSUBSCRIBE: the subscriptions, and the messages waiting to be sent.
//!
//! A subscription belongs to a connection. The store holds no connections, so it keeps each message
//! with the number of every connection that must get it; the server collects them
//! ([`Store::take_messages`](super::Store::take_messages)) and reports when a connection is closed
//! ([`Store::hang_up`](super::Store::hang_up)).
//!
//! Patterns and shard channels are left out.

use super::{Call, CommandName, Refused, Session};
use crate::resp;
use bytes::{Bytes, BytesMut};
use std::collections::{BTreeMap, BTreeSet};

/// The number of a connection, and bytes to send on it.
pub type Message = (u64, Bytes);

/// The channels that have subscribers, and the published messages that were not taken yet.
#[derive(Debug, Default)]
pub(super) struct Channels {
    subscribers: BTreeMap<Bytes, BTreeSet<u64>>,
    messages: Vec<Message>,
}

impl Channels {
    pub(super) fn take_messages(&mut self) -> Vec<Message> {
        std::mem::take(&mut self.messages)
    }

    /// Ends all subscriptions of a connection.
    pub(super) fn hang_up(&mut self, session: &mut Session) {
        for channel in std::mem::take(&mut session.channels) {
            self.leave(session.id, &channel);
        }
    }

    fn leave(&mut self, id: u64, channel: &Bytes) {
        if let Some(subscribers) = self.subscribers.get_mut(channel) {
            subscribers.remove(&id);
            if subscribers.is_empty() {
                self.subscribers.remove(channel);
            }
        }
    }

    fn publish(&mut self, channel: &Bytes, payload: &[u8]) -> usize {
        let Some(subscribers) = self.subscribers.get(channel) else { return 0 };
        let mut bulk = BytesMut::new();
        resp::write_bulk(&mut bulk, payload);
        let message = message(channel, &bulk);
        self.messages.extend(subscribers.iter().map(|&id| (id, message.clone())));
        subscribers.len()
    }

    /// Returns whether a connection has subscribed to anything.
    pub(super) fn has_subscribed(&self, id: u64) -> bool {
        self.subscribers.values().any(|subscribers| subscribers.contains(&id))
    }

    /// Sends an encoded payload to one connection, if it has subscribed to anything.
    pub(super) fn tell(&mut self, id: u64, channel: &[u8], payload: &[u8]) {
        if self.has_subscribed(id) {
            self.messages.push((id, message(channel, payload)));
        }
    }
}

/// Encodes a message with an encoded payload.
fn message(channel: &[u8], payload: &[u8]) -> Bytes {
    let mut message = BytesMut::new();
    resp::write_array_header(&mut message, 3);
    resp::write_bulk(&mut message, b"message");
    resp::write_bulk(&mut message, channel);
    message.extend_from_slice(payload);
    message.freeze()
}

impl Call<'_> {
    /// Refuses most commands on a connection with subscriptions: in RESP2 their replies could not
    /// be distinguished from messages.
    pub(super) fn check_context(&self) -> Result<(), Refused> {
        use CommandName::{Ping, Quit, Reset, Subscribe, Unsubscribe};
        let name = self.done.name;
        if self.session.channels.is_empty()
            || matches!(name, Subscribe | Unsubscribe | Ping | Quit | Reset)
        {
            return Ok(());
        }
        let allowed = "(P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET";
        let text = format!(
            "ERR Can't execute '{}': only {allowed} are allowed in this context",
            name.as_str()
        );
        Err(text.into())
    }

    /// Replies with the number of connections that get the message.
    pub(super) fn publish(&mut self) {
        let args = self.args;
        let count = self.channels.publish(&args[1], &args[2]);
        self.done.found = count as u32;
        self.int(count as i64);
    }

    /// Replies once for each channel.
    pub(super) fn subscribe(&mut self) {
        for channel in &self.args[1..] {
            // A copy, since the argument shares the read buffer.
            let channel = Bytes::copy_from_slice(channel);
            let id = self.session.id;
            self.channels.subscribers.entry(channel.clone()).or_default().insert(id);
            self.session.channels.insert(channel.clone());
            self.subscription("subscribe", Some(&channel));
        }
    }

    /// Without arguments, unsubscribes from all channels. Redis promises no order for them; here it
    /// is the order of their bytes.
    pub(super) fn unsubscribe(&mut self) {
        let mut channels: Vec<_> = self.args[1..].to_vec();
        if channels.is_empty() {
            channels.extend(self.session.channels.iter().cloned());
        }
        if channels.is_empty() {
            self.subscription("unsubscribe", None);
        }
        for channel in channels {
            self.session.channels.remove(&channel);
            self.channels.leave(self.session.id, &channel);
            self.subscription("unsubscribe", Some(&channel));
        }
    }

    fn subscription(&mut self, kind: &str, channel: Option<&Bytes>) {
        resp::write_array_header(self.out, 3);
        resp::write_bulk(self.out, kind.as_bytes());
        match channel {
            Some(channel) => resp::write_bulk(self.out, channel),
            None => resp::write_nil(self.out),
        }
        self.int(self.session.channels.len() as i64);
    }

    /// Answers PING on a connection with subscriptions.
    pub(super) fn pong(&mut self) {
        resp::write_array_header(self.out, 2);
        resp::write_bulk(self.out, b"pong");
        resp::write_bulk(self.out, self.args.get(1).map_or(b"".as_slice(), |text| text));
    }
}
