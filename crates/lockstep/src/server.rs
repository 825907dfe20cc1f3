//! The server. It withholds every reply to GET, MGET, SET and INCR until the schedule sends it.
//! Other commands, which libraries send when they connect, are answered as by a healthy server.

mod owed;
mod wire;

pub(super) use owed::Instead;

use super::schedule::At;
use super::trace::{Asked, CommandId, EndedBy, Fact, Seal, WireId};
use crosswire_protocol::{Dialect, Extra};
use mio::net::{TcpListener, TcpStream};
use mio::{Interest, Registry, Token};
use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr};
use std::time::Duration;
use wire::Wire;

/// The token of all sockets: whenever one is ready, all are read in a fixed order.
const ANY: Token = Token(0);

/// An event on a connection.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Seen {
    Opened,
    Arrived(Asked, CommandId),
    Closed(EndedBy),
    /// A request to cancel what a connection runs; none if it names none.
    AskedToCancel(Option<WireId>),
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
    /// The connection of each command.
    places: BTreeMap<CommandId, WireId>,
    /// True if requests to cancel wait for the schedule.
    lands: bool,
}

impl Server {
    /// Listens on a free port of the loopback. With `lands`, requests to cancel wait for the
    /// schedule.
    pub(super) fn open(registry: &Registry, dialect: Dialect, lands: bool) -> io::Result<Self> {
        let registry = registry.try_clone()?;
        let mut listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        registry.register(&mut listener, ANY, Interest::READABLE)?;
        let (wires, clients, places) = (Vec::new(), Vec::new(), BTreeMap::new());
        Ok(Self { registry, listener, dialect, wires, clients, commands: 0, places, lands })
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
                    self.places.insert(self.commands, id);
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
        self.wires.push(Wire::open(socket, protocol));
        Ok(())
    }

