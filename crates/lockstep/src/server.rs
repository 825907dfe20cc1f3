//! The server's side: every reply to GET, MGET and SET is in the hand of the schedule. What a
//! library asks for when it connects is answered as a Redis 7 would.

use super::trace::{Asked, CommandId, EndedBy, Fact, Part, Seal, WireId};
use bytes::{Bytes, BytesMut};
use crosswire_cache::resp::{Reply, decode_command, encode_reply, write_bulk};
use crosswire_cache::store::{Session, Store};
use mio::net::{TcpListener, TcpStream};
use mio::{Interest, Registry, Token};
use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

/// All sockets have one: whenever one is ready, all are looked at in the same order.
const ANY: Token = Token(0);

/// What some libraries wait for before they call a server ready.
const INFO: &[u8] = b"# Server\r\nredis_version:7.2.0\r\nredis_mode:standalone\r\nloading:0\r\n\
                      # Replication\r\nrole:master\r\n";

/// What has come on a connection.
#[derive(Debug)]
pub(super) enum Seen {
    Opened,
    Arrived(Asked, CommandId),
    Closed,
}

/// A server for one schedule, on a port of its own.
pub(super) struct Server {
    registry: Registry,
    listener: TcpListener,
    wires: Vec<Wire>,
    store: Store,
    commands: CommandId,
}

struct Wire {
    /// None when it has come to its end.
    socket: Option<TcpStream>,
    input: BytesMut,
    session: Session,
    owed: VecDeque<Owed>,
    /// What has come and is not reported yet; a command has no number before it is.
    news: Vec<Seen>,
}

/// A reply that is not sent yet, or not all of it.
struct Owed {
    /// None if it is not in the schedule's hand.
    held: Option<Held>,
    /// Empty as long as its command has no number.
    bytes: Bytes,
    sent: usize,
    /// Up to here it may be sent.
    due: usize,
}

struct Held {
    asked: Asked,
    command: Option<CommandId>,
    error: bool,
}

impl Server {
    /// Listens on a free port of the loopback.
    pub(super) fn open(registry: &Registry) -> io::Result<Self> {
        let registry = registry.try_clone()?;
        let mut listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        registry.register(&mut listener, ANY, Interest::READABLE)?;
        Ok(Self { registry, listener, wires: Vec::new(), store: Store::new(0), commands: 0 })
    }

    pub(super) fn port(&self) -> io::Result<u16> {
        Ok(self.listener.local_addr()?.port())
    }

    /// Takes in all that has come, and says how much that is. What is not in the schedule's hand is
    /// answered now if it is to be answered `at_once`, and otherwise by [`answer_one`](Self::answer_one).
    pub(super) fn look(&mut self, at_once: bool) -> io::Result<u64> {
        let mut news = 0;
        while let Some(socket) = ready(self.listener.accept())? {
            self.welcome(socket.0)?;
            news += 1;
        }
        for place in 0..self.wires.len() {
            news += self.read(place);
            if at_once && self.wires[place].may_answer() {
                self.wires[place].pay();
            }
        }
        Ok(news)
    }

    /// Sends what one connection is owed and is not in the schedule's hand; says whether there was any.
    pub(super) fn answer_one(&mut self) -> bool {
        let wire = self.wires.iter_mut().find(|wire| wire.may_answer());
        wire.map(Wire::pay).is_some()
    }

    /// What has come since the last report. In which order it came on different connections nobody
    /// can know, so it goes by their numbers; and in that order commands get theirs.
    pub(super) fn report(&mut self) -> Vec<(WireId, Seen)> {
        let mut report = Vec::new();
        for (wire, id) in self.wires.iter_mut().zip(1..) {
            for mut seen in std::mem::take(&mut wire.news) {
                if let Seen::Arrived(_, number) = &mut seen {
                    self.commands += 1;
                    *number = self.commands;
                    wire.number(self.commands);
                }
                report.push((id, seen));
            }
        }
        report
    }

    fn welcome(&mut self, mut socket: TcpStream) -> io::Result<()> {
        socket.set_nodelay(true)?;
        self.registry.register(&mut socket, ANY, Interest::READABLE)?;
        let session = Session::new(self.wires.len() as u64 + 1);
        let (socket, input, owed) = (Some(socket), BytesMut::new(), VecDeque::new());
        self.wires.push(Wire { socket, input, session, owed, news: vec![Seen::Opened] });
        Ok(())
    }

