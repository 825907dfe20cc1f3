//! The simulated network: what is sent, how long it takes, and how it can fail.
//!
//! Start with [`Net`]. It knows the *sites* (nodes, and the two crowds of cameras and phones),
//! one [`LinkState`](link::LinkState) for each ordered pair of them, and a timing wheel on which
//! everything that is under way waits for its millisecond. One task, [`Net::drive`], sleeps
//! until something is due.
//!
//! Three ways to use a link, all subject to the same latency, loss and partitions:
//! - a [`Stream`]: bytes, `AsyncRead + AsyncWrite`, with a window and every way to break;
//! - a [`Caller`]: one typed request, one typed reply;
//! - [`Net::post`]: run this at the other end, if it gets there.
//!
//! madsim gives the executor, the clock and the life of nodes. Its network is not used, for it
//! refuses a dial across a partition at once where life lets it hang, and cannot reset a single
//! connection.
//!
//! | module | story |
//! |---|---|
//! | [`wheel`] | what is due when |
//! | [`link`] | how long a message takes |
//! | [`net`] | sites, links and the driver |
//! | [`fault`] | how links and connections break |
//! | [`conn`] | one connection, two directions of bytes |
//! | [`stream`] | its ends, as tokio sees them |
//! | [`call`] | typed requests |
//! | [`points`] | the fault points that are armed |
//! | [`timer`] | sleeping and giving up |

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
pub use link::{LinkSpec, Luck};
pub use net::{Arrival, Net, Site};
pub use points::Points;
pub use stream::{Listener, Stream};
pub use timer::{Elapsed, Sleep};
pub use wheel::Wheel;
