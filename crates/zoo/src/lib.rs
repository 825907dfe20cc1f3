//! A zoo of caching clients: correct ones that use the freedoms of the contract to the full, and
//! faulty ones with one mistake each. The correct ones hold the judge to what the contract of
//! [`CacheClient`](crosswire_cache::CacheClient) says; the faulty ones show which mistakes the
//! storms trigger.
//!
//! | module | story |
//! |---|---|
//! | [`kit`] | connections, pools and a client in parts |
//! | [`contract`] | the clauses of the contract, each with a correct client and a faulty one |
//! | `correct` | correct clients in unusual styles, one file each |
//! | `faulty` | good-faith clients with one mistake each, one file each |
//!
//! Every client is at most 80 lines over the kit, its docs included.

pub mod contract;
pub(crate) mod correct;
mod faulty;
pub mod kit;

use crosswire_cache::Connect;

/// A client of the zoo.
#[derive(Clone, Copy)]
pub struct Specimen {
    /// Its name, which is that of its file with dashes.
    pub name: &'static str,
    /// One line that says what it does, or what is wrong with it.
    pub summary: &'static str,
    /// Makes the function that connects it.
    pub connect: fn() -> Connect,
    /// Whether it is correct.
    pub right: bool,
    /// Of a faulty one: what a story must say to name the cause. Each group is one fact of the
    /// client's docs in several wordings, and the story must have one wording of every group.
    pub cause: &'static [&'static [&'static str]],
    /// The scenario, besides `swarm`, in which a faulty one should be found.
    pub home: &'static str,
}

impl Specimen {
    /// A correct client.
    const fn right(name: &'static str, summary: &'static str, connect: fn() -> Connect) -> Self {
        Self { name, summary, connect, right: true, cause: &[], home: "swarm" }
    }

    /// A faulty client.
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
    /// Returns whether a story names the cause.
    pub fn is_named_in(&self, story: &[String]) -> bool {
        self.lacking_in(story).is_empty()
    }

    /// Returns the groups of words of which a story has none, whatever the case of its letters.
    pub fn lacking_in(&self, story: &[String]) -> Vec<&'static [&'static str]> {
        let story = story.join("\n").to_lowercase();
        let has = |words: &&str| story.contains(&words.to_lowercase());
        let lacking = self.cause.iter().filter(|group| !group.iter().any(&has));
        lacking.copied().collect()
    }
}

/// The correct clients, by name.
pub fn correct() -> &'static [Specimen] {
    correct::ALL
}

/// The faulty clients, by name.
pub fn faulty() -> &'static [Specimen] {
    faulty::ALL
}
