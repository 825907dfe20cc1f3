//! The defences by name: those published after the incident, those that caches and media services
//! use against such mix-ups, and one that only looks like a defence.

/// The defences that are switched on.
#[expect(clippy::struct_excessive_bools, reason = "each is on or off by itself")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Defences {
    /// Before data of an event is handed out, ask the primary whether the user may see *that*
    /// event, bypassing the caching client. This does not catch mix-ups after the check, responses
    /// that an edge cache serves without reaching the gateway, or errors in the primary itself.
    pub verify_at_delivery: bool,
    /// Read relations from the directory every time.
    pub bypass_relation_cache: bool,
    /// Only the first reader to miss an entry may fill it, unless a change intervenes.
    pub leases: bool,
    /// Entries carry the commit as of which they are valid, and never replace a newer entry.
    pub versioned_entries: bool,
    /// The camera seals its ownership epoch into an event's media. Before data of an event is
    /// handed out, check that the seal matches the event and the bytes, and ask the primary whether
    /// the user may see the camera in the sealed epoch. This does not catch whole responses served
    /// by an edge cache.
    pub sealed_owner_tag: bool,
    /// Before data of an event is handed out, look up the viewers of its camera through the caching
    /// client, like every relation. A trap: the data and the check fail together.
    pub verify_over_same_client: bool,
    /// Every shared response cache includes the principal in its keys.
    pub principal_in_key: bool,
}

impl Defences {
    /// Switches on the defence called `name`.
    ///
    /// # Errors
    /// If there is no defence called `name`.
    pub fn switch_on(&mut self, name: &str) -> Result<(), UnknownDefence> {
        match name {
            "verify-at-delivery" => self.verify_at_delivery = true,
            "bypass-relation-cache" => self.bypass_relation_cache = true,
            "leases" => self.leases = true,
            "versioned-entries" => self.versioned_entries = true,
            "sealed-owner-tag" => self.sealed_owner_tag = true,
            "verify-over-same-client" => self.verify_over_same_client = true,
            "principal-in-key" => self.principal_in_key = true,
            _ => return Err(UnknownDefence(name.to_owned())),
        }
        Ok(())
    }
}

/// The error for an unknown defence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownDefence(pub String);

impl std::fmt::Display for UnknownDefence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "there is no defence `{}`", self.0)
    }
}

impl std::error::Error for UnknownDefence {}

/// Returns the name and a one-line description of each defence.
pub fn defences() -> &'static [(&'static str, &'static str)] {
    &[
        (
            "verify-at-delivery",
            "asks the primary about each event before handing it out, bypassing the caching client",
        ),
        (
            "bypass-relation-cache",
            "reads user-device relations from the directory, never from the cache",
        ),
        (
            "leases",
            "only the first reader to miss an entry may fill it, unless a change intervenes",
        ),
        (
            "versioned-entries",
            "entries carry the commit they are valid as of, and never replace a newer entry",
        ),
        (
            "sealed-owner-tag",
            "cameras seal their ownership epoch into the media; the gateway checks it on view",
        ),
        (
            "verify-over-same-client",
            "a trap: verifies through the very caching client it should check",
        ),
        ("principal-in-key", "includes the principal in the keys of every shared response cache"),
    ]
}
