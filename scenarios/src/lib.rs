//! The built-in scenarios: files beside this package's manifest, embedded in the program.

/// A built-in scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct File {
    /// The name, without `.toml`.
    pub name: &'static str,
    /// The text of the file.
    pub text: &'static str,
}

/// The built-in scenarios, in alphabetical order.
pub const FILES: &[File] = &[
    File { name: "bad-network-update", text: include_str!("../bad-network-update.toml") },
    File { name: "brownout", text: include_str!("../brownout.toml") },
    File { name: "calm", text: include_str!("../calm.toml") },
    File { name: "cloned-identity", text: include_str!("../cloned-identity.toml") },
    File { name: "emergency-cache", text: include_str!("../emergency-cache.toml") },
    File { name: "metastable", text: include_str!("../metastable.toml") },
    File { name: "notification-mix-up", text: include_str!("../notification-mix-up.toml") },
    File { name: "pair", text: include_str!("../pair.toml") },
    File { name: "reconnect-storm", text: include_str!("../reconnect-storm.toml") },
    File { name: "resale", text: include_str!("../resale.toml") },
    File { name: "shared-context", text: include_str!("../shared-context.toml") },
    File { name: "swarm", text: include_str!("../swarm.toml") },
    File { name: "wyze-2024", text: include_str!("../wyze-2024.toml") },
];
