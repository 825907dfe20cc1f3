//! The trace of a schedule: the facts observed from outside the library, which are the requests and
//! answers of the adapter and the bytes at the server. Verdict and story come from these alone.

use super::schedule::{At, CallId, Form, Key};
use serde_json::Value;

/// The number of a command in the order of arrival, from 1.
pub type CommandId = u32;

/// The number of a connection in the order of opening, from 1.
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
    /// INCR of a key.
    Increment(Key),
    /// EXEC of these commands.
    Exec {
        /// The commands, at least two.
        parts: Vec<Asked>,
        /// Their keys.
        keys: Vec<Key>,
    },
}

/// The end of a call, as the adapter reports it.
#[derive(Clone, Debug, PartialEq)]
pub enum End {
    /// The library returned this.
    Value(Value),
    /// The library failed with this text.
    Error(String),
    /// The library ended the call because the caller gave up.
    Cancelled,
}

/// The part of a reply that is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// All of it.
    Whole,
    /// The first part, up to this place.
    Start(At),
    /// The first part, up to this place, which says all that the reply says: what is missing is the
    /// end of a line, or a message behind it such as `ReadyForQuery`.
    Enough(At),
    /// The part after that.
    Rest,
}

/// The contents of a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Payload {
    /// A value in this form.
    Value(Form),
    /// An error.
    Error,
}

/// The side that ended a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndedBy {
    /// The client.
    Client,
    /// The server, with a reset.
    Reset,
    /// The server, cleanly.
    Close,
}

/// An observed event.
#[derive(Clone, Debug, PartialEq)]
pub enum Fact {
    /// A caller made a call.
    Began(CallId),
    /// The caller of a call gave up.
    GaveUp(CallId),
    /// A call ended.
    Ended(CallId, End),
    /// A call never ended, although all replies were sent.
    Unsettled(CallId),
    /// The client opened a connection.
    Opened(WireId),
    /// A command arrived.
    Arrived {
        /// Its number.
        command: CommandId,
        /// Its connection.
        wire: WireId,
        /// The call that it is attributed to; none if no call asks for this.
        call: Option<CallId>,
        /// The command itself.
        asked: Asked,
    },
    /// The server sent a reply or a part of it.
    Sent {
        /// The command that it answers.
        command: CommandId,
        /// The part that was sent.
        part: Part,
        /// Its contents.
        payload: Payload,
    },
    /// The server sent an unsolicited reply.
    Extra {
        /// The connection.
        wire: WireId,
        /// The seal in the reply.
        seal: Seal,
    },
    /// The client asked, on a connection for this alone, to cancel what another one runs.
    AskedToCancel {
        /// The connection of the request.
        wire: WireId,
        /// The connection to cancel; none if the request names no connection of this server, or
        /// not its secret.
        of: Option<WireId>,
    },
    /// The server carried out the request to cancel that came on a connection.
    Landed {
        /// The connection of the request.
        wire: WireId,
        /// The command that ended with an error because of it; none if nothing ran.
        hit: Option<CommandId>,
    },
    /// The server said that the value of a key has changed.
    Invalidated {
        /// The connection.
        wire: WireId,
        /// The key.
        key: Key,
    },
    /// The server stops to read from a connection.
    Stalled(WireId),
    /// The server reads from a connection again.
    Resumed(WireId),
    /// A connection ended.
    Closed(WireId, EndedBy),
    /// The step of this place was skipped, for this reason.
    Skipped(usize, &'static str),
    /// The steps are over: the server sends everything that it owes.
    Epilogue,
    /// The adapter does not answer, fails or has ended, for this reason: what would have followed
    /// is unknown, and no violation.
    Unjudged(String),
}

/// The seal in a value or an error: its key, and the command that it answers. It identifies a reply
/// wherever it ends up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seal {
    /// The key that was asked for.
    pub key: Key,
    /// The command that it answers.
    pub command: CommandId,
}

impl Seal {
    /// Parses a text that consists of a seal alone.
    pub fn read(text: &str) -> Option<Self> {
        let (key, command) = text.split_once('#')?;
        if key.is_empty() || !key.bytes().all(|byte| byte.is_ascii_lowercase()) {
            return None;
        }
        let number: u32 = command.parse().ok()?;
        if number.to_string() != command {
            return None;
        }
        Some(Self { key: key.to_owned(), command: number })
    }

    /// Finds all seals in a text, such as an error that quotes a reply.
    pub fn all_in(text: &str) -> Vec<Self> {
        let words = text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '#');
        words.filter_map(Self::read).collect()
    }
}

/// The number in the reply to the first command that adds to one. Numbers say which command they
/// answer, as seals do.
const FIRST_NUMBER: u64 = 1_000_000;

/// Returns the number in the reply to a command.
pub fn number_of(command: CommandId) -> u64 {
    FIRST_NUMBER + u64::from(command)
}

/// Returns the command that a number answers, if it is from a reply.
pub fn answered_by(number: u64) -> Option<CommandId> {
    number.checked_sub(FIRST_NUMBER).and_then(|command| CommandId::try_from(command).ok())
}

impl std::fmt::Display for Seal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}#{}", self.key, self.command)
    }
}

impl Asked {
    /// Creates an EXEC; of a single command, it is that command. None without commands.
    pub fn exec(mut parts: Vec<Self>) -> Option<Self> {
        if parts.len() < 2 {
            return parts.pop();
        }
        let keys = parts.iter().flat_map(|part| part.keys().to_vec()).collect();
        Some(Self::Exec { parts, keys })
    }

    /// Returns the commands that it consists of: those of an EXEC, or itself.
    pub fn parts(&self) -> &[Self] {
        match self {
            Self::Exec { parts, .. } => parts,
            other => std::slice::from_ref(other),
        }
    }

    /// Returns the keys in their order.
    pub fn keys(&self) -> &[Key] {
        match self {
            Self::Get(key) | Self::Set(key, _) | Self::Increment(key) => std::slice::from_ref(key),
            Self::Mget(keys) | Self::Exec { keys, .. } => keys,
        }
    }
}

impl std::fmt::Display for Asked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Get(key) => write!(f, "GET {key}"),
            Self::Set(key, value) => write!(f, "SET {key} {value}"),
            Self::Increment(key) => write!(f, "INCR {key}"),
            Self::Mget(keys) => write!(f, "MGET {}", keys.join(" ")),
            Self::Exec { parts, .. } => {
                let parts: Vec<_> = parts.iter().map(ToString::to_string).collect();
                write!(f, "EXEC of {}", parts.join(", "))
            }
        }
    }
}
