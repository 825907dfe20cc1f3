//! A connection of the server, with the replies that it owes.

use super::Seen;
use super::owed::{Held, Owed, asked, reply, sealed};
use crate::schedule::Form;
use crate::trace::{CommandId, Fact, Payload, WireId};
use bytes::{Bytes, BytesMut};
use crosswire_protocol::{Protocol, Received};
use mio::net::TcpStream;
use std::collections::VecDeque;
use std::io::Write;

/// A connection.
pub(super) struct Wire {
    /// None once the connection has ended.
    pub(super) socket: Option<TcpStream>,
    pub(super) input: BytesMut,
    pub(super) protocol: Box<dyn Protocol>,
    pub(super) owed: VecDeque<Owed>,
    /// True while nothing is read from it.
    pub(super) stalled: bool,
    /// True once the server is to close it.
    pub(super) is_over: bool,
    /// The connection to cancel what runs on, until that is carried out.
    pub(super) cancels: Option<WireId>,
    /// Events that are not reported yet. A command is numbered when it is reported.
    pub(super) news: Vec<Seen>,
}

impl Wire {
    /// Creates a connection that has just been opened.
    pub(super) fn open(socket: TcpStream, protocol: Box<dyn Protocol>) -> Self {
        // Some protocols let the server speak first.
        let greeting = protocol.greeting().map(|own| Owed::new(None, own.reply));
        Self {
            socket: Some(socket),
            input: BytesMut::new(),
            protocol,
            owed: greeting.into_iter().collect(),
            stalled: false,
            is_over: false,
            cancels: None,
            news: vec![Seen::Opened],
        }
    }

    /// Takes a message. The replies to GET, MGET and SET wait for the schedule.
    /// With `lands`, a request to cancel waits for it, too.
    pub(super) fn received(&mut self, received: Received, lands: bool) {
        let bytes = match received {
            Received::Asked(received) => match asked(&received) {
                Some(asked) => {
                    self.news.push(Seen::Arrived(asked.clone(), 0));
                    let payload = Payload::Value(Form::Value);
                    let held = Some(Held { asked, received, command: None, payload });
                    self.owed.push_back(Owed::new(held, Bytes::new()));
                    return;
                }
                None => reply(&*self.protocol, &received, &received.usual()),
            },
            Received::Own(own) => own.reply,
            Received::Bye(reply) => reply,
            Received::Cancel(of) => {
                self.news.push(Seen::AskedToCancel(of));
                self.cancels = of.filter(|_| lands);
                // PostgreSQL acknowledges a request to cancel by closing its connection. One that
                // does not wait comes too late to cancel anything.
                self.is_over = self.cancels.is_none();
                return;
            }
            Received::Begun(_) | Received::Silent(_) => return,
        };
        self.owed.push_back(Owed::new(None, bytes));
    }

    pub(super) fn end(&mut self) {
        self.socket = None;
        self.owed.clear();
    }

    /// Returns the command that runs here, if the schedule controls its reply and nothing of that
    /// has been sent.
    pub(super) fn running(&self) -> Option<CommandId> {
        let first = self.owed.front()?;
        if first.sent > 0 {
            return None;
        }
        first.held.as_ref()?.command
    }

    /// Returns whether the schedule does not control the next reply.
    pub(super) fn may_answer(&self) -> bool {
        self.owed.front().is_some_and(|owed| owed.held.is_none())
    }

    /// Numbers the first command without a number. The command may be gone with its connection.
    pub(super) fn number(&mut self, command: CommandId) {
        let held = self.owed.iter_mut().find_map(|owed| match &mut owed.held {
            Some(held) if held.command.is_none() => Some((held, &mut owed.bytes)),
            _ => None,
        });
        if let Some((held, bytes)) = held {
            held.command = Some(command);
            let answer = sealed(&held.received, &held.asked, command);
            *bytes = reply(&*self.protocol, &held.received, &answer);
        }
    }

    /// Sends what may be sent, in order and in a single write.
    pub(super) fn pay(&mut self) -> Vec<Fact> {
        let (mut facts, mut piece) = (Vec::new(), Vec::new());
        while let Some(owed) = self.owed.front_mut() {
            if owed.due > owed.sent {
                piece.extend_from_slice(&owed.bytes[owed.sent..owed.due]);
                facts.extend(owed.fact(&*self.protocol));
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
