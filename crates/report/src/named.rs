//! The ids that a sentence of a story, or an entry of the history, names.

use crate::recording::Recording;
use crosswire_history::{
    CallId, CallOutcome, Change, CommandId, ConnId, DeviceId, Entry, EventId, Fact, KeyId, NodeId,
    NodeKind, Principal, RequestId, Subject, UserId,
};
use std::collections::BTreeSet;

/// An id of something that takes part in a run.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Named {
    Request(RequestId),
    Call(CallId),
    Command(CommandId),
    Conn(ConnId),
    User(UserId),
    Device(DeviceId),
    Event(EventId),
    Node(NodeId),
    Key(String),
}

impl Named {
    /// Returns how much it says that two sentences share this id: a user or a node takes part in
    /// much that has nothing to do with each other.
    pub(crate) fn weight(&self) -> u32 {
        match self {
            Self::Call(_) | Self::Command(_) | Self::Request(_) | Self::Event(_) => 3,
            Self::Conn(_) | Self::Key(_) => 2,
            Self::User(_) | Self::Device(_) | Self::Node(_) => 1,
        }
    }
}

/// Returns the ids that a sentence names. What is in quotation marks is a key, and names nothing.
pub(crate) fn in_sentence(text: &str) -> BTreeSet<Named> {
    let mut found = BTreeSet::new();
    for (nth, part) in text.split('"').enumerate() {
        if nth % 2 == 1 {
            found.insert(Named::Key(part.to_owned()));
            continue;
        }
        let apart = |c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '/');
        found.extend(part.split(apart).filter_map(id));
    }
    found
}

/// Returns the id that a word is.
fn id(word: &str) -> Option<Named> {
    if word == "directory" {
        return Some(Named::Node(NodeId::new(NodeKind::Directory, 0)));
    }
    let (kind, number) = word.split_once('-')?;
    let (number, seq) = match number.split_once('/') {
        Some((number, seq)) => (number, Some(seq.parse().ok()?)),
        None => (number, None),
    };
    let number: u32 = number.parse().ok()?;
    Some(match (kind, seq) {
        ("camera", Some(seq)) => Named::Event(EventId { device: DeviceId(number), seq }),
        ("camera", None) => Named::Device(DeviceId(number)),
        ("user", None) => Named::User(UserId(number)),
        ("request", None) => Named::Request(RequestId(number)),
        ("call", None) => Named::Call(CallId(number)),
        ("command", None) => Named::Command(CommandId(number)),
        ("conn", None) => Named::Conn(ConnId(number)),
        ("gateway", None) => Named::Node(NodeId::new(NodeKind::Gateway, number.try_into().ok()?)),
        ("cache", None) => Named::Node(NodeId::new(NodeKind::Cache, number.try_into().ok()?)),
        _ => return None,
    })
}

/// Returns the ids that an entry names.
pub(crate) fn in_entry(entry: &Entry, recording: &Recording) -> BTreeSet<Named> {
    let mut found = work_in_entry(entry);
    found.insert(Named::Node(entry.node));
    of_fleet(&entry.what, &mut found);
    if let Some(key) = key_of(&entry.what) {
        found.insert(Named::Key(recording.key(key).to_owned()));
    }
    found
}

/// Returns the request, calls, commands and connections that an entry names.
pub(crate) fn work_in_entry(entry: &Entry) -> BTreeSet<Named> {
    let mut found = BTreeSet::new();
    if entry.request.0 != 0 {
        found.insert(Named::Request(entry.request));
    }
    of_cache(&entry.what, &mut found);
    found.remove(&Named::Call(CallId(0)));
    found.remove(&Named::Command(CommandId(0)));
    found
}

/// Adds the ids of a fact about devices, requests and the directory.
fn of_fleet(what: &Fact, found: &mut BTreeSet<Named>) {
    match *what {
        Fact::Captured { event, .. } | Fact::Acked { event } => {
            found.extend([Named::Event(event), Named::Device(event.device)]);
        }
        Fact::Cloned { device, home, .. } => {
            found.extend([Named::Device(device), Named::User(home)]);
        }
        Fact::Asked { device, user, .. } => {
            found.extend([Named::Device(device), Named::User(user)]);
        }
        Fact::Committed { change, .. } => of_change(change, found),
        Fact::Consulted { about: Some(by), .. } | Fact::Arrived { by, .. } => {
            found.extend(principal(by));
        }
        Fact::Issued { by, gateway, subject, .. } => {
            found.extend(principal(by));
            found.insert(Named::Node(NodeId::new(NodeKind::Gateway, gateway)));
            match subject {
                Subject::Oneself => {}
                Subject::Event { event } | Subject::Link { event, .. } => {
                    found.insert(Named::Event(event));
                }
                Subject::Camera { device, user } => {
                    found.extend([Named::Device(device), Named::User(user)]);
                }
            }
        }
        Fact::Delivered { user, named, origin, .. } => {
            found.extend([Named::User(user), Named::Event(named)]);
            found.extend(origin.map(|origin| Named::Event(origin.event)));
        }
        _ => {}
    }
}

