//! The causal chain of a violation in at most twelve lines, oldest first.
//!
//! A story is built from the latest entries. Each cause names the next by an id: a delivery its
//! request, the request its calls, a value the command whose reply brought it, the command its
//! connection, and the connection the call that left it dirty. Where the entries no longer hold a
//! link, the story says less; it never guesses.

mod authorization;
mod batch;
mod builder;
mod callers;
mod calls;
mod carried;
mod chain;
mod changed;
mod crossed_reply;
mod cut;
mod decisive;
mod dishonest;
mod duplicate_identity;
mod feed;
mod handed;
mod joined;
mod known;
mod leak;
mod lost;
mod memory;
mod mget_mixup;
mod offered;
mod outlived;
mod search;
mod service_decision;
mod shift;
mod swapped;
mod unannounced;
mod undelivered;
mod unheard;
mod unread_reply;
mod waited;
mod writes;

pub(crate) use authorization::{denied, stale, stale_at_rest, taken_for, transferred};
pub(crate) use builder::Story;
pub use builder::{MAX_LINES, seconds};
pub(crate) use calls::overdue;
pub(crate) use crossed_reply::{crossed, reused, strayed};
pub use decisive::decisive;
pub(crate) use duplicate_identity::{delivered_twice, two_let_in, two_makers, zombie};
pub(crate) use leak::{leak, mislabelled};
pub(crate) use outlived::outlived;
pub(crate) use unannounced::unannounced;
pub(crate) use undelivered::{lost, never_stored, never_well, unrecovered};

#[cfg(test)]
mod tests;
