//! The caching client under test.

use crosswire_cache::{Connect, all};
use std::fmt;

/// A caching client under test.
#[derive(Clone)]
pub struct ClientUnderTest {
    /// The client's name.
    pub name: String,
    /// Connects an instance for one gateway.
    pub connect: Connect,
}

impl fmt::Debug for ClientUnderTest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientUnderTest").field("name", &self.name).finish_non_exhaustive()
    }
}

impl ClientUnderTest {
    /// Returns the built-in client of this name.
    pub fn named(name: &str) -> Option<Self> {
        let spec = all().iter().find(|spec| spec.name == name)?;
        Some(Self { name: spec.name.to_owned(), connect: (spec.connect)() })
    }
}
