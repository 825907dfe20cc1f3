//! Rules for a slot that returns to its pool.

/// Decides when a slot is free again.
pub trait SlotRelease: Send + Sync + 'static {
    /// Returns whether a lease that is given back frees its slot; `before` is true if it was given
    /// back already.
    fn frees(before: bool) -> bool {
        !before
    }

    /// Returns whether the clean-up after a slot's `then`-th loan frees it during its `now`-th.
    fn clean_up_frees(then: u64, now: u64) -> bool {
        then == now
    }
}

/// Correct. A lease frees its slot once, and a clean-up frees the slot only if it was not lent
/// since.
pub struct Numbered;

impl SlotRelease for Numbered {}

/// Mechanism 5, aliased lease. A lease that was given up early, on an error or a time-out, frees
/// its slot again when it is dropped, so the slot is free twice and two borrowers share one
/// connection. Trigger: a failed call, and from then on any two calls at the same time. This is the
/// double free of every pool; two readers on one connection get each other's replies, as in
/// `OpenAI`'s case of 20 March 2023 a reply went to the next in line.
pub struct FreedTwice;

impl SlotRelease for FreedTwice {
    fn frees(_before: bool) -> bool {
        true
    }
}

/// Mechanism 6, stale clean-up. A clean-up identifies only its slot. When it finishes, it frees the
/// slot even if the pool has lent it again with a new connection, and the next borrower joins the
/// present one on it. Trigger: cancellations on a slow cache, when the pool is so short of slots
/// that it lends one that is being cleaned. This is the ABA problem of lock-free lists, with slots;
/// redis-py's fixes after `OpenAI`'s case of 20 March 2023 were also about cleaning up after a
/// cancellation.
pub struct CleanupBySlot;

impl SlotRelease for CleanupBySlot {
    fn clean_up_frees(_then: u64, _now: u64) -> bool {
        true
    }
}
