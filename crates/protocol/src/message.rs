//! Messages of a client, the same for all protocols.

use crate::form::Form;
use bytes::Bytes;
use std::fmt;

/// A key as the client wrote it; bytes that are not UTF-8 are replaced.
pub type Key = String;

/// A message of a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Received {
    /// A command whose reply a schedule controls.
    Asked(Asked),
    /// The head of a command whose body is incomplete, reported at most once for each command. The
    /// whole command follows as [`Received::Asked`], if its body arrives. A reply to the head is
    /// one before the command is complete.
    Begun(Asked),
    /// A message that the server answers by itself.
    Own(Own),
    /// A message without a reply: quiet by its own words, or answered together with a later one.
    Silent(Asked),
    /// A request to cancel what another connection runs, on a separate connection (PostgreSQL):
    /// the number of the other connection, or none if the secret in the request is wrong. The
    /// server closes the connection of the request without a reply, once it has carried it out.
    Cancel(Option<u32>),
    /// The client ends the connection. The server sends these bytes, which may be empty, and
    /// closes it.
    Bye(Bytes),
}

/// A message that the server answers by itself. A schedule may withhold the reply, cut it, or
/// replace it by an error to [`Own::asked`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Own {
    /// Its purpose.
    pub kind: OwnKind,
    /// The message.
    pub asked: Asked,
    /// The reply of a healthy server.
    pub reply: Bytes,
}

/// The purpose of a message that the server answers by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OwnKind {
    /// Part of setting up a connection: a version, a user, a database.
    Handshake,
    /// Everything else.
    Housekeeping,
}

/// A command.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// Its meaning.
    pub what: What,
    /// The protocol's word for it, such as `MGET`, `mg`, `PUT` or `Query`.
    pub name: String,
    /// The keys, in their order.
    pub keys: Vec<Key>,
    /// The value to store, or the amount to add.
    pub value: Option<String>,
    /// The condition of a [`What::Set`].
    pub when: When,
    /// The commands that this one runs: those of a transaction, or the statements of a batch.
    pub parts: Vec<Asked>,
    /// The number of replies that it is owed: 1, but one for each channel of a subscription.
    pub replies: usize,
    /// True if its usual answer is silence: a miss, or that a value is stored. An answer of this
    /// kind is no bytes.
    pub quiet: bool,
    /// True within a transaction: [`Answer::Done`](crate::Answer::Done) confirms that it is queued.
    pub queued: bool,
    /// What the protocol needs for the reply.
    pub form: Form,
}

/// The meaning of a command.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// Reads a key.
    Get,
    /// Reads several keys in one command.
    GetMany,
    /// Stores a value.
    Set,
    /// Adds to a number.
    Increment,
    /// Deletes keys.
    Delete,
    /// Begins a transaction.
    Begin,
    /// Runs the commands of a transaction.
    Exec,
    /// Gives a transaction up.
    Discard,
    /// Makes the next transaction depend on keys.
    Watch,
    /// Subscribes to channels, which are its keys.
    Subscribe,
    /// Takes a value from a list, or waits for one.
    BlockingPop,
    /// Runs several statements as one batch with one end.
    Batch,
    /// Selects a database.
    Select,
    /// Asks for a sign of life.
    Ping,
    /// Anything else.
    #[default]
    Other,
}

/// The condition under which a value is stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum When {
    /// None.
    #[default]
    Always,
    /// The key has no value.
    Absent,
    /// The key has a value.
    Present,
}

impl Asked {
    /// Creates a command with one reply.
    pub(crate) fn new(what: What, name: impl Into<String>) -> Self {
        Self { what, name: name.into(), replies: 1, ..Self::default() }
    }

    /// Sets its keys.
    pub(crate) fn on(mut self, keys: Vec<Key>) -> Self {
        self.keys = keys;
        self
    }

    /// Turns it into a message that the server answers by itself.
    pub(crate) fn own(self, kind: OwnKind, reply: impl Into<Bytes>) -> Received {
        Received::Own(Own { kind, asked: self, reply: reply.into() })
    }
}

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        for key in &self.keys {
            write!(f, " {key}")?;
        }
        Ok(())
    }
}

/// The reason why bytes are not a message of the protocol. The connection cannot continue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadBytes {
    /// What was found and what was expected.
    pub reason: String,
    /// The reply that a server sends before it closes the connection; may be empty.
    pub reply: Bytes,
}

impl fmt::Display for BadBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl std::error::Error for BadBytes {}
