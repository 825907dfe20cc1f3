//! The client's side of protocols: commands in, bytes out; bytes in, results out. Crosswire is the
//! client where it certifies what stands between clients and a server.
//!
//! A [`Client`] is the state of one connection. Its replies come in the order of its commands.

mod http1;
mod memcached;
mod postgres;
mod resp;

use crate::Dialect;
use bytes::{Bytes, BytesMut};

/// A command of a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Reads a key.
    Get(String),
    /// Reads several keys.
    GetMany(Vec<String>),
    /// Stores a value under a key.
    Set(String, String),
    /// Adds one to the number of a key.
    Increment(String),
}

/// What a client makes of a reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The value of a key; `None` if it has none.
    Value(Option<String>),
    /// The values of several keys, in the order of the keys.
    Values(Vec<Option<String>>),
    /// The command is carried out.
    Done,
    /// A number.
    Number(i64),
    /// An error, with its text.
    Error(String),
    /// A list that the command never has.
    List(Vec<Outcome>),
    /// Another reply that the command never has, as text.
    Odd(String),
}

/// What a connection has received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// The connection is set up, and takes commands.
    Ready,
    /// The reply to the first command without one.
    Reply(Outcome),
}

/// The client's end of one connection.
pub trait Client {
    /// Returns what the client says first. A protocol without a handshake says nothing, and takes
    /// commands at once.
    fn start(&mut self) -> Option<Bytes>;

    /// Returns the bytes of a command.
    fn send(&mut self, command: &Command) -> Bytes;

    /// Takes the next event off the front of a buffer. `None` means that more bytes are needed.
    ///
    /// # Errors
    /// When the bytes are not the protocol, or no command waits for a reply.
    fn receive(&mut self, input: &mut BytesMut) -> Result<Option<Heard>, String>;

    /// Returns a request, to be sent on a separate connection, to cancel what this one runs.
    fn cancel(&self) -> Option<Bytes> {
        None
    }
}

impl Dialect {
    /// Returns the state of a new connection of a client; none if the client's side of the protocol
    /// is not there.
    pub fn connect(self) -> Option<Box<dyn Client + Send>> {
        match self {
            Self::Resp2 => Some(Box::new(resp::Resp::default())),
            Self::Memcached => Some(Box::new(memcached::Memcached::default())),
            Self::Http1 => Some(Box::new(http1::Http1::default())),
            Self::Postgres => Some(Box::new(postgres::Postgres::default())),
            Self::Resp3 | Self::MySql => None,
        }
    }
}

/// The error for bytes that answer nothing.
fn unasked() -> String {
    "a reply that no command has asked for".to_owned()
}

/// Takes a line without its end off the front of a buffer.
fn line(input: &mut BytesMut) -> Option<String> {
    let end = input.windows(2).position(|pair| pair == b"\r\n")?;
    let line = input.split_to(end + 2);
    Some(String::from_utf8_lossy(&line[..end]).into_owned())
}
