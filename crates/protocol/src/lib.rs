//! The server's side of protocols: bytes in, commands out; answers in, bytes out. Nothing here has
//! a socket or a clock.
//!
//! Start at [`Dialect::open`], which returns the state of one connection as a [`Protocol`]. A
//! [`Received::Asked`] is a command whose reply the caller decides: [`Protocol::answer`] turns an
//! [`Answer`] into bytes. [`Extra`] is a message that no command has asked for.
//!
//! | module | protocol | parser |
//! |---|---|---|
//! | `resp` | RESP2, RESP3 | the simulated cache's, which gives the errors of Redis |
//! | `memcached` | text, meta | by hand: the maintained crates are clients |
//! | `http1` | HTTP/1.1 keep-alive | `httparse`, which has no dependencies; bodies by hand |
//! | `postgres` | PostgreSQL 3 | by hand: `postgres-protocol` reads servers, `pgwire` is one |
//! | `mysql` | MySQL, MariaDB | by hand: `mysql_common` brings fifty crates |

pub mod answer;
pub mod client;
pub mod dialect;
pub mod form;
pub mod message;
pub mod vocabulary;

mod http1;
mod lines;
mod memcached;
mod mysql;
mod postgres;
mod resp;
mod sql;

pub use answer::{Answer, ErrorKind, Extra};
pub use client::{Client, Command, Heard, Outcome};
pub use dialect::Dialect;
pub use message::{Asked, BadBytes, Key, Own, OwnKind, Received, What, When};
pub use vocabulary::Lacks;

use bytes::{Bytes, BytesMut};

/// The state of one connection, as its server sees it.
pub trait Protocol {
    /// Returns what the server says first, before the client has sent anything.
    fn greeting(&self) -> Option<Own> {
        None
    }

    /// Takes the next message off the front of a buffer. `None` means that more bytes are needed.
    ///
    /// # Errors
    /// When the bytes are not the protocol. The connection cannot continue.
    fn receive(&mut self, input: &mut BytesMut) -> Result<Option<Received>, BadBytes>;

    /// Returns the reply to a command. It has no bytes if the answer to a quiet command is silence.
    /// `None` means that the protocol has no such reply to this command.
    fn answer(&self, asked: &Asked, answer: &Answer) -> Option<Bytes>;

    /// Returns a message that no command has asked for, if the protocol has it.
    fn extra(&self, extra: &Extra) -> Option<Bytes>;

    /// Returns the offsets at which frames or lines of a reply end, without the end of the reply. A
    /// reply may be cut at any byte; at these, the client has a whole part of it.
    fn boundaries(&self, reply: &[u8]) -> Vec<usize>;

    /// Returns the number of bytes that say all that a reply says: a client that has them need not
    /// wait for the rest. Usually the last byte alone can be missing, the end of an end of line.
    fn saying(&self, reply: &[u8]) -> usize {
        reply.len().saturating_sub(1)
    }
}
