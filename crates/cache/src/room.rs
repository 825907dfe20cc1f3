//! Short writes: whether a connection to a cache node takes a write as a whole (the fault point
//! `cache-write-short`).

use crosswire_history::{NodeId, Point};
use crosswire_net::Net;
use std::task::Context;

/// The longest time for which the fault point holds back the rest of a write.
pub const REST_HELD_MS_MAX: u64 = 20;

/// The room that a connection has for outgoing bytes.
#[derive(Default)]
pub(crate) struct Room {
    /// The time until which there is no room; 0 if there is room now.
    full_until_ms: u64,
}

impl Room {
    /// Returns the bytes that the connection takes now: a part of them if the fault point fires,
    /// and then none for a while.
    pub(crate) fn takes<'b>(
        &mut self,
        net: &Net,
        node: NodeId,
        cx: &Context<'_>,
        bytes: &'b [u8],
    ) -> Option<&'b [u8]> {
        if self.full_until_ms > 0 {
            let left_ms = self.full_until_ms.saturating_sub(net.now_ms());
            if left_ms > 0 {
                let waker = cx.waker().clone();
                net.later(left_ms, move || waker.wake());
                return None;
            }
            self.full_until_ms = 0;
            return Some(bytes);
        }
        if bytes.len() > 1
            && let Some(word) = net.fires(node, Point::CacheWriteShort)
        {
            self.full_until_ms = net.now_ms() + 1 + word % REST_HELD_MS_MAX;
            let taken = 1 + (word >> 32) as usize % (bytes.len() - 1);
            return Some(&bytes[..taken]);
        }
        Some(bytes)
    }
}
