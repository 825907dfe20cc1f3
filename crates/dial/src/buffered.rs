//! A stream with the send buffer of a kernel.
//!
//! A connection of the simulation takes no byte beyond the receiver's window. A kernel takes some
//! more, so a library that does not read while it writes gets on with its work.

use bytes::{Buf, BytesMut};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// The size of the buffer: what Linux gives a socket at first.
const SIZE: usize = 16 * 1024;

/// A stream with a send buffer. The buffer is sent on when the stream is next polled, for which the
/// task is woken.
pub struct Buffered<S> {
    stream: S,
    unsent: BytesMut,
}

impl<S: AsyncWrite + Unpin> Buffered<S> {
    /// Wraps a stream.
    pub fn new(stream: S) -> Self {
        Self { stream, unsent: BytesMut::new() }
    }

    /// Sends the content of the buffer, as far as the connection takes it.
    fn send(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        while !self.unsent.is_empty() {
            match Pin::new(&mut self.stream).poll_write(cx, &self.unsent) {
                Poll::Ready(count) => self.unsent.advance(count?),
                Poll::Pending => break,
            }
        }
        Ok(())
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Buffered<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.send(cx).is_err() {
            // The error of the connection is that of reading as well.
            this.unsent.clear();
        }
        Pin::new(&mut this.stream).poll_read(cx, into)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Buffered<S> {
    /// Writes to the connection if that takes a part of the bytes, and to the buffer otherwise.
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        this.send(cx)?;
        if this.unsent.is_empty()
            && let Poll::Ready(written) = Pin::new(&mut this.stream).poll_write(cx, bytes)
        {
            return Poll::Ready(written);
        }
        let count = bytes.len().min(SIZE - this.unsent.len());
        if count == 0 {
            return Poll::Pending;
        }
        this.unsent.extend_from_slice(&bytes[..count]);
        Poll::Ready(Ok(count))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        this.send(cx)?;
        Pin::new(&mut this.stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        this.send(cx)?;
        if !this.unsent.is_empty() {
            return Poll::Pending;
        }
        Pin::new(&mut this.stream).poll_shutdown(cx)
    }
}
