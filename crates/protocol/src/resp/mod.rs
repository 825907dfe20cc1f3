//! RESP2 and RESP3: the protocol of Redis 7.
//!
//! Commands are read by the simulated cache's decoder ([`crosswire_cache::resp`]), and its store,
//! which holds no data here, replies to those that a schedule does not control.

mod command;
mod reply;
mod transaction;

use crate::answer::{Answer, Extra};
use crate::form::{Detail, Form, RespForm};
use crate::message::{Asked, BadBytes, Own, OwnKind, Received, What};
use crate::{Protocol, lines};
use bytes::{Bytes, BytesMut};
use crosswire_cache::resp::{decode_command, parse_int, write_bulk};
use crosswire_cache::store::{Session, Store};
use transaction::Transaction;

/// The reply to INFO, which some libraries wait for before they call a server ready.
const INFO: &[u8] = b"# Server\r\nredis_version:7.4.0\r\nredis_mode:standalone\r\nloading:0\r\n\
                      # Replication\r\nrole:master\r\n";

/// The replies that the client has asked not to get.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mute {
    Nothing,
    Next,
    Everything,
}

/// One connection.
pub(crate) struct Resp {
    knows_3: bool,
    form: RespForm,
    connection: u32,
    session: Session,
    store: Store,
    mute: Mute,
    transaction: Option<Transaction>,
    begun: bool,
}

impl Resp {
    /// Creates the state of a new connection, which may switch to version 3 if the server knows it.
    pub(crate) fn new(connection: u32, knows_3: bool) -> Self {
        Self {
            knows_3,
            form: RespForm::default(),
            connection,
            session: Session::new(u64::from(connection)),
            store: Store::new(0),
            mute: Mute::Nothing,
            transaction: None,
            begun: false,
        }
    }

    fn command(&mut self, args: &[Bytes]) -> Received {
        let is_skipped = self.mute == Mute::Next;
        if is_skipped {
            self.mute = Mute::Nothing;
        }
        let received = self.understood(args);
        if !is_skipped && self.mute != Mute::Everything {
            return received;
        }
        match received {
            Received::Asked(asked) | Received::Own(Own { asked, .. }) => Received::Silent(asked),
            received => received,
        }
    }

    fn understood(&mut self, args: &[Bytes]) -> Received {
        let name = args[0].to_ascii_uppercase();
        let word = args.get(1).map(|word| word.to_ascii_uppercase()).unwrap_or_default();
        match (name.as_slice(), word.as_slice()) {
            (b"CLIENT", b"REPLY") if args.len() == 3 && self.transaction.is_none() => {
                self.client_reply(&args[2])
            }
            (b"MULTI" | b"EXEC" | b"DISCARD" | b"WATCH", _) => self.transactional(&name, args),
            (b"RESET", _) => {
                self.transaction = None;
                self.form = RespForm::default();
                self.stored(args)
            }
            (b"QUIT", _) => Received::Bye(Bytes::from_static(b"+OK\r\n")),
            (b"HELLO", b"3") if self.knows_3 && hello_is_plain(args) => self.hello_3(args),
            (b"HELLO", b"2") => {
                self.form.version_3 = false;
                self.stored(args)
            }
            (b"HELLO", b"") if self.form.version_3 => self.hello_3(args),
            (b"CLIENT", b"TRACKING") if self.form.version_3 && args.len() > 2 => {
                self.own(args, Bytes::from_static(b"+OK\r\n"))
            }
            // The keys of a schedule do not expire.
            (b"PTTL" | b"TTL", _) if args.len() == 2 => {
                self.own(args, Bytes::from_static(b":-1\r\n"))
            }
            (b"INFO", _) => {
                let mut out = BytesMut::new();
                write_bulk(&mut out, INFO);
                self.own(args, out.freeze())
            }
            _ => match command::asked(args) {
                Some(asked) => self.controlled(asked),
                None => self.stored(args),
            },
        }
    }

    /// Reports a command that a schedule controls, or queues it in a transaction.
    fn controlled(&mut self, mut asked: Asked) -> Received {
        asked.form = Form(Detail::Resp(self.form));
        if let Some(transaction) = &mut self.transaction {
            transaction.parts.push(asked.clone());
            asked.queued = true;
            return Received::Asked(asked);
        }
        if asked.what == What::Subscribe {
            self.form.channels += asked.keys.len();
        }
        Received::Asked(asked)
    }

    /// Replies from the store.
    fn stored(&mut self, args: &[Bytes]) -> Received {
        let mut out = BytesMut::new();
        self.store.execute(0, &mut self.session, args, &mut out);
        let reply = if self.form.version_3 { reply::in_version_3(&out) } else { out.freeze() };
        self.own(args, reply)
    }

