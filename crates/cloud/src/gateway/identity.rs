//! Admission of credentials.

use crate::api::Credential;
use crate::deps::Deps;
use crate::directory::DirectoryClient;
use async_trait::async_trait;
use std::io;

/// Decides which credentials are accepted.
#[async_trait]
pub(crate) trait Identity: Send + Sync {
    /// Returns true if the bearer of the credential may act as the principal it names.
    ///
    /// # Errors
    /// If the directory did not answer.
    async fn admits(&self, credential: Credential) -> io::Result<bool>;
}

/// Correct: accepts principals that the directory knows, and a camera only with the hardware it was
/// set up with.
pub(crate) struct Registered {
    directory: DirectoryClient,
}

impl Registered {
    pub(crate) fn new(deps: &Deps) -> Self {
        Self { directory: deps.directory.clone() }
    }
}

#[async_trait]
impl Identity for Registered {
    async fn admits(&self, credential: Credential) -> io::Result<bool> {
        match credential {
            Credential::Account(_) => self.directory.is_known(credential.principal()).await,
            Credential::Camera(device, serial) => self.directory.is_bound(device, serial).await,
        }
    }
}

/// Mechanism 17, identity reuse. An identity that the directory knows is accepted on any hardware,
/// so two cameras manufactured with one identity are one camera to the service: both upload under
/// it, their event numbers collide, and the pictures of one replace those of the other. No fault is
/// needed, only a second camera with the same identity. Compare Swann, June 2018, where two cameras
/// were manufactured with the same key and a user was sent video of a stranger's kitchen.
pub(crate) struct ByName {
    directory: DirectoryClient,
}

impl ByName {
    pub(crate) fn new(deps: &Deps) -> Self {
        Self { directory: deps.directory.clone() }
    }
}

#[async_trait]
impl Identity for ByName {
    async fn admits(&self, credential: Credential) -> io::Result<bool> {
        self.directory.is_known(credential.principal()).await
    }
}
