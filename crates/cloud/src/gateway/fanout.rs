//! Notifies phones of new events. Each upload queues a notice; a job takes a batch of notices and
//! looks up the recipients with one multi-get.

use super::Core;
use bytes::Bytes;
use crosswire_history::sync::Mutex;
use crosswire_history::{Epoch, EventId};
use std::collections::VecDeque;
use std::sync::Arc;
use tokio::sync::Notify;

/// Capacity of the queue. When it is full the oldest notice is dropped; its event remains in the
/// Events tab.
const WAITING: usize = 2_048;

/// The notice of a new event.
pub(super) struct Notice {
    pub(super) event: EventId,
    pub(super) epoch: Epoch,
    pub(super) thumbnail: Bytes,
}

/// The notices queued in one gateway. They die with its process.
pub(super) struct Fanout {
    waiting: Mutex<VecDeque<Notice>>,
    news: Notify,
    batch: usize,
}

impl Fanout {
    pub(super) fn new(batch: usize) -> Self {
        Self { waiting: Mutex::default(), news: Notify::new(), batch }
    }

    pub(super) fn add(&self, notice: Notice) {
        let mut waiting = self.waiting.lock();
        if waiting.len() == WAITING {
            waiting.pop_front();
        }
        waiting.push_back(notice);
        self.news.notify_one();
    }

    pub(super) async fn next_batch(&self) -> Vec<Notice> {
        loop {
            {
                let mut waiting = self.waiting.lock();
                if !waiting.is_empty() {
                    let count = waiting.len().min(self.batch);
                    return waiting.drain(..count).collect();
                }
            }
            self.news.notified().await;
        }
    }
}

/// Pushes events to every user who may see them.
pub(super) async fn tell(core: Arc<Core>, notices: Vec<Notice>) {
    let cameras: Vec<_> =
        notices.iter().map(|notice| (notice.event.device, notice.epoch)).collect();
    let viewers = core.relations.viewers_of_all(&cameras).await;
    for (notice, users) in notices.iter().zip(viewers) {
        // Without an answer, nothing is pushed; the event remains in the Events tab.
        for user in users.unwrap_or_default() {
            let event = (notice.event, notice.epoch);
            if let Some(thumbnail) = core.checked_push(user, event, notice.thumbnail.clone()).await
            {
                core.deps.phones.push(user, notice.event, thumbnail);
            }
        }
    }
}
