//! The server. It withholds every reply to GET, MGET and SET until the schedule sends it. Other
//! commands, which libraries send when they connect, are answered as by Redis 7.

use super::trace::{Asked, CommandId, EndedBy, Fact, Part, Seal, WireId};
use bytes::{Bytes, BytesMut};
use crosswire_protocol::{Answer, Dialect, ErrorKind, Protocol, Received, What};
use mio::net::{TcpListener, TcpStream};
use mio::{Interest, Registry, Token};
use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

/// The token of all sockets: whenever one is ready, all are read in a fixed order.
const ANY: Token = Token(0);

/// An event on a connection.
#[derive(Debug)]
pub(super) enum Seen {
    Opened,
    Arrived(Asked, CommandId),
    Closed,
}

/// A server for one schedule, on a free port.
pub(super) struct Server {
    registry: Registry,
    listener: TcpListener,
    dialect: Dialect,
    wires: Vec<Wire>,
    /// The client's port of each connection.
    clients: Vec<u16>,
    commands: CommandId,
}

struct Wire {
    /// None once the connection has ended.
    socket: Option<TcpStream>,
    input: BytesMut,
    protocol: Box<dyn Protocol>,
    owed: VecDeque<Owed>,
    /// Events that are not reported yet. A command is numbered when it is reported.
    news: Vec<Seen>,
}

/// A reply that is not sent yet, or not completely.
struct Owed {
    /// The command, for replies that the schedule controls.
    held: Option<Held>,
    /// Empty until the command has its number.
    bytes: Bytes,
    sent: usize,
    /// The number of bytes that may be sent.
    due: usize,
}

struct Held {
    asked: Asked,
    /// The command as the protocol received it.
    received: crosswire_protocol::Asked,
    command: Option<CommandId>,
    error: bool,
}

impl Server {
    /// Listens on a free port of the loopback.
    pub(super) fn open(registry: &Registry) -> io::Result<Self> {
        let registry = registry.try_clone()?;
        let mut listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        registry.register(&mut listener, ANY, Interest::READABLE)?;
        let (wires, clients) = (Vec::new(), Vec::new());
        Ok(Self { registry, listener, dialect: Dialect::Resp2, wires, clients, commands: 0 })
    }

    pub(super) fn port(&self) -> io::Result<u16> {
        Ok(self.listener.local_addr()?.port())
    }

    /// Returns the client's port of each connection so far.
    pub(super) fn clients(&self) -> &[u16] {
        &self.clients
    }

