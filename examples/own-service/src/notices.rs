//! Notices of new events. A notice waits a while, so that the alarms of a busy minute do not ring
//! one by one, and goes to the phones of the camera's viewers.

use crate::relations::{Camera, Relations};
use crosswire::bytes::Bytes;
use crosswire::service::{Clock, EventId, UserId};
use crosswire::tokio::sync::Notify;
use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::Duration;

/// The time for which a notice waits.
const WAIT: Duration = Duration::from_secs(4);

/// Decides who is notified.
pub trait Audience: Send + Sync + 'static {
    /// Returns the users to notify as they are known when the event is uploaded, if they are asked
    /// for then.
    fn early(
        relations: &Relations,
        camera: Camera,
    ) -> impl Future<Output = Option<Vec<UserId>>> + Send;

    /// Returns the users to notify now.
    fn late(relations: &Relations, notice: &Notice) -> impl Future<Output = Vec<UserId>> + Send;
}

/// Asks when the notice has waited: those who may see the event now.
pub struct AtTheEnd;

impl Audience for AtTheEnd {
    async fn early(_: &Relations, _: Camera) -> Option<Vec<UserId>> {
        None
    }

    async fn late(relations: &Relations, notice: &Notice) -> Vec<UserId> {
        // Without an answer nobody is notified. The event is in the Events tab.
        relations.viewers_of(notice.camera).await.unwrap_or_default()
    }
}

/// Asks at the upload, while the camera's relation is at hand, so that the worker that sends has
/// nothing to look up. But a grant may end while the notice waits.
pub struct AtUpload;

impl Audience for AtUpload {
    async fn early(relations: &Relations, camera: Camera) -> Option<Vec<UserId>> {
        relations.viewers_of(camera).await.ok()
    }

    async fn late(_: &Relations, notice: &Notice) -> Vec<UserId> {
        notice.early.clone().unwrap_or_default()
    }
}

/// A notice that waits.
pub struct Notice {
    pub event: EventId,
    pub camera: Camera,
    pub thumbnail: Bytes,
    /// The users to notify, if they were asked for at the upload.
    pub early: Option<Vec<UserId>>,
}

/// The notices of one gateway.
pub struct Notices {
    clock: Clock,
    /// The notices that wait, each with the millisecond at which it is due. The first is due first.
    waiting: Mutex<VecDeque<(u64, Notice)>>,
    added: Notify,
}

impl Notices {
    pub fn new(clock: &Clock) -> Self {
        Self { clock: clock.clone(), waiting: Mutex::default(), added: Notify::new() }
    }

    pub fn add(&self, notice: Notice) {
        let due_ms = self.clock.now_ms() + WAIT.as_millis() as u64;
        self.waiting.lock().expect("no panic").push_back((due_ms, notice));
        self.added.notify_one();
    }

    /// Waits until a notice is due, and takes it.
    pub async fn next(&self) -> Notice {
        loop {
            let Some(due_ms) = self.first_due_ms() else {
                self.added.notified().await;
                continue;
            };
            let now_ms = self.clock.now_ms();
            if due_ms > now_ms {
                self.clock.sleep(Duration::from_millis(due_ms - now_ms)).await;
            } else if let Some((_, notice)) = self.waiting.lock().expect("no panic").pop_front() {
                return notice;
            }
        }
    }

    fn first_due_ms(&self) -> Option<u64> {
        self.waiting.lock().expect("no panic").front().map(|(due_ms, _)| *due_ms)
    }
}
