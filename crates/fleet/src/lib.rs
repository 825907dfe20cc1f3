//! Cameras and phones: compact state machines on one timing wheel.
//!
//! Start with [`Fleet`]. A device is a few dozen bytes in an array, without a task or a heap
//! object. Its next step waits on the fleet's wheel, which the network's driver turns. A request
//! goes over the link to a [`GatewayProcess`](crosswire_cloud::GatewayProcess) and becomes a task
//! there; if the device gives up, the task is dropped.
//!
//! | module | content |
//! |---|---|
//! | [`fleet`] | the arrays and the wheel |
//! | `fleet::request` | requests, from sending to the end |
//! | `fleet::acts` | what devices do by themselves, recorded or from a script |
//! | `session` | a device's connection to a gateway |
//! | `camera` | captures, keeps, uploads at least once |
//! | `phone` | opens the app, lists events, looks, taps, watches videos |
//! | `refresh` | asks for the list again while the first request is in flight |
//! | `dishonest` | asks for what is not theirs |
//! | `ownership_change` | shares, revocations, transfers, resets and deletions |
//! | `backlog` | captured events that are not uploaded yet |
//! | [`backoff`] | the wait before connecting again |
//!
//! Each device has separate dice, so leaving one out does not change the others.

pub mod backoff;
pub mod fleet;

mod backlog;
mod camera;
mod cheat;
mod dishonest;
mod ownership_change;
mod phone;
mod refresh;
mod session;

pub use fleet::{Fleet, FleetParts, Gateway};
