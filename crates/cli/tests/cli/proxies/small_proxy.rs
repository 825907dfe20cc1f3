//! A small pooling proxy for Redis, which the tests certify.
//!
//! A client has a connection to the server until the reply to its command has passed. If the client
//! leaves before that, the correct proxy closes the connection; the faulty one returns it to its
//! pool, and the next client gets the late reply.

use bytes::BytesMut;
use crosswire_cache::resp::{decode_command, decode_reply};
use rustix::event::{PollFd, PollFlags, poll};
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};

/// The idle connections to the server.
type Pool = Vec<TcpStream>;

/// The variable with the kind and the two ports, which makes a process the proxy.
pub const SETUP: &str = "SMALL_PROXY_OF_A_TEST";

/// The proxy, in the process that `certify --proxy` starts. It is a test so that this program can
/// be told to run it; without the variable, which only those processes have, it does nothing.
#[test]
fn serves() {
    let Ok(setup) = std::env::var(SETUP) else { return };
    let words: Vec<_> = setup.split(' ').collect();
    let [kind, listen, server] = words[..] else { panic!("expected a kind and two ports") };
    let port = |text: &str| text.parse::<u16>().expect("a port");
    accept(kind == "faulty", port(listen), port(server)).expect("it listens");
}

/// A client, its bytes that are no whole command yet, and the connection to the server that waits
/// for a reply, with the bytes of it so far.
struct Client {
    socket: TcpStream,
    unread: BytesMut,
    server: Option<(TcpStream, BytesMut)>,
}

/// Serves all clients, one event at a time: threads would race where several events wait.
fn accept(is_faulty: bool, listen: u16, server: u16) -> io::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, listen))?;
    let (mut clients, mut pool): (Vec<Client>, Pool) = (Vec::new(), Pool::new());
    loop {
        let ready: Vec<bool> = {
            let mut all = vec![PollFd::new(&listener, PollFlags::IN)];
            for client in &clients {
                all.push(PollFd::new(&client.socket, PollFlags::IN));
                all.extend(client.server.iter().map(|it| PollFd::new(&it.0, PollFlags::IN)));
            }
            poll(&mut all, None)?;
            all.iter().map(|one| !one.revents().is_empty()).collect()
        };
        let mut ready = ready.into_iter();
        let is_new = ready.next() == Some(true);
        let mut stay = Vec::new();
        for mut client in clients {
            let from_client = ready.next() == Some(true);
            let from_server = client.server.is_some() && ready.next() == Some(true);
            // An error ends the connection with this client.
            let stays = client.serve(&mut pool, server, is_faulty, (from_client, from_server));
            if stays.unwrap_or(false) {
                stay.push(client);
            }
        }
        clients = stay;
        if is_new {
            let (socket, _) = listener.accept()?;
            socket.set_nodelay(true)?;
            clients.push(Client { socket, unread: BytesMut::new(), server: None });
        }
    }
}

impl Client {
    /// Handles what has arrived. Returns false if the client has left.
    fn serve(
        &mut self,
        pool: &mut Pool,
        port: u16,
        is_faulty: bool,
        (from_client, from_server): (bool, bool),
    ) -> io::Result<bool> {
        if from_client && !receive(&mut self.socket, &mut self.unread)? {
            pool.extend(self.server.take().filter(|_| is_faulty).map(|(server, _)| server));
            return Ok(false);
        }
        if let Some((server, input)) = &mut self.server {
            if from_server && !receive(server, input)? {
                return Ok(false);
            }
            if decode_reply(&mut input.clone()).map_err(io::Error::other)?.is_none() {
                return Ok(true);
            }
        }
        if let Some((server, reply)) = self.server.take() {
            self.socket.write_all(&reply)?;
            pool.push(server);
        }
        if let Some(command) = next_command(&mut self.unread)? {
            let mut server = connection(pool, port, is_faulty)?;
            server.write_all(&command)?;
            self.server = Some((server, BytesMut::new()));
        }
        Ok(true)
    }
}

/// Returns an idle connection to the server, or a new one. The correct proxy does not use one on
/// which something has arrived.
fn connection(pool: &mut Pool, port: u16, is_faulty: bool) -> io::Result<TcpStream> {
    while let Some(server) = pool.pop() {
        server.set_nonblocking(true)?;
        let is_fine = match server.peek(&mut [0]) {
            Ok(0) => false,
            Ok(_) => is_faulty,
            Err(error) => error.kind() == io::ErrorKind::WouldBlock,
        };
        server.set_nonblocking(false)?;
        if is_fine {
            return Ok(server);
        }
    }
    let server = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    server.set_nodelay(true)?;
    Ok(server)
}

/// Takes the bytes of a whole command, if they are there.
fn next_command(unread: &mut BytesMut) -> io::Result<Option<BytesMut>> {
    let mut rest = unread.clone();
    let found = decode_command(&mut rest).map_err(io::Error::other)?;
    Ok(found.map(|_| unread.split_to(unread.len() - rest.len())))
}

/// Reads what has arrived. Returns false at the end of the connection.
fn receive(from: &mut TcpStream, to: &mut BytesMut) -> io::Result<bool> {
    let mut chunk = [0; 4096];
    let count = from.read(&mut chunk)?;
    to.extend_from_slice(&chunk[..count]);
    Ok(count > 0)
}
