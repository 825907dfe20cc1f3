//! What the server does by itself in protocols other than RESP.

use crate::server::{Seen, Server};
use crate::trace::EndedBy;
use crosswire_protocol::Dialect;
use mio::Poll;
use std::io::{Read, Write};
use std::net::TcpStream;

/// A server of a protocol, and a client's connection to it.
fn connected(dialect: Dialect) -> (Server, TcpStream) {
    let sockets = Poll::new().expect("a poll");
    let server = Server::open(sockets.registry(), dialect).expect("a server");
    let port = server.port().expect("a port");
    (server, TcpStream::connect(("127.0.0.1", port)).expect("a connection"))
}

#[test]
fn a_server_that_speaks_first_is_heard() {
    let (mut server, mut client) = connected(Dialect::MySql);
    server.look(false).expect("sockets");
    assert!(server.answer_one(), "the greeting is owed");
    let mut length = [0; 4];
    client.read_exact(&mut length).expect("a greeting");
    let mut greeting = vec![0; usize::from(length[0])];
    client.read_exact(&mut greeting).expect("a greeting");
    assert_eq!(greeting[0], 10, "the version of the handshake");
}

#[test]
fn a_request_to_cancel_is_acknowledged_by_closing() {
    let (mut server, mut client) = connected(Dialect::Postgres);
    let request = [16_u32, 80_877_102, 7, 9].map(u32::to_be_bytes).concat();
    client.write_all(&request).expect("a request");
    server.look(false).expect("sockets");
    let seen: Vec<_> = server.report().into_iter().map(|(_, seen)| seen).collect();
    assert!(matches!(seen[..], [Seen::Opened, Seen::Closed(EndedBy::Close)]), "{seen:?}");
    assert_eq!(client.read(&mut [0; 1]).expect("an end"), 0);
}
