//! One RESP connection with one borrower: one command and its reply, or several commands and then
//! their replies.

use crate::client::CacheError;
use crate::resp::{Reply, decode_reply, encode_command};
use crate::tap::CacheStream;
use bytes::BytesMut;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt, ReadBuf};

/// Reads the replies to a pipeline.
pub trait Replies: Send + Sync + 'static {
    /// Returns the replies to `count` commands, in order.
    ///
    /// # Errors
    /// [`CacheError::Server`] if one is an error; otherwise the connection is unusable.
    fn read(
        connection: &mut Connection,
        count: usize,
    ) -> impl Future<Output = Result<Vec<Reply>, CacheError>> + Send;
}

/// A connection and the state its borrower left it in.
pub struct Connection {
    stream: CacheStream,
    inbox: BytesMut,
    outbox: BytesMut,
    /// Commands that were begun and whose replies were not read to their end.
    unread: u32,
    /// An error was seen on the connection.
    broken: bool,
}

impl Connection {
    pub(super) fn new(stream: CacheStream) -> Self {
        let (inbox, outbox) = (BytesMut::new(), BytesMut::new());
        Self { stream, inbox, outbox, unread: 0, broken: false }
    }

    /// Returns the number of commands that were begun and whose replies were not read to their end.
    pub fn unread(&self) -> u32 {
        self.unread
    }

    /// Returns whether reading or writing has failed.
    pub fn is_broken(&self) -> bool {
        self.broken
    }

    /// Returns whether unexpected bytes have arrived, or the peer has hung up.
    pub async fn has_leftovers(&mut self) -> bool {
        if !self.inbox.is_empty() {
            return true;
        }
        let stream = &mut self.stream;
        poll_fn(|cx| {
            let mut byte = [0];
            let mut into = ReadBuf::new(&mut byte);
            // Ready with a byte, an end or an error: in each case the connection is not clean.
            Poll::Ready(Pin::new(&mut *stream).poll_read(cx, &mut into).is_ready())
        })
        .await
    }

    /// Sends a command and reads its reply.
    pub(super) async fn request(&mut self, args: &[&[u8]]) -> Result<Reply, CacheError> {
        self.unread += 1;
        let result = self.exchange(args).await;
        match result {
            Ok(_) => self.unread -= 1,
            Err(_) => self.broken = true,
        }
        match result? {
            Reply::Error(text) => Err(CacheError::Server(text)),
            reply => Ok(reply),
        }
    }

    /// Sends several commands at once and then reads their replies, as `R` does. After an error
    /// reply the connection is still usable.
    pub(super) async fn pipeline<R: Replies>(
        &mut self,
        commands: &[[&[u8]; 2]],
    ) -> Result<Vec<Reply>, CacheError> {
        self.unread += 1;
        self.outbox.clear();
        for command in commands {
            encode_command(&mut self.outbox, command);
        }
        let result = match self.stream.write_all(&self.outbox).await {
            Ok(()) => R::read(self, commands.len()).await,
            Err(error) => Err(error.into()),
        };
        match &result {
            Ok(_) | Err(CacheError::Server(_)) => self.unread -= 1,
            Err(_) => self.broken = true,
        }
        result
    }

    async fn exchange(&mut self, args: &[&[u8]]) -> Result<Reply, CacheError> {
        self.outbox.clear();
        encode_command(&mut self.outbox, args);
        self.stream.write_all(&self.outbox).await?;
        self.reply().await
    }

    /// Reads the next reply.
    pub(super) async fn reply(&mut self) -> Result<Reply, CacheError> {
        loop {
            let reply = decode_reply(&mut self.inbox);
            if let Some(reply) = reply.map_err(|error| CacheError::Protocol(error.to_string()))? {
                return Ok(reply);
            }
            if self.stream.read_buf(&mut self.inbox).await? == 0 {
                return Err(CacheError::Connection(std::io::ErrorKind::UnexpectedEof));
            }
        }
    }

    /// Returns the error for a reply of the wrong kind and marks the connection broken: its
    /// remaining replies cannot be trusted.
    pub(super) fn unexpected(&mut self, reply: &Reply) -> CacheError {
        self.broken = true;
        CacheError::Protocol(format!("{reply:?}"))
    }
}
