//! Who is let in.

use crate::api::Credential;
use crate::directory::DirectoryClient;
use crate::service::Surroundings;
use async_trait::async_trait;
use std::io;

/// Decides who is let in.
#[async_trait]
pub(crate) trait Identity: Send + Sync {
    /// Whether the one who shows this credential may come in as whom it names.
    ///
    /// # Errors
    /// The directory did not answer.
    async fn admits(&self, credential: Credential) -> io::Result<bool>;
}

/// Right. Whoever the directory knows; a camera only with the hardware that it was set up with.
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
    async fn admits(&self, credential: Credential) -> io::Result<bool> {
        match credential {
            Credential::Account(_) => self.directory.is_known(credential.principal()).await,
            Credential::Camera(device, serial) => self.directory.is_bound(device, serial).await,
        }
    }
}

/// Mechanism 17, identity reuse. An identity that the directory knows is let in, whatever hardware
/// shows it, so two cameras that were made with one identity are one to the service: both upload
/// under it, their event numbers collide and the pictures of one replace those of the other. It
/// takes no fault to wake it, only a second camera made with the same identity. Like it: Swann,
/// June 2018, where two cameras were made with the same key and somebody was sent the video of a
/// stranger's kitchen.
pub(crate) struct ByName {
    directory: DirectoryClient,
}

impl ByName {
    pub(crate) fn new(around: &Surroundings) -> Self {
        Self { directory: around.directory.clone() }
    }
}

#[async_trait]
impl Identity for ByName {
    async fn admits(&self, credential: Credential) -> io::Result<bool> {
        self.directory.is_known(credential.principal()).await
    }
}
