//! Runs any library, in any language, in lockstep: `crosswire certify --adapter CMD`.
//!
//! Many libraries speak only TCP and cannot run in the simulation. Here the library runs in a
//! separate process behind an [`adapter`], and Crosswire controls both ends of it: it makes the
//! calls, and it decides when the server sends each reply. So nothing depends on time. A
//! [`schedule`] lists the events one after the other. It is data, which can be drawn from a seed,
//! enumerated, minimized, saved to a file and replayed with another version.
//!
//! ```text
//! seed ─▶ schedule ─▶ adapter and server ─▶ trace ─▶ judge ─▶ verdict ─▶ story, certificate
//! ```
//!
//! | module | purpose |
//! |---|---|
//! | [`schedule`], `step` | the steps of callers and server, and their notation |
//! | [`words`] | the words of schedules beyond the plain ones |
//! | [`draw`], [`enumerate`] | the schedule of a seed, and all schedules of a small size |
//! | [`adapter`] | the program around the library |
//! | [`proxy`] | the adapter of a pooler or proxy, with clients of Crosswire |
//! | `server` | the server, which withholds replies until a step sends them |
//! | [`session`], `drive` | runs a schedule, driven by events |
//! | [`trace`] | the facts observed from outside the library |
//! | [`judge`], [`situations`], [`story`] | violations, situations and story of a trace |
//! | [`trial`] | tries whether an adapter does what it should |
//! | [`minimize`] | minimizes a schedule |
//! | [`saved_schedule`] | a schedule in a file |
//! | `search`, [`mod@certify`] | runs many schedules; their results |
//! | [`certificate`], [`machine`] | the results as page and JSON |
//! | `in_order` | several sessions at a time, with the results of one |
//! | [`made`] | the versions behind a certificate, and the command that prints it |
//!
//! This is the only part of Crosswire that runs on real sockets and real threads. Its only clock is
//! `patience`: the time without any event after which a call is considered never to end.

pub mod adapter;
pub mod certificate;
pub mod certify;
pub mod draw;
pub mod enumerate;
pub mod judge;
pub mod machine;
pub mod made;
pub mod minimize;
pub mod picture;
pub mod proxy;
pub mod saved_schedule;
pub mod schedule;
pub mod session;
pub mod situations;
pub mod story;
pub mod trace;
pub mod trial;
pub mod words;

mod drive;
mod in_order;
mod patience;
mod search;
mod server;
mod step;
#[cfg(test)]
mod tests;

pub use adapter::{BadAdapter, Hello};
pub use certify::{CutShort, LibraryCertificate, ScheduleRun, Source};
pub use made::Made;
pub use saved_schedule::SavedSchedule;
pub use schedule::Schedule;
pub use search::{certify, certify_with};
pub use session::{PATIENCE, READ_TIMEOUTS, Session, SessionError};
pub use words::{Vocabulary, Word};
