//! A pool to one cache node whose connections stay in slots. The pool lends slots.
//!
//! A borrower that is dropped before its reply arrives leaves the slot to be cleaned: the late
//! reply is read and thrown away, which is cheaper than a new connection. A pool that is short of
//! slots does not wait for the cleaning but puts a new connection into the slot.

use super::channel::Channel;
use super::slot_release::SlotRelease;
use crate::client::{CacheError, Dialer};
use crate::resp::Reply;
use crosswire_history::sync::Mutex;
use std::collections::VecDeque;
use std::io;
use std::marker::PhantomData;
use std::sync::{Arc, Weak};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// The slots to one node. Clones are handles to the same pool.
pub(super) struct Slots<L>(Arc<Shared>, PhantomData<L>);

struct Shared {
    dialer: Dialer,
    node: usize,
    /// The time allowed for a reply.
    patience: Duration,
    table: Mutex<Table>,
    /// One permit for each slot that may be lent.
    free: Semaphore,
    chores: UnboundedSender<Chore>,
}

struct Table {
    slots: Vec<Slot>,
    idle: Vec<usize>,
    /// Slots given back with a reply still to come. They may be lent, with a new connection.
    cleaning: VecDeque<usize>,
}

#[derive(Clone, Default)]
struct Slot {
    channel: Option<Channel>,
    /// The number of times that the slot was lent.
    lent: u64,
}

/// A connection to clean, with its slot and the number of the loan.
struct Chore {
    slot: usize,
    lent: u64,
    channel: Channel,
}

/// A slot on loan. Dropping it gives it back, however the borrower ended.
pub(super) struct Lease<L: SlotRelease> {
    pool: Slots<L>,
    slot: usize,
    lent: u64,
    channel: Option<Channel>,
    given_back: bool,
}

impl<L> Clone for Slots<L> {
    fn clone(&self) -> Self {
        Self(self.0.clone(), PhantomData)
    }
}

impl<L: SlotRelease> Slots<L> {
    /// Creates `size` empty slots, and a task that cleans them. A reply may take `patience`.
    pub(super) fn new(dialer: Dialer, node: usize, size: usize, patience: Duration) -> Self {
        let (chores, to_do) = unbounded_channel();
        let (slots, idle) = (vec![Slot::default(); size], (0..size).collect());
        let table = Mutex::new(Table { slots, idle, cleaning: VecDeque::new() });
        let free = Semaphore::new(size);
        let shared = Arc::new(Shared { dialer, node, patience, table, free, chores });
        tokio::spawn(clean::<L>(Arc::downgrade(&shared), to_do));
        Self(shared, PhantomData)
    }

    /// Returns a slot with a connection in it.
    pub(super) async fn check_out(&self) -> Result<Lease<L>, CacheError> {
        let permit = self.0.free.acquire().await;
        permit.map_err(|_| CacheError::Connection(io::ErrorKind::NotConnected))?.forget();
        let mut lease = self.lend().ok_or(CacheError::Connection(io::ErrorKind::NotConnected))?;
        if lease.channel.is_none() {
            let channel = Channel::new(self.0.dialer.dial(self.0.node).await?);
            self.0.table.lock().slots[lease.slot].channel = Some(channel.clone());
            lease.channel = Some(channel);
        }
        Ok(lease)
    }

    /// Lends an idle slot or else one that is being cleaned.
    fn lend(&self) -> Option<Lease<L>> {
        let mut table = self.0.table.lock();
        let slot = table.idle.pop().or_else(|| table.renew())?;
        let place = &mut table.slots[slot];
        place.lent += 1;
        let (lent, channel) = (place.lent, place.channel.clone());
        Some(Lease { pool: self.clone(), slot, lent, channel, given_back: false })
    }
}

impl Table {
    /// Takes over the slot that has waited longest to be cleaned, without its connection.
    fn renew(&mut self) -> Option<usize> {
        let slot = self.cleaning.pop_front()?;
        self.slots[slot].channel = None;
        Some(slot)
    }
}

/// Cleans one connection after another: reads the replies that no caller waits for any more, and
/// frees the slot. If the replies do not arrive, closes the connection.
async fn clean<L: SlotRelease>(pool: Weak<Shared>, mut chores: UnboundedReceiver<Chore>) {
    while let Some(Chore { slot, lent, channel }) = chores.recv().await {
        // The client may be gone, and its connections with it.
        let Some(pool) = pool.upgrade() else { return };
        let cleaned = pool.dialer.timeout(pool.patience, channel.drain()).await.flatten();
        let mut table = pool.table.lock();
        if L::clean_up_frees(lent, table.slots[slot].lent) {
            if cleaned.is_err() {
                table.slots[slot].channel = None;
            }
            table.cleaning.retain(|other| *other != slot);
            table.idle.push(slot);
        }
    }
}

impl<L: SlotRelease> Lease<L> {
    /// Sends a command and parses its reply with `read`. If that fails, closes the connection and
    /// gives the slot back at once: another caller may be waiting for it.
    pub(super) async fn request<T>(
        &mut self,
        args: &[&[u8]],
        read: impl FnOnce(Reply) -> Result<T, Reply>,
    ) -> Result<T, CacheError> {
        let channel = self.channel.clone();
        let channel = channel.ok_or(CacheError::Connection(io::ErrorKind::NotConnected))?;
        let pool = self.pool.0.clone();
        let reply = pool.dialer.timeout(pool.patience, channel.request(args)).await;
        let result = reply.flatten().and_then(|reply| match reply {
            Reply::Error(text) => Err(CacheError::Server(text)),
            reply => read(reply).map_err(|reply| CacheError::Protocol(format!("{reply:?}"))),
        });
        if !matches!(result, Ok(_) | Err(CacheError::Server(_))) {
            self.close();
        }
        result
    }

    fn close(&mut self) {
        self.channel = None;
        self.pool.0.table.lock().slots[self.slot].channel = None;
        self.give_back();
    }

    fn give_back(&mut self) {
        if L::frees(std::mem::replace(&mut self.given_back, true)) {
            self.pool.0.table.lock().idle.push(self.slot);
            self.pool.0.free.add_permits(1);
        }
    }
}

impl<L: SlotRelease> Drop for Lease<L> {
    fn drop(&mut self) {
        let Some(channel) = self.channel.take().filter(|channel| channel.unread() > 0) else {
            return self.give_back();
        };
        self.pool.0.table.lock().cleaning.push_back(self.slot);
        // If the cleaner is gone, the gateway is shutting down.
        let _ = self.pool.0.chores.send(Chore { slot: self.slot, lent: self.lent, channel });
        self.pool.0.free.add_permits(1);
    }
}