fn of_change(change: Change, found: &mut BTreeSet<Named>) {
    match change {
        Change::Claimed { device, owner: user, .. }
        | Change::Granted { device, user, .. }
        | Change::Revoked { device, user, .. }
        | Change::Carried { device, user, .. } => {
            found.extend([Named::Device(device), Named::User(user)]);
        }
        Change::Deleted { device, .. } => {
            found.insert(Named::Device(device));
        }
        Change::Stored { event, .. } => {
            found.insert(Named::Event(event));
        }
    }
}

/// Adds the ids of a fact about calls, commands and connections, or about an answer that is used
/// again.
fn of_cache(what: &Fact, found: &mut BTreeSet<Named>) {
    if let Some(call) = call_of(what) {
        found.insert(Named::Call(call));
    }
    match *what {
        Fact::GivenAgain { of } => drop(found.insert(Named::Request(of))),
        Fact::Reused { conn, of, .. } => found.extend([Named::Conn(conn), Named::Call(of)]),
        Fact::Executed { command, conn, .. } => {
            found.extend([Named::Command(command), Named::Conn(conn)]);
        }
        Fact::Value { returned, .. } => {
            found.extend([Named::Command(returned.command), Named::Call(returned.answered)]);
        }
        Fact::CallEnded { outcome: CallOutcome::Cancelled { unread: 1.., conn }, .. }
        | Fact::Rejected { conn, .. }
        | Fact::Unfounded { conn, .. }
        | Fact::Served { conn, .. }
        | Fact::LongValue { conn, .. }
        | Fact::Pipelined { conn }
        | Fact::CommandSplit { conn }
        | Fact::Connected { conn, .. }
        | Fact::Disconnected { conn, .. } => {
            found.insert(Named::Conn(conn));
        }
        _ => {}
    }
}

fn principal(by: Principal) -> Option<Named> {
    match by {
        Principal::User(user) => Some(Named::User(user)),
        Principal::Device(device) => Some(Named::Device(device)),
        Principal::Gateway => None,
    }
}

/// Returns the call that a fact is about; `None` if it is about none, or the network knows none.
pub(crate) fn call_of(what: &Fact) -> Option<CallId> {
    let (Fact::CallBegan { call, .. }
    | Fact::Reused { call, .. }
    | Fact::Executed { call, .. }
    | Fact::Rejected { call, .. }
    | Fact::Value { call, .. }
    | Fact::Unfounded { call, .. }
    | Fact::Misshapen { call, .. }
    | Fact::CallEnded { call, .. }
    | Fact::Invalidated { call, .. }
    | Fact::Served { call, .. }
    | Fact::Unsupported { call }
    | Fact::LongLife { call, .. }
    | Fact::Unwritten { call, .. }
    | Fact::SentLate { call, .. }
    | Fact::BatchEnded { call, .. }
    | Fact::KnownAbsent { call, .. }
    | Fact::NamedChanged { call, .. }
    | Fact::AnyChanged { call }) = *what
    else {
        return None;
    };
    if call.0 == 0 { None } else { Some(call) }
}

/// Returns the key that a fact names.
pub(crate) fn key_of(what: &Fact) -> Option<KeyId> {
    match *what {
        Fact::CallBegan { key, .. }
        | Fact::Executed { key, .. }
        | Fact::Rejected { key, .. }
        | Fact::Value { asked: key, .. }
        | Fact::Unfounded { key, .. }
        | Fact::Misshapen { key, .. }
        | Fact::Invalidated { key, .. }
        | Fact::AtRest { key, .. }
        | Fact::Served { text: key, .. }
        | Fact::Published { text: key, .. } => Some(key),
        _ => None,
    }
}

/// Returns every key that a fact names.
pub(crate) fn keys_of(what: &Fact) -> [Option<KeyId>; 2] {
    match *what {
        Fact::Value { asked, returned, .. } => [Some(asked), returned.written_for],
        Fact::NotConnected { why, .. } => [why, None],
        Fact::LongLife { key, .. }
        | Fact::Unwritten { key, .. }
        | Fact::KnownAbsent { key, .. }
        | Fact::Counted { key, .. }
        | Fact::NamedChanged { key, .. } => [Some(key), None],
        _ => [key_of(what), None],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_names_its_ids_and_a_key_names_nothing() {
        let text = "gateway-2 looks up \"usr:139:call-7\" in the cache for user-139: call-2544 on \
                    conn-40, for camera-48/2 and user-48's camera-9 (request-6440, commit-1)";
        let found = in_sentence(text);
        let event = EventId { device: DeviceId(48), seq: 2 };
        let expected = [
            Named::Request(RequestId(6440)),
            Named::Call(CallId(2544)),
            Named::Conn(ConnId(40)),
            Named::User(UserId(48)),
            Named::User(UserId(139)),
            Named::Device(DeviceId(9)),
            Named::Event(event),
            Named::Node(NodeId::new(NodeKind::Gateway, 2)),
            Named::Key("usr:139:call-7".to_owned()),
        ];
        assert_eq!(found.into_iter().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn numbers_that_no_id_can_have_name_nothing() {
        for text in ["call-99999999999", "gateway-70000", "camera-1/x", "user-", "a-1"] {
            assert_eq!(in_sentence(text), BTreeSet::new(), "{text}");
        }
    }
}
