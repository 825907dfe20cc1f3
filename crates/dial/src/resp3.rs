//! A stream for libraries that insist on RESP3: asks for RESP2 in their HELLO, and writes the head
//! of its reply as that of a map. All other replies to a caching client are the same in both.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// The first command of such a library.
const HELLO_3: &[u8] = b"*2\r\n$5\r\nHELLO\r\n$1\r\n3\r\n";

/// The offset of the version in it.
const VERSION_AT: usize = HELLO_3.len() - 3;

/// The head of the reply in RESP2.
const ARRAY: &[u8] = b"*14\r\n";
/// The head of the reply in RESP3.
const MAP: &[u8] = b"%7\r\n";

/// A stream of RESP2 that looks like one of RESP3.
pub struct Resp3<S> {
    stream: S,
    /// The number of bytes written, up to the end of HELLO.
    written: usize,
    head: Head,
}

enum Head {
    /// The beginning of the first reply.
    Coming(Vec<u8>),
    /// The part of it that was not read yet.
    There(Vec<u8>),
}

impl<S> Resp3<S> {
    /// Wraps a stream on which nothing was sent yet.
    pub fn new(stream: S) -> Self {
        Self { stream, written: 0, head: Head::Coming(Vec::new()) }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Resp3<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        while let Head::Coming(head) = &mut this.head {
            let mut room = [0; ARRAY.len()];
            let mut rest = ReadBuf::new(&mut room[head.len()..]);
            ready!(Pin::new(&mut this.stream).poll_read(cx, &mut rest))?;
            let ended = rest.filled().is_empty();
            head.extend_from_slice(rest.filled());
            if ended || head.len() == ARRAY.len() {
                let head = if head == ARRAY { MAP.to_vec() } else { std::mem::take(head) };
                this.head = Head::There(head);
            }
        }
        if let Head::There(head) = &mut this.head
            && !head.is_empty()
        {
            let count = head.len().min(into.remaining());
            into.put_slice(&head[..count]);
            head.drain(..count);
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut this.stream).poll_read(cx, into)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Resp3<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let stream = Pin::new(&mut this.stream);
        if this.written >= HELLO_3.len() {
            return stream.poll_write(cx, bytes);
        }
        let mut changed = bytes.to_vec();
        if let Some(version) =
            VERSION_AT.checked_sub(this.written).and_then(|at| changed.get_mut(at))
        {
            *version = b'2';
        }
        let count = ready!(stream.poll_write(cx, &changed))?;
        this.written += count;
        Poll::Ready(Ok(count))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}
