//! Cameras and phones: compact state machines on one timing wheel.
//!
//! Start with [`Fleet`]. A device is a few dozen bytes in an array; it has no task and no heap
//! object of its own. What it will do next waits on the fleet's wheel, which the network's driver
//! turns. A request goes over the link to a gateway's [`Door`](crosswire_cloud::Door) and becomes
//! a task there; a device that gives up has that task dropped.
//!
//! | module | story |
//! |---|---|
//! | [`fleet`] | the arrays, the wheel, and who is told what |
//! | `fleet::request` | how a request goes out to a gateway, and how it ends |
//! | `line` | a device's connection to a gateway |
//! | `camera` | captures, keeps, uploads at least once |
//! | `phone` | opens the app, lists, looks, taps, plays |
//! | `refresh` | asks for the list once more while the first request is under way |
//! | `errand` | shares, revocations, transfers, resets and deletions |
//! | `backlog` | what cameras have captured and not yet handed over |
//! | [`backoff`] | how long to wait before connecting again |
//!
//! Each device draws from dice of its own, so leaving one out leaves the others as they were.

pub mod backoff;
pub mod fleet;

mod backlog;
mod camera;
mod errand;
mod line;
mod phone;
mod refresh;

pub use fleet::{Fleet, FleetParts, Gateway};
