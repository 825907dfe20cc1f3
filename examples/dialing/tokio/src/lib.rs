//! tokio 1 for the simulation, under its own name: `[patch.crates-io]` puts it in place of tokio, so
//! that libraries that dial, sleep and spawn by themselves do so in the simulated world.
//!
//! | module | content |
//! |---|---|
//! | [`net`] | streams from the world's dialler; nothing else of the network exists |
//! | [`time`] | sleeps on the world's timers |
//! | [`task`], [`runtime`] | tasks of the world's executor |
//! | [`sync`], [`io`], `select!`, `join!`, `pin!`, `task_local!` | tokio's own: they need no runtime |
//! | [`world`] | what the simulation provides |
//!
//! There is one world for each thread, and one thread for each run.

pub mod net;
pub mod runtime;
pub mod task;
pub mod time;
pub mod world;

pub use real::{io, join, main, pin, select, sync, task_local, test, try_join};
pub use task::spawn;
