//! Unix streams, which the simulated network does not have. The types exist because libraries
//! mention them; nothing has a value of one.

use crate::io::{AsyncRead, AsyncWrite, ReadBuf};
use std::io;
use std::path::Path;
use std::pin::Pin;
use std::task::{Context, Poll};

/// A connection that cannot exist.
#[derive(Debug)]
pub enum UnixStream {}

/// The reading half of what cannot exist.
#[derive(Debug)]
pub enum OwnedReadHalf {}

/// The writing half of what cannot exist.
#[derive(Debug)]
pub enum OwnedWriteHalf {}

impl UnixStream {
    /// Fails.
    ///
    /// # Errors
    /// `Unsupported`.
    pub async fn connect<P: AsRef<Path>>(_: P) -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Splits it into two halves.
    pub fn into_split(self) -> (OwnedReadHalf, OwnedWriteHalf) {
        match self {}
    }
}

macro_rules! reads {
    ($type:ty) => {
        impl AsyncRead for $type {
            fn poll_read(
                self: Pin<&mut Self>,
                _: &mut Context<'_>,
                _: &mut ReadBuf<'_>,
            ) -> Poll<io::Result<()>> {
                match *self {}
            }
        }
    };
}

macro_rules! writes {
    ($type:ty) => {
        impl AsyncWrite for $type {
            fn poll_write(
                self: Pin<&mut Self>,
                _: &mut Context<'_>,
                _: &[u8],
            ) -> Poll<io::Result<usize>> {
                match *self {}
            }

            fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
                match *self {}
            }

            fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
                match *self {}
            }
        }
    };
}

reads!(UnixStream);
writes!(UnixStream);
reads!(OwnedReadHalf);
writes!(OwnedWriteHalf);