    fn read(&mut self, place: usize) -> u64 {
        let wire = &mut self.wires[place];
        let Some(socket) = &mut wire.socket else { return 0 };
        let (mut chunk, mut fresh) = ([0; 16 * 1024], false);
        let open = loop {
            match socket.read(&mut chunk) {
                Ok(0) => break false,
                Ok(count) => {
                    wire.input.extend_from_slice(&chunk[..count]);
                    fresh = true;
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    // A client without TCP_NODELAY holds back what it writes next until then.
                    if !std::mem::take(&mut fresh) || acknowledge(socket).is_err() {
                        break true;
                    }
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                // The peer is gone, however it went.
                Err(_) => break false,
            }
        };
        let mut news = 0;
        let sound = loop {
            match decode_command(&mut self.wires[place].input) {
                Ok(Some(command)) => self.received(place, &command.args),
                Ok(None) => break true,
                Err(_) => break false,
            }
            news += 1;
        };
        if !(open && sound) {
            self.wires[place].end();
            self.wires[place].news.push(Seen::Closed);
            news += 1;
        }
        news
    }

    fn received(&mut self, place: usize, args: &[Bytes]) {
        let wire = &mut self.wires[place];
        if let Some(asked) = asked(args) {
            let held = Some(Held { asked: asked.clone(), command: None, error: false });
            wire.owed.push_back(Owed { held, bytes: Bytes::new(), sent: 0, due: 0 });
            wire.news.push(Seen::Arrived(asked, 0));
            return;
        }
        let mut out = BytesMut::new();
        if args[0].eq_ignore_ascii_case(b"INFO") {
            write_bulk(&mut out, INFO);
        } else {
            self.store.execute(0, &mut wire.session, args, &mut out);
        }
        let due = out.len();
        wire.owed.push_back(Owed { held: None, bytes: out.freeze(), sent: 0, due });
    }

    /// The first of these commands whose reply is still to come, and its connection.
    pub(super) fn owed(&self, commands: &[CommandId]) -> Option<(CommandId, WireId)> {
        commands.iter().find_map(|command| Some((*command, self.place(*command)? as WireId + 1)))
    }

    fn place(&self, command: CommandId) -> Option<usize> {
        self.wires.iter().position(|wire| wire.owed.iter().any(|owed| owed.is_to(command)))
    }

    /// Whether a reply is held, or a part of one.
    pub(super) fn holds(&self) -> bool {
        self.wires.iter().any(|wire| wire.owed.iter().any(|owed| owed.held.is_some()))
    }

    pub(super) fn is_open(&self, wire: WireId) -> bool {
        self.wires.get(wire as usize - 1).is_some_and(|wire| wire.socket.is_some())
    }

    /// Sends all that is owed on a connection up to a command, and of its own reply all or half.
    pub(super) fn send(&mut self, command: CommandId, part: Part, error: bool) -> Vec<Fact> {
        let Some(place) = self.place(command) else { return Vec::new() };
        let wire = &mut self.wires[place];
        for owed in &mut wire.owed {
            if !owed.is_to(command) {
                owed.due = owed.bytes.len();
                continue;
            }
            if error {
                owed.refuse(command);
            }
            owed.due = if part == Part::Half { owed.bytes.len() / 2 } else { owed.bytes.len() };
            break;
        }
        wire.pay()
    }

    /// Sends all that is owed on the first connection on which something is; none if none is.
    pub(super) fn send_next(&mut self) -> Option<Vec<Fact>> {
        let wire = self.wires.iter_mut().find(|wire| !wire.owed.is_empty())?;
        wire.owed.iter_mut().for_each(|owed| owed.due = owed.bytes.len());
        Some(wire.pay())
    }

    /// Ends a connection.
    pub(super) fn hang_up(&mut self, wire: WireId, by: EndedBy) -> io::Result<Fact> {
        let place = wire as usize - 1;
        if let (Some(socket), EndedBy::Reset) = (&self.wires[place].socket, by) {
            socket2::SockRef::from(socket).set_linger(Some(Duration::ZERO))?;
        }
        self.wires[place].end();
        Ok(Fact::Closed(wire, by))
    }
}

impl Wire {
    fn end(&mut self) {
        self.socket = None;
        self.owed.clear();
    }