    /// Reads everything that has arrived, and returns the number of events. With `at_once`, replies
    /// that the schedule does not control are sent now, otherwise by
    /// [`answer_one`](Self::answer_one).
    pub(super) fn look(&mut self, at_once: bool) -> io::Result<u64> {
        let mut news = 0;
        while let Some(socket) = ready(self.listener.accept())? {
            self.clients.push(socket.1.port());
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

    /// Sends the replies of one connection that the schedule does not control. Returns false if
    /// there are none.
    pub(super) fn answer_one(&mut self) -> bool {
        let wire = self.wires.iter_mut().find(|wire| wire.may_answer());
        wire.map(Wire::pay).is_some()
    }

    /// Returns the events since the last report. Across connections their order cannot be known, so
    /// they are sorted by connection, and commands are numbered in that order.
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
        let protocol = self.dialect.open(self.wires.len() as u32 + 1);
        let (socket, input, owed) = (Some(socket), BytesMut::new(), VecDeque::new());
        self.wires.push(Wire { socket, input, protocol, owed, news: vec![Seen::Opened] });
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
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    // Until then, a client without TCP_NODELAY holds its next bytes back.
                    if !std::mem::take(&mut fresh) || acknowledge(socket).is_err() {
                        break true;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // The peer is gone; the reason does not matter.
                Err(_) => break false,
            }
        };
        let mut news = 0;
        let sound = loop {
            let wire = &mut self.wires[place];
            match wire.protocol.receive(&mut wire.input) {
                Ok(Some(received)) => wire.received(received),
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

    /// Returns the first of these commands whose reply is outstanding, with its connection.
    pub(super) fn owed(&self, commands: &[CommandId]) -> Option<(CommandId, WireId)> {
        commands.iter().find_map(|command| Some((*command, self.place(*command)? as WireId + 1)))
    }

    fn place(&self, command: CommandId) -> Option<usize> {
        self.wires.iter().position(|wire| wire.owed.iter().any(|owed| owed.is_to(command)))
    }

    /// Returns whether any reply is withheld, completely or in part.
    pub(super) fn holds(&self) -> bool {
        self.wires.iter().any(|wire| wire.owed.iter().any(|owed| owed.held.is_some()))
    }

    pub(super) fn is_open(&self, wire: WireId) -> bool {
        self.wires.get(wire as usize - 1).is_some_and(|wire| wire.socket.is_some())
    }

    /// Sends everything owed on a connection up to a command, with all or half of that command's
    /// reply.
    pub(super) fn send(&mut self, command: CommandId, part: Part, error: bool) -> Vec<Fact> {
        let place = self.place(command).expect("the reply to the command is outstanding");
        let wire = &mut self.wires[place];
        for owed in &mut wire.owed {
            if !owed.is_to(command) {
                owed.due = owed.bytes.len();
                continue;
            }
            if error {
                owed.refuse(command, &*wire.protocol);
            }
            owed.due = if part == Part::Half { owed.bytes.len() / 2 } else { owed.bytes.len() };
            break;
        }
        wire.pay()
    }

    /// Sends everything on the first connection that is owed a reply; none if there is no such
    /// connection.
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
    /// Takes a message. The replies to GET, MGET and SET wait for the schedule.
    fn received(&mut self, received: Received) {
        let bytes = match received {
            Received::Asked(received) => match asked(&received) {
                Some(asked) => {
                    self.news.push(Seen::Arrived(asked.clone(), 0));
                    let held = Some(Held { asked, received, command: None, error: false });
                    self.owed.push_back(Owed { held, bytes: Bytes::new(), sent: 0, due: 0 });
                    return;
                }
                None => reply(&*self.protocol, &received, &received.usual()),
            },
            Received::Own(own) => own.reply,
            Received::Bye(reply) => reply,
            Received::Begun(_) | Received::Silent(_) | Received::Cancel { .. } => return,
        };
        let due = bytes.len();
        self.owed.push_back(Owed { held: None, bytes, sent: 0, due });
    }

    fn end(&mut self) {
        self.socket = None;
        self.owed.clear();
    }

    /// Returns whether the schedule does not control the next reply.
    fn may_answer(&self) -> bool {
        self.owed.front().is_some_and(|owed| owed.held.is_none())
    }

    /// Numbers the first command without a number. The command may be gone with its connection.
    fn number(&mut self, command: CommandId) {
        let held = self.owed.iter_mut().find_map(|owed| match &mut owed.held {
            Some(held) if held.command.is_none() => Some((held, &mut owed.bytes)),
            _ => None,
        });
        if let Some((held, bytes)) = held {
            held.command = Some(command);
            let answer = sealed(&held.asked, command);
            *bytes = reply(&*self.protocol, &held.received, &answer);
        }
    }

    /// Sends what may be sent, in order and in a single write.
    fn pay(&mut self) -> Vec<Fact> {
        let (mut facts, mut piece) = (Vec::new(), Vec::new());
        while let Some(owed) = self.owed.front_mut() {
            if owed.due > owed.sent {
                piece.extend_from_slice(&owed.bytes[owed.sent..owed.due]);
                facts.extend(owed.fact());
                owed.sent = owed.due;
            }
            if owed.sent < owed.bytes.len() || owed.bytes.is_empty() {
                break;
            }
            self.owed.pop_front();
        }
        let socket = self.socket.as_mut().expect("a connection that has ended owes no reply");
        // A few bytes always fit. If the write fails, the peer is gone, which the next read of the
        // sockets notices.
        if socket.write_all(&piece).is_ok() { facts } else { Vec::new() }
    }
}

impl Owed {
    fn is_to(&self, command: CommandId) -> bool {
        self.held.as_ref().is_some_and(|held| held.command == Some(command))
    }

    fn refuse(&mut self, command: CommandId, protocol: &dyn Protocol) {
        let held = self.held.as_mut().expect("a schedule refuses commands of its calls");
        let key = held.asked.keys().first().expect("a command has a key").clone();
        let text = format!("refused on purpose: {}", Seal { key, command });
        let answer = Answer::Error(ErrorKind::Refused, text);
        (self.bytes, held.error) = (reply(protocol, &held.received, &answer), true);
    }

    /// Returns the fact of sending what may be sent.
    fn fact(&self) -> Option<Fact> {
        let part = match (self.sent, self.due == self.bytes.len()) {
            (0, true) => Part::Whole,
            (_, true) => Part::Rest,
            (_, false) => Part::Half,
        };
        let held = self.held.as_ref()?;
        Some(Fact::Sent { command: held.command?, part, error: held.error })
    }
}

/// Returns a command in the words of a trace; none if the schedule does not control it.
fn asked(received: &crosswire_protocol::Asked) -> Option<Asked> {
    let keys = received.keys.clone();
    let first = keys.first()?.clone();
    match received.what {
        _ if received.queued => None,
        What::Get => Some(Asked::Get(first)),
        What::Set => Some(Asked::Set(first, received.value.clone()?)),
        What::GetMany => Some(Asked::Mget(keys)),
        _ => None,
    }
}

/// Returns the answer to a command, with a seal where possible.
fn sealed(asked: &Asked, command: CommandId) -> Answer {
    let seal = |key: &String| Some(Seal { key: key.clone(), command }.to_string());
    match asked {
        Asked::Get(_) | Asked::Mget(_) => Answer::Values(asked.keys().iter().map(seal).collect()),
        Asked::Set(..) => Answer::Done,
    }
}

fn reply(protocol: &dyn Protocol, asked: &crosswire_protocol::Asked, answer: &Answer) -> Bytes {
    let reply = protocol.answer(asked, answer);
    reply.unwrap_or_else(|| panic!("the protocol has no reply {answer:?} to {asked}"))
}

/// Acknowledges the bytes read at once, not some milliseconds later.
fn acknowledge(socket: &TcpStream) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    socket2::SockRef::from(socket).set_tcp_quickack(true)?;
    Ok(())
}

/// Turns an operation that would block into `None`.
fn ready<T>(done: io::Result<T>) -> io::Result<Option<T>> {
    match done {
        Ok(done) => Ok(Some(done)),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
        Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => Ok(None),
        Err(error) => Err(error),
    }
}
