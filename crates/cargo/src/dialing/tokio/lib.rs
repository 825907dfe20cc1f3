//! tokio 1 for the simulation, under its own name, so that libraries that dial, sleep and spawn by
//! themselves do so in the simulated world. `cargo crosswire` compiles it in the place of tokio,
//! and over tokio itself, which is the crate `real` here.
//!
//! | module | content |
//! |---|---|
//! | [`net`] | streams from the world's dialler; nothing else of the network exists |
//! | [`time`] | sleeps on the world's timers |
//! | [`task`], [`runtime`] | tasks of the world's executor |
//! | [`sync`], [`io`], `select!`, `join!`, `pin!`, `task_local!` | tokio's own |
//! | [`world`] | the trait of a simulation |
//! | `fs`, `process`, `signal` | tokio's own: they panic, because its runtime is not running |
//!
//! There is one world for each thread, and one thread for each run. A thread without a world, such
//! as one of a runtime that a library starts by itself, panics where it dials, sleeps or spawns.
//! Missing are listeners, UDP, Unix sockets and local tasks, which fail with a sentence, and
//! `TcpSocket`, `UnixDatagram` and the clock of tests (`time::pause`), which do not compile.

pub mod net;
pub mod runtime;
pub mod task;
pub mod time;
pub mod world;

#[cfg(feature = "fs")]
pub use real::fs;
#[cfg(feature = "process")]
pub use real::process;
#[cfg(feature = "signal")]
pub use real::signal;
pub use real::{io, join, main, pin, select, sync, task_local, test, try_join};
pub use task::spawn;
