//! A RESP connection that stays in its slot while it is lent: any holder of a handle can send a
//! command and take the next reply.

use crate::client::CacheError;
use crate::resp::{Reply, decode_reply, encode_command};
use crate::tap::CacheStream;
use bytes::{Buf, BytesMut};
use crosswire_history::sync::{Mutex, MutexGuard};
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Bytes read at a time.
const READ_AT_A_TIME: usize = 4_096;

/// A handle to a connection. The connection closes with the last handle.
#[derive(Clone)]
pub(super) struct Channel(Arc<Mutex<Ends>>);

struct Ends {
    stream: CacheStream,
    inbox: BytesMut,
    outbox: BytesMut,
    /// Commands that were begun and whose replies were not read to their end.
    unread: u32,
}

impl Channel {
    pub(super) fn new(stream: CacheStream) -> Self {
        let (inbox, outbox) = (BytesMut::new(), BytesMut::new());
        Self(Arc::new(Mutex::new(Ends { stream, inbox, outbox, unread: 0 })))
    }

    fn ends(&self) -> MutexGuard<'_, Ends> {
        self.0.lock()
    }

    /// Returns the number of commands that were begun and whose replies were not read to their end.
    pub(super) fn unread(&self) -> u32 {
        self.ends().unread
    }

    /// Sends a command and reads the next reply.
    pub(super) async fn request(&self, args: &[&[u8]]) -> Result<Reply, CacheError> {
        {
            let mut ends = self.ends();
            ends.unread += 1;
            encode_command(&mut ends.outbox, args);
        }
        poll_fn(|cx| self.ends().poll_exchange(cx)).await
    }

    /// Reads the replies that are still to come, and throws them away.
    pub(super) async fn drain(&self) -> Result<(), CacheError> {
        if !self.ends().outbox.is_empty() {
            // Half a command is out, and the rest is lost.
            return Err(CacheError::Connection(io::ErrorKind::BrokenPipe));
        }
        while self.unread() > 0 {
            poll_fn(|cx| self.ends().poll_reply(cx)).await?;
        }
        Ok(())
    }
}

impl Ends {
    fn poll_exchange(&mut self, cx: &mut Context<'_>) -> Poll<Result<Reply, CacheError>> {
        while !self.outbox.is_empty() {
            let written = Pin::new(&mut self.stream).poll_write(cx, &self.outbox);
            self.outbox.advance(ready!(written)?);
        }
        self.poll_reply(cx)
    }

    fn poll_reply(&mut self, cx: &mut Context<'_>) -> Poll<Result<Reply, CacheError>> {
        loop {
            let reply = decode_reply(&mut self.inbox);
            if let Some(reply) = reply.map_err(|error| CacheError::Protocol(error.to_string()))? {
                // A server may send a reply that no command asked for.
                self.unread = self.unread.saturating_sub(1);
                return Poll::Ready(Ok(reply));
            }
            let mut room = [0; READ_AT_A_TIME];
            let mut into = ReadBuf::new(&mut room);
            ready!(Pin::new(&mut self.stream).poll_read(cx, &mut into))?;
            if into.filled().is_empty() {
                return Poll::Ready(Err(CacheError::Connection(io::ErrorKind::UnexpectedEof)));
            }
            self.inbox.extend_from_slice(into.filled());
        }
    }
}
