//! Sockets that the simulated network does not have. The types exist because libraries mention
//! them; nothing has a value of one.

use super::ToSocketAddrs;
use std::io;
use std::net::SocketAddr;
use std::path::Path;

fn unsupported<T>(what: &str) -> io::Result<T> {
    let sentence = format!("the simulated tokio has no {what}: it only dials TCP connections");
    Err(io::Error::new(io::ErrorKind::Unsupported, sentence))
}

/// A listener that cannot exist.
#[derive(Debug)]
pub enum TcpListener {}

impl TcpListener {
    /// Fails.
    ///
    /// # Errors
    /// `Unsupported`.
    pub async fn bind<A: ToSocketAddrs>(_: A) -> io::Result<Self> {
        unsupported("TCP listeners")
    }

    /// Accepts nothing.
    ///
    /// # Errors
    /// None: there is no listener.
    pub async fn accept(&self) -> io::Result<(super::TcpStream, SocketAddr)> {
        match *self {}
    }

    /// Returns nothing.
    ///
    /// # Errors
    /// None: there is no listener.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        match *self {}
    }
}

/// A socket that cannot exist.
#[derive(Debug)]
pub enum UdpSocket {}

impl UdpSocket {
    /// Fails.
    ///
    /// # Errors
    /// `Unsupported`.
    pub async fn bind<A: ToSocketAddrs>(_: A) -> io::Result<Self> {
        unsupported("UDP sockets")
    }
}

/// A listener that cannot exist.
#[derive(Debug)]
pub enum UnixListener {}

impl UnixListener {
    /// Fails.
    ///
    /// # Errors
    /// `Unsupported`.
    pub fn bind<P: AsRef<Path>>(_: P) -> io::Result<Self> {
        unsupported("Unix listeners")
    }
}
