//! A RESP connection that counts outstanding replies.

use bytes::{Bytes, BytesMut};
use crosswire_cache::resp::{Reply, decode_reply, encode_command};
use crosswire_cache::{CacheError, CacheStream, Dialer};
use std::io::ErrorKind;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// A connection with its read buffer.
pub struct Line {
    /// The byte stream.
    pub stream: CacheStream,
    /// Bytes that have arrived and are not decoded yet.
    pub inbox: BytesMut,
    /// The number of commands whose replies have not been read.
    pub owed: usize,
    /// False during a write, and for good after a failure.
    pub whole: bool,
}

impl Line {
    /// Connects to the `node`-th cache node.
    pub async fn dial(dialer: &Dialer, node: usize) -> Result<Self, CacheError> {
        let stream = dialer.dial(node).await?;
        Ok(Self { stream, inbox: BytesMut::new(), owed: 0, whole: true })
    }

    /// Returns true if every reply was read to its end and nothing else has arrived.
    pub fn is_settled(&self) -> bool {
        self.owed == 0 && self.whole && self.inbox.is_empty()
    }

    /// Writes `count` encoded commands.
    pub async fn write(&mut self, bytes: &[u8], count: usize) -> Result<(), CacheError> {
        self.owed += count;
        self.whole = false;
        self.stream.write_all(bytes).await?;
        self.whole = true;
        Ok(())
    }

    /// Sends one command.
    pub async fn send(&mut self, args: &[&[u8]]) -> Result<(), CacheError> {
        self.write(&frame(args), 1).await
    }

    /// Reads the next reply. A dropped read loses nothing: the bytes that have arrived stay in the
    /// inbox.
    pub async fn reply(&mut self) -> Result<Reply, CacheError> {
        let reply = next_reply(&mut self.stream, &mut self.inbox).await;
        if reply.is_ok() {
            self.owed = self.owed.saturating_sub(1);
        } else {
            self.whole = false;
        }
        reply
    }

    /// Sends one command and reads its reply.
    pub async fn ask(&mut self, args: &[&[u8]]) -> Result<Reply, CacheError> {
        self.send(args).await?;
        self.reply().await
    }
}

/// Encodes one command.
pub fn frame(args: &[&[u8]]) -> Bytes {
    let mut bytes = BytesMut::new();
    encode_command(&mut bytes, args);
    bytes.freeze()
}

/// Reads the next reply through a buffer that outlives the call.
pub async fn next_reply<R: AsyncReadExt + Unpin>(
    stream: &mut R,
    inbox: &mut BytesMut,
) -> Result<Reply, CacheError> {
    loop {
        match decode_reply(inbox) {
            Ok(Some(reply)) => return Ok(reply),
            Ok(None) => {}
            Err(error) => return Err(CacheError::Protocol(error.to_string())),
        }
        if stream.read_buf(inbox).await? == 0 {
            return Err(CacheError::Connection(ErrorKind::UnexpectedEof));
        }
    }
}