    fn read(&mut self, place: usize) -> u64 {
        let wire = &mut self.wires[place];
        if wire.stalled {
            return 0;
        }
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
                Ok(Some(received)) => wire.received(received, self.lands),
                Ok(None) => break true,
                Err(_) => break false,
            }
            news += 1;
        };
        if self.wires[place].is_over {
            self.wires[place].end();
            self.wires[place].news.push(Seen::Closed(EndedBy::Close));
            return news + 1;
        }
        if !(open && sound) {
            self.wires[place].end();
            self.wires[place].news.push(Seen::Closed(EndedBy::Client));
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

    /// Returns whether any reply is withheld, completely or in part, or a request to cancel.
    pub(super) fn holds(&self) -> bool {
        self.wires.iter().any(|wire| {
            let awaits_cancel = wire.cancels.is_some() && wire.socket.is_some();
            awaits_cancel || wire.owed.iter().any(|owed| owed.held.is_some())
        })
    }

    pub(super) fn is_open(&self, wire: WireId) -> bool {
        self.wires.get(wire as usize - 1).is_some_and(|wire| wire.socket.is_some())
    }

    /// Returns the connection that the last of these commands arrived on, if it is open.
    pub(super) fn last_used(&self, commands: &[CommandId]) -> Option<WireId> {
        let wire = *self.places.get(commands.last()?)?;
        if self.is_open(wire) { Some(wire) } else { None }
    }

    /// Returns whether the reply to a command is outstanding on a connection.
    pub(super) fn is_waited_on(&self, wire: WireId) -> bool {
        self.wires[wire as usize - 1].owed.iter().any(|owed| owed.held.is_some())
    }

    /// Stops to read from a connection.
    pub(super) fn stall(&mut self, wire: WireId) -> Fact {
        self.wires[wire as usize - 1].stalled = true;
        Fact::Stalled(wire)
    }

    /// Reads from a connection again; none if it is not stalled.
    pub(super) fn resume(&mut self, wire: WireId) -> Option<Fact> {
        let stalled = std::mem::take(&mut self.wires[wire as usize - 1].stalled);
        if stalled { Some(Fact::Resumed(wire)) } else { None }
    }

    /// Reads from all connections again.
    pub(super) fn resume_all(&mut self) -> Vec<Fact> {
        (1..=self.wires.len() as WireId).filter_map(|wire| self.resume(wire)).collect()
    }

    /// Returns whether nothing is read from some connection.
    pub(super) fn is_stalled(&self) -> bool {
        self.wires.iter().any(|wire| wire.stalled && wire.socket.is_some())
    }

    /// Carries out the first request to cancel what a connection runs: the command that runs there
    /// ends with an error, if its reply has not begun, and the connection of the request is closed.
    /// None if there is no such request.
    pub(super) fn land(&mut self, of: WireId) -> io::Result<Option<Vec<Fact>>> {
        // The client need not wait for it: its connection may be closed by now.
        let waits = |wire: &Wire| wire.cancels == Some(of);
        let Some(place) = self.wires.iter().position(waits) else { return Ok(None) };
        self.wires[place].cancels = None;
        let (request, mut facts) = (place as WireId + 1, Vec::new());
        let running = self.wires.get(of as usize - 1).and_then(Wire::running);
        let cancelled = running.and_then(|it| self.send(it, None, Some(Instead::Cancelled)));
        let hit = if cancelled.is_some() { running } else { None };
        facts.push(Fact::Landed { wire: request, hit });
        facts.extend(cancelled.into_iter().flatten());
        if self.is_open(request) {
            facts.push(self.hang_up(request, EndedBy::Close)?);
        }
        Ok(Some(facts))
    }

    /// Carries out the first request to cancel that waits, if one does.
    pub(super) fn land_next(&mut self) -> io::Result<Option<Vec<Fact>>> {
        let Some(of) = self.wires.iter().find_map(|wire| wire.cancels) else { return Ok(None) };
        self.land(of)
    }

    /// Says that the value of a key has changed, or why that is impossible.
    pub(super) fn invalidate(&mut self, wire: WireId, key: &str) -> Result<Fact, &'static str> {
        self.push(wire, &Extra::Invalidate(vec![key.to_owned()]))?;
        Ok(Fact::Invalidated { wire, key: key.to_owned() })
    }

    /// Sends an unsolicited reply about a key, or says why that is impossible.
    pub(super) fn send_extra(&mut self, wire: WireId, key: &str) -> Result<Fact, &'static str> {
        let seal = Seal { key: key.to_owned(), command: self.commands + 1 };
        self.push(wire, &Extra::Value(seal.key.clone(), seal.to_string()))?;
        self.commands += 1;
        Ok(Fact::Extra { wire, seal })
    }

    /// Sends a message that no command has asked for, or says why that is impossible.
    fn push(&mut self, wire: WireId, extra: &Extra) -> Result<(), &'static str> {
        let of = &mut self.wires[wire as usize - 1];
        if of.owed.front().is_some_and(|owed| owed.sent > 0) {
            return Err("half of a reply is on its connection");
        }
        let Some(bytes) = of.protocol.extra(extra) else {
            return Err("the protocol has no message of this kind");
        };
        let socket = of.socket.as_mut().expect("the connection is open");
        // If the write fails, the peer is gone, which the next read of the sockets notices.
        let _ = socket.write_all(&bytes);
        Ok(())
    }

    /// Sends everything owed on a connection up to a command, with all of that command's reply or
    /// the part before a cut; none if the protocol has no such reply to the command.
    pub(super) fn send(
        &mut self,
        command: CommandId,
        cut: Option<At>,
        instead: Option<Instead>,
    ) -> Option<Vec<Fact>> {
        let place = self.place(command).expect("the reply to the command is outstanding");
        let wire = &mut self.wires[place];
        let mine = wire.owed.iter().position(|owed| owed.is_to(command));
        let mine = mine.expect("the reply to the command is outstanding");
        if let Some(instead) = instead {
            wire.owed[mine].replace(command, instead, &*wire.protocol)?;
        }
        for owed in wire.owed.iter_mut().take(mine) {
            owed.due = owed.bytes.len();
        }
        wire.owed[mine].may_be_sent(cut);
        Some(wire.pay())
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
        let of = &mut self.wires[wire as usize - 1];
        if let Some(socket) = &of.socket {
            match by {
                EndedBy::Reset => reset(socket)?,
                // The client may have ended it meanwhile.
                _ => drop(socket.shutdown(Shutdown::Write)),
            }
        }
        of.end();
        Ok(Fact::Closed(wire, by))
    }
}

/// Resets a connection now. Closing it would do so too, but not while another thread is starting a
/// process, which has a copy of the socket for a moment.
fn reset(socket: &TcpStream) -> io::Result<()> {
    socket2::SockRef::from(socket).set_linger(Some(Duration::ZERO))?;
    #[cfg(target_os = "linux")]
    rustix::net::connect_unspec(socket)?;
    Ok(())
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
