//! Who may see what: read from the cache or else from the directory, and kept in the cache.

use crosswire::CacheClient;
use crosswire::service::{Changed, Deps, DeviceId, DirectoryClient, Epoch, Role, UserId};
use std::io;
use std::sync::Arc;
use std::time::Duration;

/// A camera in the hands of one owner.
pub type Camera = (DeviceId, Epoch);

/// The relations of users and cameras.
pub struct Relations {
    cache: Arc<dyn CacheClient>,
    directory: DirectoryClient,
    life: Duration,
}

fn cameras_key(user: UserId) -> String {
    format!("cameras/{}", user.0)
}

fn viewers_key((device, epoch): Camera) -> String {
    format!("viewers/{}/{}", device.0, epoch.0)
}

impl Relations {
    /// Creates the relations of a gateway.
    pub fn new(deps: &Deps) -> Self {
        let (cache, directory) = (deps.cache.clone(), deps.directory.clone());
        Self { cache, directory, life: deps.settings.cache_ttl }
    }

    /// Returns the cameras whose events a user may see.
    pub async fn cameras_of(&self, user: UserId) -> io::Result<Vec<Camera>> {
        let key = cameras_key(user);
        if let Some(pairs) = self.kept(&key).await {
            return Ok(pairs.into_iter().map(|(id, epoch)| (DeviceId(id), Epoch(epoch))).collect());
        }
        let cameras = self.directory.cameras_of(Role::Primary, user).await?.value;
        self.keep(&key, cameras.iter().map(|(device, epoch)| (device.0, epoch.0))).await;
        Ok(cameras)
    }

    /// Returns the users who may see the events of a camera.
    pub async fn viewers_of(&self, camera: Camera) -> io::Result<Vec<UserId>> {
        let key = viewers_key(camera);
        if let Some(pairs) = self.kept(&key).await {
            return Ok(pairs.into_iter().map(|(id, _)| UserId(id)).collect());
        }
        let viewers = self.directory.viewers_of(Role::Primary, camera.0, camera.1).await?.value;
        self.keep(&key, viewers.iter().map(|user| (user.0, 0))).await;
        Ok(viewers)
    }

    /// Removes what a change made outdated. What cannot be removed now expires soon.
    pub async fn forget(&self, changed: &Changed) {
        let users = changed.users.iter().map(|user| cameras_key(*user));
        let cameras = changed.epochs.iter().map(|camera| viewers_key(*camera));
        for key in users.chain(cameras) {
            let _ = self.cache.del(&key).await;
        }
    }

    /// Returns pairs of numbers from the cache. A failure counts as a miss.
    async fn kept(&self, key: &str) -> Option<Vec<(u32, u32)>> {
        let value = self.cache.get(key).await.ok()??;
        let numbers = str::from_utf8(&value).ok()?.split_whitespace();
        let pairs = numbers.map(|pair| {
            let (left, right) = pair.split_once(':')?;
            Some((left.parse().ok()?, right.parse().ok()?))
        });
        pairs.collect()
    }

    async fn keep(&self, key: &str, pairs: impl Iterator<Item = (u32, u32)>) {
        let pairs: Vec<_> = pairs.map(|(left, right)| format!("{left}:{right}")).collect();
        let _ = self.cache.set(key, pairs.join(" ").as_bytes(), self.life).await;
    }
}
