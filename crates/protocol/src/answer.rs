//! Answers of a server, the same for all protocols.

use crate::message::{Asked, Key, What};

/// An answer to a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A value for each key, in the order of the keys; `None` for a key without a value.
    Values(Vec<Option<String>>),
    /// No key has a value; for a transaction: a watched key has changed.
    Nil,
    /// The command is carried out, and there is nothing to return.
    Done,
    /// The condition of the command does not hold, such as "only if absent", so nothing is stored.
    NotDone,
    /// A number.
    Number(i64),
    /// An error with its text.
    Error(ErrorKind, String),
    /// Every value has no bytes.
    Empty,
    /// This value in a list in a list.
    Nested(String),
    /// A reply of a type that the command never has.
    OtherType,
    /// An answer to each of [`Asked::parts`].
    Many(Vec<Answer>),
}

/// The kind of an error.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ErrorKind {
    /// The command is refused for no particular reason.
    Refused,
    /// The server accepts no writes.
    ReadOnly,
    /// The server is starting.
    Loading,
    /// The server has too much to do.
    Busy,
    /// The key holds a value of another type.
    WrongType,
    /// The client must authenticate first.
    NoAuth,
    /// Another connection has asked to cancel the command.
    Cancelled,
    /// The key lives on another server, from now on.
    Moved {
        /// Its slot.
        slot: u16,
        /// The other server, as `host:port`.
        address: String,
    },
    /// The key is at another server, for this command alone.
    Ask {
        /// Its slot.
        slot: u16,
        /// The other server, as `host:port`.
        address: String,
    },
}

/// A whole message that no command has asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Extra {
    /// A reply with a value.
    Value(Key, String),
    /// A reply that says "done".
    Done,
    /// An error.
    Error(ErrorKind, String),
    /// The keys that a caching client must forget.
    Invalidate(Vec<Key>),
    /// A message on a channel.
    Message {
        /// The channel.
        channel: Key,
        /// The text.
        text: String,
    },
    /// A notice for people.
    Notice(String),
    /// A setting that has changed.
    Parameter(String, String),
    /// Says that the server is ready for the next command.
    Ready,
    /// Says that the client was silent for too long.
    TimedOut,
}

impl Asked {
    /// Returns the answer of a server without data.
    pub fn usual(&self) -> Answer {
        if self.queued {
            return Answer::Done;
        }
        match self.what {
            What::Get | What::GetMany | What::BlockingPop => Answer::Nil,
            What::Increment => Answer::Number(1),
            What::Delete => Answer::Number(0),
            What::Exec | What::Batch => {
                Answer::Many(self.parts.iter().map(Self::unqueued).collect())
            }
            _ => Answer::Done,
        }
    }

    /// Returns the usual answer to a command of a transaction when the transaction runs.
    fn unqueued(&self) -> Answer {
        Self { queued: false, ..self.clone() }.usual()
    }
}
