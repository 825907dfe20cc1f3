//! What was seen to happen while a schedule was played, from outside the library: what the adapter
//! was told and said, and the bytes at the server. Everything is judged and told from this alone.

use super::schedule::{CallId, Key};
use serde_json::Value;

/// The number of a command in the order of arrival, from 1 up.
pub type CommandId = u32;

/// The number of a connection in the order in which they were opened, from 1 up.
pub type WireId = u32;

/// A command as the server received it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// GET of a key.
    Get(Key),
    /// MGET of keys.
    Mget(Vec<Key>),
    /// SET of a key to a value.
    Set(Key, String),
}

/// How a call ended, as the adapter says.
#[derive(Clone, Debug, PartialEq)]
pub enum End {
    /// The library returned this.
    Value(Value),
    /// The library failed with this text.
    Error(String),
    /// The library ended it because the caller gave up.
    Cancelled,
}

/// How much of a reply is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// All of it.
    Whole,
    /// The first half.
    Half,
    /// The second half.
    Rest,
}

/// Who ended a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndedBy {
    /// The client.
    Client,
    /// The server, with a reset.
    Reset,
    /// The server, in good order.
    Close,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Fact {
    /// A caller made a call.
    Began(CallId),
    /// The caller of a call gave up.
    GaveUp(CallId),
    /// A call ended.
    Ended(CallId, End),
    /// A call never ended, though all replies were sent.
    Unsettled(CallId),
    /// The client opened a connection.
    Opened(WireId),
    /// A command arrived.
    Arrived {
        /// Its number.
        command: CommandId,
        /// On which connection.
        wire: WireId,
        /// The call that it must be from; none if no call asks for such a thing.
        call: Option<CallId>,
        /// What it asks for.
        asked: Asked,
    },
    /// The server sent a reply or a part of it.
    Sent {
        /// To this command.
        command: CommandId,
        /// How much of it.
        part: Part,
        /// It is an error.
        error: bool,
    },
    /// A connection came to its end.
    Closed(WireId, EndedBy),
    /// A step of this place could not be taken, and why.
    PassedOver(usize, &'static str),
    /// The steps are over: the server sends all that it owes.
    Epilogue,
}

/// The seal in a value or an error: which key it is for and which command it answers. Text that has
/// it can be told from any other, whoever gets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seal {
    /// The key that was asked for.
    pub key: Key,
    /// The command that it answers.
    pub command: CommandId,
}

impl Seal {
    /// Reads a text that is a seal and nothing else.
    pub fn read(text: &str) -> Option<Self> {
        let (key, command) = text.split_once('#')?;
        let fine = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_lowercase());
        let number = command.parse().ok().filter(|number: &u32| number.to_string() == command);
        Some(Self { key: key.to_owned(), command: number.filter(|_| fine)? })
    }

    /// All seals that stand in a text, as in an error that tells of a reply.
    pub fn all_in(text: &str) -> Vec<Self> {
        let words = text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '#');
        words.filter_map(Self::read).collect()
    }
}

impl std::fmt::Display for Seal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}#{}", self.key, self.command)
    }
}

impl Asked {
    /// The keys in their order.
    pub fn keys(&self) -> &[Key] {
        match self {
            Self::Get(key) | Self::Set(key, _) => std::slice::from_ref(key),
            Self::Mget(keys) => keys,
        }
    }
}

impl std::fmt::Display for Asked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Get(key) => write!(f, "GET {key}"),
            Self::Set(key, value) => write!(f, "SET {key} {value}"),
            Self::Mget(keys) => write!(f, "MGET {}", keys.join(" ")),
        }
    }
}
