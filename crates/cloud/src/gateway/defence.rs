//! The defences, each by name: those that were published after the incident, those that caches
//! and media services have against such mix-ups, and one that only looks like a defence.

/// Which defences are on.
#[expect(clippy::struct_excessive_bools, reason = "each is on or off by itself")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Defences {
    /// Before anything of an event is handed to somebody, the primary is asked whether *that*
    /// event may be seen by them. It does not go through the caching client. What goes wrong
    /// behind it, it does not see; nor what an edge hands out that has kept whole responses, for
    /// that never comes here; nor what the primary itself has wrong.
    pub verify_at_delivery: bool,
    /// Relations are read from the directory each time.
    pub bypass_relation_cache: bool,
    /// Only the first who misses an entry may fill it, unless a change comes between.
    pub leases: bool,
    /// Entries say as of which commit they are, and none takes the place of a younger one.
    pub versioned_entries: bool,
    /// The camera seals the epoch of its owner into what it makes of an event. Before anything of
    /// an event is handed to somebody, the primary is asked whether they may see that camera in
    /// the epoch of the seal, and the seal must fit event and bytes. An edge that has kept a whole
    /// response asks nobody.
    pub sealed_owner_tag: bool,
    /// Before anything of an event is handed to somebody, the viewers of its camera are looked
    /// up, through the caching client like all relations. A trap: what is to be checked and what
    /// checks it go wrong together.
    pub verify_over_same_client: bool,
    /// Every shared response cache adds the principal to its key.
    pub principal_in_key: bool,
}

impl Defences {
    /// Switches one on by name.
    ///
    /// # Errors
    /// If there is none of that name.
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

/// There is no defence of that name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownDefence(pub String);

impl std::fmt::Display for UnknownDefence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "there is no defence `{}`", self.0)
    }
}

impl std::error::Error for UnknownDefence {}

/// The name and a line about each.
pub fn defences() -> &'static [(&'static str, &'static str)] {
    &[
        (
            "verify-at-delivery",
            "asks the primary about the very event before it is handed out, past the caching client",
        ),
        (
            "bypass-relation-cache",
            "reads user-device relations from the directory, never the cache",
        ),
        ("leases", "whoever misses an entry first may fill it, unless a change comes between"),
        (
            "versioned-entries",
            "entries carry the commit they are as of; none takes the place of a younger one",
        ),
        (
            "sealed-owner-tag",
            "cameras seal their owner's epoch into the media; the gateway checks it on view",
        ),
        (
            "verify-over-same-client",
            "a trap: verifies through the caching client that it should check",
        ),
        ("principal-in-key", "adds the principal to the key of every shared response cache"),
    ]
}
