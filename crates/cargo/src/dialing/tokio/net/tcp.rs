//! TCP streams, which are the world's connections.

use crate::io::{AsyncRead, AsyncWrite, ReadBuf};
use crate::net::ToSocketAddrs;
use crate::world::{self, Stream};
use socket2::{Domain, Socket, Type};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use std::{fmt, io};

/// A connection.
pub struct TcpStream(Arc<Connection>);

struct Connection {
    stream: Mutex<Box<dyn Stream>>,
    peer: SocketAddr,
    no_delay: AtomicBool,
    /// A real socket that is connected to nothing. Libraries set options on it.
    socket: OnceLock<Socket>,
}

impl Connection {
    fn lock(&self) -> MutexGuard<'_, Box<dyn Stream>> {
        self.stream.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read(&self, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.lock()).poll_read(cx, into)
    }

    fn write(&self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut *self.lock()).poll_write(cx, bytes)
    }

    fn flush(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.lock()).poll_flush(cx)
    }

    fn shut_down(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.lock()).poll_shutdown(cx)
    }
}

thread_local! {
    /// The connections that are a `std::net::TcpStream` at present, by the number of its socket.
    static ABROAD: RefCell<BTreeMap<RawFd, Arc<Connection>>> = const { RefCell::new(BTreeMap::new()) };
}

fn unconnected() -> io::Result<Socket> {
    Socket::new(Domain::IPV4, Type::STREAM, None)
}

impl TcpStream {
    /// Opens a connection to the first of the addresses that accepts one.
    ///
    /// # Errors
    /// Those of the last address.
    pub async fn connect<A: ToSocketAddrs>(to: A) -> io::Result<Self> {
        let mut result = Err(io::ErrorKind::InvalidInput.into());
        let addresses = to.addresses()?;
        for peer in addresses {
            let dialing = world::current().dial(peer);
            result = dialing.await.map(|stream| {
                Self(Arc::new(Connection {
                    stream: Mutex::new(stream),
                    peer,
                    no_delay: AtomicBool::new(false),
                    socket: OnceLock::new(),
                }))
            });
            if result.is_ok() {
                break;
            }
        }
        result
    }

    /// Returns a socket that represents the connection until [`from_std`](Self::from_std).
    ///
    /// # Errors
    /// If the machine has no more sockets.
    pub fn into_std(self) -> io::Result<std::net::TcpStream> {
        let socket: std::net::TcpStream = unconnected()?.into();
        // A connection that never came back is replaced, and closes.
        let before = ABROAD.with(|abroad| abroad.borrow_mut().insert(socket.as_raw_fd(), self.0));
        drop(before);
        Ok(socket)
    }

    /// Returns the connection that a socket represents.
    ///
    /// # Errors
    /// `Unsupported` if it represents no connection.
    pub fn from_std(socket: std::net::TcpStream) -> io::Result<Self> {
        let found = ABROAD.with(|abroad| abroad.borrow_mut().remove(&socket.as_raw_fd()));
        found.map(Self).ok_or_else(|| io::ErrorKind::Unsupported.into())
    }

    /// Splits it into two halves that know each other.
    pub fn into_split(self) -> (OwnedReadHalf, OwnedWriteHalf) {
        let write = OwnedWriteHalf { connection: self.0.clone(), shuts: true };
        (OwnedReadHalf(self.0), write)
    }

    /// Splits it into two halves.
    pub fn split(&mut self) -> (ReadHalf<'_>, WriteHalf<'_>) {
        (ReadHalf(self), WriteHalf(self))
    }

