//! A zoo of caching clients: correct ones that use the freedoms of the contract to the full, and
//! faulty ones with one mistake each.
//!
//! The correct clients hold the checkers to the contract of
//! [`CacheClient`](crosswire_cache::CacheClient): an accusation is a bug in a checker. The faulty
//! clients show which mistakes the storms trigger.
//!
//! | module | contents |
//! |---|---|
//! | [`kit`] | connections, pools and a client in parts |
//! | [`contract`] | the clauses of the contract, each with a correct and a faulty client |
//! | `correct` | correct clients in unusual styles, one file each |
//! | `faulty` | clients written in good faith with one mistake each, one file each |
//!
//! A client takes at most 80 lines on top of the kit, docs included.

#![expect(clippy::disallowed_types, reason = "the zoo is written as if outside of the workspace")]

pub mod contract;
pub(crate) mod correct;
mod faulty;
pub mod kit;

use crosswire_cache::Connect;

/// A client of the zoo.
#[derive(Clone, Copy)]
pub struct Specimen {
    /// The name: that of its file, with dashes.
    pub name: &'static str,
    /// One line that says what a correct client does, or what a faulty one does wrong.
    pub summary: &'static str,
    /// Returns the function that connects the client.
    pub connect: fn() -> Connect,
    /// True for a correct client.
    pub right: bool,
    /// The words by which a story names the mistake of a faulty client. Each group is one fact of
    /// the client's docs in several wordings; a story must contain one wording of every group.
    pub cause: &'static [&'static [&'static str]],
    /// The scenario, besides `swarm`, that should find a faulty client.
    pub home: &'static str,
}

impl Specimen {
    /// Returns a correct client.
    const fn right(name: &'static str, summary: &'static str, connect: fn() -> Connect) -> Self {
        Self { name, summary, connect, right: true, cause: &[], home: "swarm" }
    }

    /// Returns a faulty client.
    const fn wrong(
        name: &'static str,
        summary: &'static str,
        connect: fn() -> Connect,
        home: &'static str,
        cause: &'static [&'static [&'static str]],
    ) -> Self {
        Self { name, summary, connect, right: false, cause, home }
    }
}

impl Specimen {
    /// Returns true if a story names the cause.
    pub fn is_named_in(&self, story: &[String]) -> bool {
        self.lacking_in(story).is_empty()
    }

    /// Returns the groups of which a story contains no wording. Case is ignored.
    pub fn lacking_in(&self, story: &[String]) -> Vec<&'static [&'static str]> {
        let story = story.join("\n").to_lowercase();
        let has = |words: &&str| story.contains(&words.to_lowercase());
        let lacking = self.cause.iter().filter(|group| !group.iter().any(&has));
        lacking.copied().collect()
    }
}

/// Returns the correct clients, by name.
pub fn correct() -> &'static [Specimen] {
    correct::ALL
}

/// Returns the faulty clients, by name.
pub fn faulty() -> &'static [Specimen] {
    faulty::ALL
}
