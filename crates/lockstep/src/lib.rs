//! Any library, in any language, in lockstep: `crosswire certify --adapter CMD`.
//!
//! A real library often speaks only TCP, and cannot live in the simulation. Here it lives in a
//! process of its own behind an [`adapter`], and Crosswire holds both of its ends: it says what the
//! callers do, and every reply of the server is in its hand. So nothing hangs on time: a
//! [`schedule`] says what happens one after the other, and it is data, drawn from a seed, counted
//! out, made small, kept in a file and played with another version.
//!
//! ```text
//! seed ─▶ schedule ─▶ adapter and server ─▶ trace ─▶ judge ─▶ verdict ─▶ story, certificate
//! ```
//!
//! | module | story |
//! |---|---|
//! | [`schedule`], `step` | what callers and server do, and how that is written |
//! | [`draw`] | schedules of a seed, and all of a small size |
//! | [`adapter`] | the program around the library |
//! | `server` | the replies that are held |
//! | [`session`], `drive` | plays a schedule, by events |
//! | [`trace`] | what was seen |
//! | [`judge`], [`situations`], [`story`] | what that breaks, what it went through, and how it came about |
//! | [`shrink`] | a schedule made small |
//! | [`kept`] | a schedule in a file |
//! | [`mod@certify`], [`certificate`], [`machine`] | many schedules, and what can be said after them |
//!
//! This is the one part of Crosswire that runs on real sockets and real threads. Its only clock is
//! patience: how long nothing at all may happen before a call is said never to end.

pub mod adapter;
pub mod certificate;
pub mod certify;
pub mod draw;
pub mod judge;
pub mod kept;
pub mod machine;
pub mod schedule;
pub mod session;
pub mod shrink;
pub mod situations;
pub mod story;
pub mod trace;

mod drive;
mod server;
mod step;
#[cfg(test)]
mod tests;

pub use adapter::{BadAdapter, Hello};
pub use certify::{Certificate, Play, Source, certify};
pub use kept::Kept;
pub use schedule::Schedule;
pub use session::{PATIENCE, Session, Trouble};
