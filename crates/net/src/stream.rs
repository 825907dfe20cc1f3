//! The ends of a connection as tokio sees them, and how connections are made.

use crate::link::DelaySource;
use crate::net::{Arrival, Inner, Net, Site};
use crosswire_history::ConnId;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::oneshot;

/// Size of a SYN, a SYN-ACK or a RST.
const HANDSHAKE_BYTES: usize = 40;

/// One end of a connection. Dropping it closes it.
pub struct Stream {
    net: Net,
    end: (u32, u32, u8),
    id: ConnId,
    /// Time of its owner's latest attempt to write.
    wrote_ms: u64,
}

/// Connections to a site that wait to be accepted.
pub(crate) struct Accepting {
    queue: VecDeque<Stream>,
    waker: Option<Waker>,
}

/// Accepts the connections to a site.
pub struct Listener {
    net: Net,
    site: Site,
    life: u32,
}

impl Net {
    /// Listens at a site; each site has one port. Earlier connections are refused.
    pub fn listen(&self, site: Site) -> Listener {
        let mut inner = self.inner();
        let state = &mut inner.sites[site.0 as usize];
        let life = state.life;
        let before = state.accepting.replace(Accepting { queue: VecDeque::new(), waker: None });
        drop(inner);
        // Streams lock the network when they are dropped.
        drop(before);
        Listener { net: self.clone(), site, life }
    }

    /// Connects to the process that listens at `to`.
    ///
    /// Across a cut link this hangs until the link is healed: as in a real network, the caller must
    /// set a timeout.
    ///
    /// # Errors
    /// `ConnectionRefused` if no process listens there.
    pub async fn dial(&self, from: Site, to: Site) -> io::Result<Stream> {
        let (answer, answered) = oneshot::channel();
        let net = self.clone();
        self.post((from, to), HANDSHAKE_BYTES, DelaySource::Link, move |arrival| {
            let made = match arrival {
                Arrival::Delivered => net.accept_dial(from, to),
                Arrival::Refused => Err(io::ErrorKind::ConnectionRefused.into()),
            };
            net.post((to, from), HANDSHAKE_BYTES, DelaySource::Link, move |_| {
                // If the dialler has given up, the stream is dropped here and closes.
                let _ = answer.send(made);
            });
        });
        answered.await.unwrap_or_else(|_| Err(io::ErrorKind::ConnectionReset.into()))
    }

    fn accept_dial(&self, from: Site, to: Site) -> io::Result<Stream> {
        let mut inner = self.inner();
        let Inner { sites, conns, .. } = &mut *inner;
        let Some(accepting) = &mut sites[to.0 as usize].accepting else {
            return Err(io::ErrorKind::ConnectionRefused.into());
        };
        let (slot, age, id) = conns.open(from, to);
        let end = |end| Stream { net: self.clone(), end: (slot, age, end), id, wrote_ms: 0 };
        accepting.queue.push_back(end(1));
        if let Some(waker) = accepting.waker.take() {
            waker.wake();
        }
        Ok(end(0))
    }
}

impl Listener {
    /// Accepts the next connection.
    ///
    /// # Errors
    /// `NotConnected` once the site's process has died.
    pub async fn accept(&mut self) -> io::Result<Stream> {
        poll_fn(|cx| {
            let mut inner = self.net.lock();
            let state = &mut inner.sites[self.site.0 as usize];
            match &mut state.accepting {
                Some(accepting) if state.life == self.life => {
                    let Some(stream) = accepting.queue.pop_front() else {
                        accepting.waker = Some(cx.waker().clone());
                        return Poll::Pending;
                    };
                    Poll::Ready(Ok(stream))
                }
                _ => Poll::Ready(Err(io::ErrorKind::NotConnected.into())),
            }
        })
        .await
    }
}

impl Stream {
    /// Returns the connection's id.
    pub fn id(&self) -> ConnId {
        self.id
    }

    /// Returns the time of its owner's latest attempt to write, in milliseconds since the run
    /// began.
    pub fn wrote_ms(&self) -> u64 {
        self.wrote_ms
    }

    /// Returns the network that the stream belongs to.
    pub fn net(&self) -> &Net {
        &self.net
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.net.lock().poll_read(self.end, cx, into)
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let mut inner = self.net.inner();
        let now_ms = inner.now_ms;
        let polled = inner.poll_write(self.end, cx, bytes);
        drop(inner);
        self.wrote_ms = now_ms;
        polled
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.net.inner().shut(self.end);
        Poll::Ready(Ok(()))
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.net.inner().close(self.end);
    }
}
