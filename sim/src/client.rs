//! The code under test: a caching client, and services that take the place of the built-in ones.

use crosswire_cache::{Connect, all};
use crosswire_cloud::OwnService;
use std::fmt;
use std::sync::Arc;

/// A caching client under test, with the services that a plan may name besides the built-in ones.
#[derive(Clone)]
pub struct ClientUnderTest {
    /// The client's name.
    pub name: String,
    /// Connects an instance for one gateway.
    pub connect: Connect,
    /// The services of the user.
    services: Arc<[OwnService]>,
}

impl fmt::Debug for ClientUnderTest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, services, .. } = self;
        let mut text = f.debug_struct("ClientUnderTest");
        text.field("name", name).field("services", services).finish_non_exhaustive()
    }
}

impl ClientUnderTest {
    /// Names a client and its connector.
    pub fn new(name: &str, connect: Connect) -> Self {
        Self { name: name.to_owned(), connect, services: Arc::new([]) }
    }

    /// Returns the built-in client of this name.
    pub fn named(name: &str) -> Option<Self> {
        let spec = all().iter().find(|spec| spec.name == name)?;
        Some(Self::new(spec.name, (spec.connect)()))
    }

    /// Adds the services that a plan may name besides the built-in ones.
    #[must_use]
    pub fn with_services(mut self, services: &[OwnService]) -> Self {
        self.services = services.into();
        self
    }

    /// Returns the user's service of this name.
    pub fn service(&self, name: &str) -> Option<&OwnService> {
        self.services.iter().find(|service| service.name == name)
    }
}
