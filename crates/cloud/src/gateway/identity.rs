//! Who is let in.

use crate::directory::DirectoryClient;
use crate::service::Surroundings;
use async_trait::async_trait;
use crosswire_history::Principal;
use std::io;

/// Decides who is let in.
#[async_trait]
pub(crate) trait Identity: Send + Sync {
    /// Whether the one who shows this credential may come in as `principal`.
    ///
    /// # Errors
    /// The directory did not answer.
    async fn admits(&self, principal: Principal) -> io::Result<bool>;
}

/// Whoever the directory knows.
pub(crate) struct Registered {
    directory: DirectoryClient,
}

impl Registered {
    pub(crate) fn new(around: &Surroundings) -> Self {
        Self { directory: around.directory.clone() }
    }
}

#[async_trait]
impl Identity for Registered {
    async fn admits(&self, principal: Principal) -> io::Result<bool> {
        self.directory.is_known(principal).await
    }
}
