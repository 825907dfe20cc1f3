//! Telling phones of new events. Uploads leave a notice; a job takes a batch of them and finds
//! out with one multi-get whom to tell.

use super::Core;
use crate::directory::Stored;
use bytes::Bytes;
use crosswire_history::{Epoch, EventId};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Notify;

/// Notices that wait at most. Beyond it the oldest is dropped: its event is in the Events tab.
const WAITING: usize = 2_048;

/// A new event.
pub(super) struct Notice {
    pub(super) event: EventId,
    pub(super) epoch: Epoch,
    pub(super) thumbnail: Bytes,
}

/// The notices of one gateway. They die with its process.
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
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() == WAITING {
            waiting.pop_front();
        }
        waiting.push_back(notice);
        self.news.notify_one();
    }

    pub(super) async fn next_batch(&self) -> Vec<Notice> {
        loop {
            {
                let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
                if !waiting.is_empty() {
                    let count = waiting.len().min(self.batch);
                    return waiting.drain(..count).collect();
                }
            }
            self.news.notified().await;
        }
    }
}

/// Right. An event is announced when it is stored, and not when it is uploaded again because the
/// camera did not hear of it.
pub(super) fn when_stored(stored: Stored) -> bool {
    stored.first_time
}

/// Mechanism 20, zombie write, at the delivery. Each upload is announced, so that no gateway's
/// death between storing and announcing costs a push, and nobody remembers what was announced
/// already. A camera whose upload timed out, or whose connection broke before the answer, wakes it
/// by uploading again: its people are told of one event twice. No public report known to us is
/// just this; at-least-once delivery to somebody who does not count is the field's name for it.
pub(super) fn at_each_upload(_: Stored) -> bool {
    true
}

/// Tells everybody who may see these events of them.
pub(super) async fn tell(core: Arc<Core>, notices: Vec<Notice>) {
    let cameras: Vec<_> =
        notices.iter().map(|notice| (notice.event.device, notice.epoch)).collect();
    let viewers = core.relations.viewers_of_all(&cameras).await;
    for (notice, users) in notices.iter().zip(viewers) {
        // Without an answer nobody is told; the event is in the Events tab.
        for user in users.unwrap_or_default() {
            let event = (notice.event, notice.epoch);
            if let Some(thumbnail) = core.checked_push(user, event, notice.thumbnail.clone()).await
            {
                (core.around.push)(user, notice.event, thumbnail);
            }
        }
    }
}
