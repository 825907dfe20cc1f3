//! The caching client under test.

use crosswire_cache::{Connect, all};

/// A caching client under test.
#[derive(Clone)]
pub struct ClientUnderTest {
    /// The client's name.
    pub name: String,
    /// Connects an instance for one gateway.
    pub connect: Connect,
}

impl ClientUnderTest {
    /// Returns the built-in client of this name.
    pub fn named(name: &str) -> Option<Self> {
        let spec = all().iter().find(|spec| spec.name == name)?;
        Some(Self { name: spec.name.to_owned(), connect: (spec.connect)() })
    }
}