    /// Whether the reply that comes next is not in the schedule's hand.
    fn may_answer(&self) -> bool {
        self.owed.front().is_some_and(|owed| owed.held.is_none())
    }

    /// Gives the first command without a number this one; it may be gone with the connection.
    fn number(&mut self, command: CommandId) {
        let held = self.owed.iter_mut().find_map(|owed| match &mut owed.held {
            Some(held) if held.command.is_none() => Some((held, &mut owed.bytes)),
            _ => None,
        });
        if let Some((held, bytes)) = held {
            held.command = Some(command);
            *bytes = answer(&held.asked, command);
        }
    }

    /// Sends what is due, in order and in one piece.
    fn pay(&mut self) -> Vec<Fact> {
        let (mut facts, mut piece) = (Vec::new(), Vec::new());
        while let Some(owed) = self.owed.front_mut() {
            if owed.due > owed.sent {
                piece.extend_from_slice(&owed.bytes[owed.sent..owed.due]);
                facts.extend(owed.told());
                owed.sent = owed.due;
            }
            if owed.sent < owed.bytes.len() || owed.bytes.is_empty() {
                break;
            }
            self.owed.pop_front();
        }
        let Some(socket) = &mut self.socket else { return Vec::new() };
        // A few bytes always fit. Who does not take them is gone, and is seen to be when the sockets
        // are looked at next.
        if socket.write_all(&piece).is_ok() { facts } else { Vec::new() }
    }
}

impl Owed {
    fn is_to(&self, command: CommandId) -> bool {
        self.held.as_ref().is_some_and(|held| held.command == Some(command))
    }

    fn refuse(&mut self, command: CommandId) {
        let Some(held) = &mut self.held else { return };
        let key = held.asked.keys().first().cloned().unwrap_or_default();
        let text = format!("ERR refused on purpose: {}", Seal { key, command });
        let mut out = BytesMut::new();
        encode_reply(&mut out, &Reply::Error(text));
        (self.bytes, held.error) = (out.freeze(), true);
    }

    /// What is said of sending what is due.
    fn told(&self) -> Option<Fact> {
        let part = match (self.sent, self.due == self.bytes.len()) {
            (0, true) => Part::Whole,
            (_, true) => Part::Rest,
            (_, false) => Part::Half,
        };
        let held = self.held.as_ref()?;
        Some(Fact::Sent { command: held.command?, part, error: held.error })
    }
}

/// What is in the schedule's hand; nothing of what is answered at once.
fn asked(args: &[Bytes]) -> Option<Asked> {
    let text = |bytes: &Bytes| String::from_utf8_lossy(bytes).into_owned();
    match (args[0].to_ascii_uppercase().as_slice(), &args[1..]) {
        (b"GET", [key]) => Some(Asked::Get(text(key))),
        (b"SET", [key, value]) => Some(Asked::Set(text(key), text(value))),
        (b"MGET", keys) if !keys.is_empty() => Some(Asked::Mget(keys.iter().map(text).collect())),
        _ => None,
    }
}

/// The reply to a command: what can be sealed is.
fn answer(asked: &Asked, command: CommandId) -> Bytes {
    let sealed = |key: &String| Reply::Bulk(Seal { key: key.clone(), command }.to_string().into());
    let reply = match asked {
        Asked::Get(key) => sealed(key),
        Asked::Mget(keys) => Reply::Array(keys.iter().map(sealed).collect()),
        Asked::Set(..) => Reply::Simple("OK".into()),
    };
    let mut out = BytesMut::new();
    encode_reply(&mut out, &reply);
    out.freeze()
}

/// Acknowledges at once what was read, and not some milliseconds later.
fn acknowledge(socket: &TcpStream) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    socket2::SockRef::from(socket).set_tcp_quickack(true)?;
    Ok(())
}

/// Nothing, where it would have to be waited for.
fn ready<T>(done: io::Result<T>) -> io::Result<Option<T>> {
    match done {
        Ok(done) => Ok(Some(done)),
        Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(None),
        Err(error) if error.kind() == ErrorKind::ConnectionAborted => Ok(None),
        Err(error) => Err(error),
    }
}