    /// Returns the address that was dialled.
    ///
    /// # Errors
    /// None.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.0.peer)
    }

    /// Returns an address for this side, the same for all connections.
    ///
    /// # Errors
    /// None.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok((Ipv4Addr::LOCALHOST, 0).into())
    }

    /// Remembers the option; the simulated network collects no small writes.
    ///
    /// # Errors
    /// None.
    pub fn set_nodelay(&self, on: bool) -> io::Result<()> {
        self.0.no_delay.store(on, Ordering::Relaxed);
        Ok(())
    }

    /// Returns the remembered option.
    ///
    /// # Errors
    /// None.
    pub fn nodelay(&self) -> io::Result<bool> {
        Ok(self.0.no_delay.load(Ordering::Relaxed))
    }

    /// Does nothing.
    ///
    /// # Errors
    /// None.
    pub fn set_ttl(&self, _: u32) -> io::Result<()> {
        Ok(())
    }

    /// Returns what Linux gives a socket.
    ///
    /// # Errors
    /// None.
    pub fn ttl(&self) -> io::Result<u32> {
        Ok(64)
    }

    /// Returns `None`: nothing lingers.
    ///
    /// # Errors
    /// None.
    pub fn linger(&self) -> io::Result<Option<Duration>> {
        Ok(None)
    }

    /// Does nothing.
    ///
    /// # Errors
    /// None.
    pub fn set_linger(&self, _: Option<Duration>) -> io::Result<()> {
        Ok(())
    }

    /// Returns `None`: an error is returned by the call in which it happens.
    ///
    /// # Errors
    /// None.
    pub fn take_error(&self) -> io::Result<Option<io::Error>> {
        Ok(None)
    }

    fn socket(&self) -> &Socket {
        self.0.socket.get_or_init(|| unconnected().expect("the machine has a socket to spare"))
    }
}

impl fmt::Debug for TcpStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TcpStream").field("peer", &self.0.peer).finish_non_exhaustive()
    }
}

impl AsFd for TcpStream {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket().as_fd()
    }
}

impl AsRawFd for TcpStream {
    fn as_raw_fd(&self) -> RawFd {
        self.socket().as_raw_fd()
    }
}

/// The half of a connection that reads.
#[derive(Debug)]
pub struct OwnedReadHalf(Arc<Connection>);

/// The half of a connection that writes. Dropping it ends what is written.
#[derive(Debug)]
pub struct OwnedWriteHalf {
    connection: Arc<Connection>,
    shuts: bool,
}

/// The half of a connection that reads.
#[derive(Debug)]
pub struct ReadHalf<'a>(&'a TcpStream);

/// The half of a connection that writes.
#[derive(Debug)]
pub struct WriteHalf<'a>(&'a TcpStream);

/// The error of two halves that do not belong together.
#[derive(Debug)]
pub struct ReuniteError(pub OwnedReadHalf, pub OwnedWriteHalf);

impl fmt::Display for ReuniteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("tried to reunite halves that are not from the same socket")
    }
}

impl std::error::Error for ReuniteError {}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").field("peer", &self.peer).finish_non_exhaustive()
    }
}

impl OwnedReadHalf {
    /// Joins the halves again.
    ///
    /// # Errors
    /// If they do not belong together.
    pub fn reunite(self, other: OwnedWriteHalf) -> Result<TcpStream, ReuniteError> {
        if !Arc::ptr_eq(&self.0, &other.connection) {
            return Err(ReuniteError(self, other));
        }
        other.forget();
        Ok(TcpStream(self.0))
    }

    /// Returns the address that was dialled.
    ///
    /// # Errors
    /// None.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.0.peer)
    }
}

impl OwnedWriteHalf {
    /// Drops the half without an end of what is written.
    pub fn forget(mut self) {
        self.shuts = false;
    }

    /// Returns the address that was dialled.
    ///
    /// # Errors
    /// None.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.connection.peer)
    }
}

impl Drop for OwnedWriteHalf {
    fn drop(&mut self) {
        if self.shuts {
            // The simulated network shuts at once.
            let _ = self.connection.shut_down(&mut Context::from_waker(Waker::noop()));
        }
    }
}

/// Implements reading for a type that has a connection.
macro_rules! reads {
    ($type:ty, $this:ident => $connection:expr) => {
        impl AsyncRead for $type {
            fn poll_read(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                into: &mut ReadBuf<'_>,
            ) -> Poll<io::Result<()>> {
                let $this = self.get_mut();
                $connection.read(cx, into)
            }
        }
    };
}

/// Implements writing for a type that has a connection.
macro_rules! writes {
    ($type:ty, $this:ident => $connection:expr) => {
        impl AsyncWrite for $type {
            fn poll_write(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                bytes: &[u8],
            ) -> Poll<io::Result<usize>> {
                let $this = self.get_mut();
                $connection.write(cx, bytes)
            }

            fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                let $this = self.get_mut();
                $connection.flush(cx)
            }

            fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                let $this = self.get_mut();
                $connection.shut_down(cx)
            }
        }
    };
}

reads!(TcpStream, this => this.0);
writes!(TcpStream, this => this.0);
reads!(OwnedReadHalf, this => this.0);
writes!(OwnedWriteHalf, this => this.connection);
reads!(ReadHalf<'_>, this => this.0.0);
writes!(WriteHalf<'_>, this => this.0.0);
