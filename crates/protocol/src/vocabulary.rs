//! The words that a protocol does not have, so that a report can name what was not tried.

use crate::{Answer, Asked, Dialect, ErrorKind, Extra, Protocol, Received, What};
use bytes::BytesMut;

/// The words that a protocol does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lacks {
    /// Commands that no client of the protocol sends.
    pub commands: Vec<What>,
    /// Answers to a read.
    pub answers: Vec<&'static str>,
    /// Errors, by their names in Redis where it has them.
    pub errors: Vec<&'static str>,
    /// Messages that no command has asked for.
    pub extras: Vec<&'static str>,
}

/// The commands that a schedule controls in some protocol.
const COMMANDS: [What; 11] = [
    What::Get,
    What::GetMany,
    What::Set,
    What::Increment,
    What::Delete,
    What::Begin,
    What::Watch,
    What::Subscribe,
    What::BlockingPop,
    What::Batch,
    What::Select,
];

impl Dialect {
    /// Returns what the protocol does not have, by trying it on a new connection.
    pub fn lacks(self) -> Lacks {
        let (protocol, get) = self.asked_for_a_key();
        let lacks = |answer: Answer| protocol.answer(&get, &answer).is_none();
        let commands = COMMANDS.into_iter().filter(|what| !self.commands().contains(what));
        let answers = answers().into_iter().filter(|(_, answer)| lacks(answer.clone()));
        let errors = errors()
            .into_iter()
            .filter(|(_, kind)| lacks(Answer::Error(kind.clone(), String::new())));
        let extras = extras().into_iter().filter(|(_, extra)| protocol.extra(extra).is_none());
        Lacks {
            commands: commands.collect(),
            answers: answers.map(|(name, _)| name).collect(),
            errors: errors.map(|(name, _)| name).collect(),
            extras: extras.map(|(name, _)| name).collect(),
        }
    }

    /// Returns the commands that a client of the protocol can send.
    pub const fn commands(self) -> &'static [What] {
        match self {
            Self::Resp2 | Self::Resp3 => &[
                What::Get,
                What::GetMany,
                What::Set,
                What::Increment,
                What::Delete,
                What::Begin,
                What::Exec,
                What::Discard,
                What::Watch,
                What::Subscribe,
                What::BlockingPop,
                What::Select,
                What::Ping,
            ],
            Self::Memcached => {
                &[What::Get, What::GetMany, What::Set, What::Increment, What::Delete]
            }
            Self::Http1 => &[What::Get, What::Set, What::Delete],
            Self::Postgres => &[What::Get, What::GetMany, What::Set, What::Delete, What::Batch],
            Self::MySql => &[
                What::Get,
                What::GetMany,
                What::Set,
                What::Delete,
                What::Batch,
                What::Select,
                What::Ping,
            ],
        }
    }

    /// Returns a connection on which a client has asked for a key, in the newest version of the
    /// protocol.
    fn asked_for_a_key(self) -> (Box<dyn Protocol>, Asked) {
        let bytes: &[u8] = match self {
            Self::Resp2 => b"GET a\r\n",
            Self::Resp3 => b"HELLO 3\r\nGET a\r\n",
            Self::Memcached => b"get a\r\n",
            Self::Http1 => b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n",
            Self::Postgres => {
                b"\0\0\0\x09\0\x03\0\0\0Q\0\0\0\x2cSELECT value FROM items WHERE key = 'a'\0"
            }
            Self::MySql => {
                // A handshake of 32 bytes, of which the second says "version 4.1", and a query.
                let handshake = [&[32, 0, 0, 1, 0, 2][..], &[0; 30]].concat();
                let query = b"\x28\0\0\0\x03SELECT value FROM items WHERE key = 'a'";
                &[&handshake[..], query].concat()
            }
        };
        let (mut protocol, mut input) = (self.open(1), BytesMut::from(bytes));
        loop {
            match protocol.receive(&mut input) {
                Ok(Some(Received::Asked(asked))) => return (protocol, asked),
                Ok(Some(_)) => {}
                other => panic!("{self}: {other:?} instead of a command of ours"),
            }
        }
    }
}

fn answers() -> [(&'static str, Answer); 5] {
    [
        ("nil", Answer::Nil),
        ("empty", Answer::Empty),
        ("number", Answer::Number(1)),
        ("nested", Answer::Nested(String::new())),
        ("other type", Answer::OtherType),
    ]
}

fn errors() -> [(&'static str, ErrorKind); 9] {
    let address = || "127.0.0.1:1".to_owned();
    [
        ("ERR", ErrorKind::Refused),
        ("READONLY", ErrorKind::ReadOnly),
        ("LOADING", ErrorKind::Loading),
        ("BUSY", ErrorKind::Busy),
        ("WRONGTYPE", ErrorKind::WrongType),
        ("NOAUTH", ErrorKind::NoAuth),
        ("cancelled", ErrorKind::Cancelled),
        ("MOVED", ErrorKind::Moved { slot: 0, address: address() }),
        ("ASK", ErrorKind::Ask { slot: 0, address: address() }),
    ]
}

fn extras() -> [(&'static str, Extra); 9] {
    let text = || "a".to_owned();
    [
        ("value", Extra::Value(text(), text())),
        ("done", Extra::Done),
        ("error", Extra::Error(ErrorKind::Refused, text())),
        ("invalidation", Extra::Invalidate(vec![text()])),
        ("message", Extra::Message { channel: text(), text: text() }),
        ("notice", Extra::Notice(text())),
        ("parameter", Extra::Parameter(text(), text())),
        ("ready", Extra::Ready),
        ("time-out", Extra::TimedOut),
    ]
}
