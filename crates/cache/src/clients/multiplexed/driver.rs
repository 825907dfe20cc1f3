//! The task behind a shared connection to one cache node. It writes the commands of all callers one
//! after another, gives each reply to the caller that has waited longest, and reconnects when the
//! connection is lost.

use super::reconnect::{self, Reconnect, Waiter};
use crate::client::{CacheError, Dialer};
use crate::resp::decode_reply;
use crate::tap::CacheStream;
use bytes::{Buf, BytesMut};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::io;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::mpsc::UnboundedReceiver;

/// Bytes read at a time.
const READ_AT_A_TIME: usize = 4_096;
/// The pause after a failed attempt to connect.
const REDIAL_AFTER: Duration = Duration::from_millis(50);

pub(super) struct Driver<R> {
    dialer: Dialer,
    node: usize,
    /// The time allowed for connecting, and the time for which waiting callers may go without any
    /// reply.
    patience: Duration,
    callers: UnboundedReceiver<Waiter>,
    /// Callers waiting for a reply, in the order of their commands.
    waiting: VecDeque<Waiter>,
    inbox: BytesMut,
    outbox: BytesMut,
    rules: PhantomData<R>,
}

/// An event on a connection.
enum Step {
    /// A command is under way, and none was before.
    Began,
    /// A reply has arrived.
    Answered,
    /// No caller is left.
    Over,
}

impl<R: Reconnect> Driver<R> {
    pub(super) fn new(
        dialer: Dialer,
        node: usize,
        patience: Duration,
        callers: UnboundedReceiver<Waiter>,
    ) -> Self {
        let (inbox, outbox, waiting) = (BytesMut::new(), BytesMut::new(), VecDeque::new());
        Self { dialer, node, patience, callers, waiting, inbox, outbox, rules: PhantomData }
    }

    /// Runs until the client is gone.
    pub(super) async fn run(mut self) {
        loop {
            if self.waiting.is_empty() {
                let Some(first) = self.callers.recv().await else { return };
                self.take(first);
            }
            let dialled = self.dialer.timeout(self.patience, self.dialer.dial(self.node)).await;
            if let Ok(Ok(mut stream)) = dialled {
                if self.converse(&mut stream).await.is_ok() {
                    return;
                }
                self.inbox.clear();
                R::lost(&mut self.waiting, &mut self.outbox);
            } else {
                self.outbox.clear();
                reconnect::fail(&mut self.waiting, io::ErrorKind::NotConnected);
                self.dialer.sleep(REDIAL_AFTER).await;
            }
        }
    }

    /// Queues a caller's command after all others, unless the caller has gone away.
    fn take(&mut self, caller: Waiter) {
        if !caller.answer.is_closed() {
            self.outbox.extend_from_slice(&caller.command);
            self.waiting.push_back(caller);
        }
    }

    /// Serves callers on one connection, until it is lost or no caller is left.
    async fn converse(&mut self, stream: &mut CacheStream) -> Result<(), CacheError> {
        loop {
            let (patience, dialer) = (self.patience, self.dialer.clone());
            let idle = self.waiting.is_empty();
            let step = poll_fn(|cx| self.poll_step(stream, cx));
            let step = if idle { step.await } else { dialer.timeout(patience, step).await? };
            match step? {
                Step::Began | Step::Answered => {}
                Step::Over => return Ok(()),
            }
        }
    }

    fn poll_step(
        &mut self,
        stream: &mut CacheStream,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Step, CacheError>> {
        let idle = self.waiting.is_empty();
        while let Poll::Ready(caller) = self.callers.poll_recv(cx) {
            let Some(caller) = caller else { return Poll::Ready(Ok(Step::Over)) };
            self.take(caller);
        }
        while !self.outbox.is_empty() {
            match Pin::new(&mut *stream).poll_write(cx, &self.outbox)? {
                Poll::Ready(count) => self.outbox.advance(count),
                Poll::Pending => break,
            }
        }
        if idle && !self.waiting.is_empty() {
            return Poll::Ready(Ok(Step::Began));
        }
        self.poll_answer(stream, cx)
    }

    /// Gives the next reply to the caller that has waited longest.
    fn poll_answer(
        &mut self,
        stream: &mut CacheStream,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Step, CacheError>> {
        loop {
            let reply = decode_reply(&mut self.inbox);
            if let Some(reply) = reply.map_err(|error| CacheError::Protocol(error.to_string()))? {
                let waiter = self.waiting.pop_front();
                let waiter = waiter.ok_or_else(|| CacheError::Protocol(format!("{reply:?}")))?;
                // A caller that has gone away needs no reply.
                let _ = waiter.answer.send(Ok(reply));
                return Poll::Ready(Ok(Step::Answered));
            }
            let mut room = [0; READ_AT_A_TIME];
            let mut into = ReadBuf::new(&mut room);
            ready!(Pin::new(&mut *stream).poll_read(cx, &mut into))?;
            if into.filled().is_empty() {
                return Poll::Ready(Err(CacheError::Connection(io::ErrorKind::UnexpectedEof)));
            }
            self.inbox.extend_from_slice(into.filled());
        }
    }
}
