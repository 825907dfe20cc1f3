//! What a pool of slots goes by when a slot comes back to it.

/// A pool's rules.
pub trait Lending: Send + Sync + 'static {
    /// Whether a lease that is given back frees its slot. `before`: it was given back already.
    fn frees(before: bool) -> bool {
        !before
    }

    /// Whether the clean-up after a slot's `then`-th lending frees it in its `now`-th.
    fn clean_up_frees(then: u64, now: u64) -> bool {
        then == now
    }
}

/// Right. A lease frees its slot once, and a clean-up frees the slot only if nobody was lent it
/// since.
pub struct Numbered;

impl Lending for Numbered {}

/// Mechanism 5, aliased lease. A lease that was given up early, on an error or a time-out, frees
/// its slot once more when it is dropped, so the slot is free twice and two borrowers have one
/// connection. A call that fails wakes it, and from then on any two that come together. It is the
/// double free of every pool; a connection with two readers gives each what is the other's, as in
/// `OpenAI`'s case of 20 March 2023 a reply went to the next in line.
pub struct FreedTwice;

impl Lending for FreedTwice {
    fn frees(_before: bool) -> bool {
        true
    }
}

/// Mechanism 6, stale clean-up. A clean-up names only its slot; when it is done it frees the slot,
/// though the pool has long lent it again with a new connection, and the next borrower joins the
/// present one on it. Cancellations on a slow cache wake it, when the pool is so short of slots
/// that it lends one that is being cleaned. It is the ABA problem of lock-free lists, with slots;
/// redis-py's repairs after `OpenAI`'s case of 20 March 2023 were about cleaning up after a
/// cancellation too.
pub struct BySlot;

impl Lending for BySlot {
    fn clean_up_frees(_then: u64, _now: u64) -> bool {
        true
    }
}
