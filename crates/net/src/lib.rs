//! The simulated network: messages, their delays and their faults.
//!
//! Start with [`Net`]. It has the *sites* (nodes, and one site each for all cameras and all
//! phones), one [`LinkState`](link::LinkState) for each ordered pair of sites, and a timing wheel
//! that holds everything in transit until it is due. One task, [`Net::drive`], sleeps until
//! something is due.
//!
//! There are three ways to use a link, all subject to the same latency, loss and partitions:
//! - a [`Stream`]: bytes, `AsyncRead + AsyncWrite`, with a window and every way to break;
//! - a [`Caller`]: one typed request, one typed reply;
//! - [`Net::post`]: runs a closure at the far end, if the message gets there.
//!
//! madsim provides the executor, the clock and the life cycle of nodes. Its network is not used: it
//! refuses a dial across a partition at once, where a real one hangs, and it cannot reset a single
//! connection.
//!
//! | module | content |
//! |---|---|
//! | [`wheel`] | the timing wheel |
//! | [`link`] | the delay of a message |
//! | [`net`] | sites, links and the driver |
//! | [`fault`] | faults of links and connections |
//! | [`conn`] | one connection, two directions of bytes |
//! | [`stream`] | its ends, as tokio sees them |
//! | [`call`] | typed requests |
//! | [`points`] | the armed fault points |
//! | [`timer`] | sleeps and timeouts |

#[cfg(not(madsim))]
compile_error!(
    "crosswire runs inside madsim: build with RUSTFLAGS='--cfg madsim' (the repository's \
     .cargo/config.toml says so, but a RUSTFLAGS variable replaces what it says)"
);

pub mod call;
pub mod conn;
pub mod fault;
pub mod link;
pub mod net;
pub mod points;
pub mod stream;
pub mod timer;
pub mod wheel;

pub use call::{Caller, Reply};
pub use link::{DelaySource, LinkSpec};
pub use net::{Arrival, Net, Site};
pub use points::Points;
pub use stream::{Listener, Stream};
pub use timer::{Elapsed, Sleep};
pub use wheel::Wheel;
