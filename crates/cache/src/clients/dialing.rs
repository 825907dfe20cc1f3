//! The clients over libraries that dial by themselves, by name.
//!
//! They need a build with the simulated tokio, which `cargo crosswire` makes for a package that
//! depends on `crosswire-dial`. So no build of this crate has them; `examples/dialing` does.

/// A client over a library that dials by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DialingSpec {
    /// The name.
    pub name: &'static str,
    /// A one-line description.
    pub summary: &'static str,
    /// The libraries, as [`libraries`](super::libraries) returns them.
    pub libraries: &'static [&'static str],
}

/// The folder of the crate that has these clients.
pub const DIALING_CRATE: &str = "examples/dialing";

/// Returns all clients over libraries that dial by themselves.
pub fn dialing() -> &'static [DialingSpec] {
    &[
        DialingSpec {
            name: "connection-manager",
            summary: "the redis crate's aio::ConnectionManager, which dials by itself, unmodified",
            libraries: &["redis@1"],
        },
        DialingSpec {
            name: "bb8-redis",
            summary: "bb8-redis: a pool that pings each connection at checkout, unmodified",
            libraries: &["bb8-redis", "bb8", "redis@1"],
        },
        DialingSpec {
            name: "deadpool-redis",
            summary: "deadpool-redis: a pool that pings each connection at checkout, unmodified",
            libraries: &["deadpool-redis", "deadpool", "redis@1"],
        },
        DialingSpec {
            name: "fred",
            summary: "a client of fred to each node, unmodified; a dropped call's command stays queued",
            libraries: &["fred"],
        },
        DialingSpec {
            name: "fred-guarded",
            summary: "fred, whose calls are never dropped, and which reconnects after a time-out",
            libraries: &["fred"],
        },
        DialingSpec {
            name: "rustis",
            summary: "rustis: one connection to each node for all callers, unmodified",
            libraries: &["rustis"],
        },
    ]
}
