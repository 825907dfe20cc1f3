//! What the server does by itself in protocols other than RESP.

use crate::server::{Seen, Server};
use crate::trace::{EndedBy, Fact, Part, Payload};
use crosswire_protocol::Dialect;
use mio::Poll;
use std::io::{Read, Write};
use std::net::TcpStream;

/// A server of a protocol, and a client's connection to it.
fn connected(dialect: Dialect) -> (Server, TcpStream) {
    let sockets = Poll::new().expect("a poll");
    let server = Server::open(sockets.registry(), dialect, true).expect("a server");
    let client = connect(&server);
    (server, client)
}

fn connect(server: &Server) -> TcpStream {
    TcpStream::connect(("127.0.0.1", server.port().expect("a port"))).expect("a connection")
}

/// Sends bytes, and returns what the server sees.
fn says(server: &mut Server, client: &mut TcpStream, bytes: &[u8]) -> Vec<Seen> {
    client.write_all(bytes).expect("a connection");
    server.look(false).expect("sockets");
    while server.answer_one() {}
    server.report().into_iter().map(|(_, seen)| seen).collect()
}

/// Returns a request to cancel what a connection of PostgreSQL runs.
fn cancels(connection: u32) -> Vec<u8> {
    let secret = connection.wrapping_mul(0x9e37_79b9);
    [16, 80_877_102, connection, secret].map(u32::to_be_bytes).concat()
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
fn a_request_to_cancel_with_a_wrong_secret_is_closed_at_once() {
    let (mut server, mut client) = connected(Dialect::Postgres);
    let request = [16_u32, 80_877_102, 7, 9].map(u32::to_be_bytes).concat();
    let seen = says(&mut server, &mut client, &request);
    let closed = Seen::Closed(EndedBy::Close);
    assert_eq!(seen, [Seen::Opened, Seen::AskedToCancel(None), closed]);
    assert_eq!(client.read(&mut [0; 1]).expect("an end"), 0);
}

#[test]
fn a_request_to_cancel_hits_what_runs_when_it_lands() {
    let (mut server, mut client) = connected(Dialect::Postgres);
    let body = b"user\0u\0\0";
    let start = [&(body.len() as u32 + 8).to_be_bytes()[..], &[0, 3, 0, 0], body].concat();
    says(&mut server, &mut client, &start);
    let mut other = connect(&server);
    let seen = says(&mut server, &mut other, &cancels(1));
    assert_eq!(seen, [Seen::Opened, Seen::AskedToCancel(Some(1))]);
    // The client does not wait, and sends its next command on the connection.
    drop(other);
    let query = b"SELECT value FROM items WHERE key = 'b'\0";
    let query = [&b"Q"[..], &(query.len() as u32 + 4).to_be_bytes(), query].concat();
    says(&mut server, &mut client, &query);
    let landed = server.land(1).expect("sockets").expect("a request");
    let error = Fact::Sent { command: 1, part: Part::Whole, payload: Payload::Error };
    assert_eq!(landed, [Fact::Landed { wire: 2, hit: Some(1) }, error]);
    assert_eq!(server.land(1).expect("sockets"), None, "each request lands once");
}
