//! The defences that were published after the incident, each by name.

/// Which defences are on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Defences {
    /// Before anything of an event is handed to somebody, the primary is asked whether *that*
    /// event may be seen by them. It does not go through the caching client.
    pub verify_at_delivery: bool,
    /// Relations are read from the directory each time.
    pub bypass_relation_cache: bool,
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
        ("principal-in-key", "adds the principal to the key of every shared response cache"),
    ]
}