    /// Replies by itself, or queues the reply in a transaction.
    fn own(&mut self, args: &[Bytes], reply: Bytes) -> Received {
        let mut asked = command::other(args);
        asked.form = Form(Detail::Resp(self.form));
        let kind = command::kind(args);
        let Some(transaction) = &mut self.transaction else { return asked.own(kind, reply) };
        if transaction::is_refused_at_once(&reply) {
            transaction.is_aborted = true;
            return asked.own(kind, reply);
        }
        let part = Asked { form: Form(Detail::Fixed(reply)), ..asked.clone() };
        transaction.parts.push(part);
        asked.own(kind, Bytes::from_static(b"+QUEUED\r\n"))
    }

    fn hello_3(&mut self, args: &[Bytes]) -> Received {
        self.form.version_3 = true;
        self.own(args, reply::hello_3(self.connection))
    }

    fn client_reply(&mut self, mode: &Bytes) -> Received {
        let asked = Asked::new(What::Other, "CLIENT REPLY");
        match mode.to_ascii_uppercase().as_slice() {
            b"ON" => {
                self.mute = Mute::Nothing;
                asked.own(OwnKind::Housekeeping, &b"+OK\r\n"[..])
            }
            b"OFF" => {
                self.mute = Mute::Everything;
                Received::Silent(asked)
            }
            b"SKIP" => {
                // The command after this one is meant, and `command` takes one off.
                if self.mute == Mute::Nothing {
                    self.mute = Mute::Next;
                }
                Received::Silent(asked)
            }
            _ => asked.own(OwnKind::Housekeeping, &b"-ERR syntax error\r\n"[..]),
        }
    }

    /// Returns a SET whose value is incomplete.
    fn begun(&self, input: &[u8]) -> Option<Asked> {
        let mut at = 0;
        let count = header(input, &mut at, b'*')?;
        let name = bulk(input, &mut at)?;
        if count < 3 || !name.eq_ignore_ascii_case(b"SET") {
            return None;
        }
        let key = String::from_utf8_lossy(bulk(input, &mut at)?).into_owned();
        header(input, &mut at, b'$')?;
        let asked = Asked::new(What::Set, "SET").on(vec![key]);
        Some(Asked { form: Form(Detail::Resp(self.form)), ..asked })
    }
}

impl Protocol for Resp {
    fn receive(&mut self, input: &mut BytesMut) -> Result<Option<Received>, BadBytes> {
        match decode_command(input) {
            Ok(Some(command)) => {
                self.begun = false;
                Ok(Some(self.command(&command.args)))
            }
            Ok(None) if !self.begun && self.mute == Mute::Nothing && self.transaction.is_none() => {
                let asked = self.begun(input);
                self.begun = asked.is_some();
                Ok(asked.map(Received::Begun))
            }
            Ok(None) => Ok(None),
            Err(error) => {
                let mut reply = BytesMut::new();
                error.write_to(&mut reply);
                Err(BadBytes { reason: error.to_string(), reply: reply.freeze() })
            }
        }
    }

    fn answer(&self, asked: &Asked, answer: &Answer) -> Option<Bytes> {
        reply::answer(asked, answer)
    }

    fn extra(&self, extra: &Extra) -> Option<Bytes> {
        reply::extra(extra, self.form)
    }

    fn boundaries(&self, reply: &[u8]) -> Vec<usize> {
        lines::ends(reply, lines::resp_body)
    }
}

/// Returns whether a HELLO has a version alone; names and passwords are the store's to check.
fn hello_is_plain(args: &[Bytes]) -> bool {
    let mut at = 2;
    while let Some(word) = args.get(at) {
        at += match word.to_ascii_uppercase().as_slice() {
            b"AUTH" => 3,
            b"SETNAME" => 2,
            _ => return false,
        };
    }
    at == args.len()
}

/// Reads a length, as in `$3`, and moves to the bytes after its line.
fn header(input: &[u8], at: &mut usize, kind: u8) -> Option<usize> {
    let rest = input.get(*at..)?;
    let end = rest.iter().position(|byte| *byte == b'\r')?;
    let digits = rest.get(1..end)?;
    if rest[0] != kind || rest.len() < end + 2 {
        return None;
    }
    *at += end + 2;
    usize::try_from(parse_int(digits)?).ok()
}

/// Reads a whole bulk string, and moves to the bytes after it.
fn bulk<'a>(input: &'a [u8], at: &mut usize) -> Option<&'a [u8]> {
    let len = header(input, at, b'$')?;
    let end = at.checked_add(len)?;
    let found = input.get(*at..end)?;
    input.get(end..end + 2)?;
    *at = end + 2;
    Some(found)
}
