//! Compares what the cache contains at the end of a run with the directory.
//!
//! Only relations that changed during the run are compared: the others can have been mixed up, but
//! not be out of date. A near-cache inside a client cannot be inspected here; its values are judged
//! when the client returns them.

use super::World;
use crosswire_cloud::{Relation, relation_entries, relation_key};
use crosswire_history::{Fact, NodeId};

impl World {
    /// Records each gateway whose client never connected and, for each changed relation that is in
    /// the cache, since when its entry has not been true.
    pub(crate) fn check_the_cache(&self) {
        self.services.record_unconnected();
        if self.services.own.is_some() {
            // What the keys and values of a user's service mean is that service's business.
            return;
        }
        for relation in self.directory.changed() {
            let key = relation_key(self.services.config.form, relation);
            for cache in &self.caches {
                if let Some(sealed) = cache.held(&key) {
                    self.check_entry(relation, &key, &sealed);
                }
            }
        }
    }

    fn check_entry(&self, relation: Relation, key: &str, sealed: &[u8]) {
        let (probe_deps, config) = (&self.services.probe_deps, &self.services.config);
        // A client may encode values, and a service may use a format that we cannot read.
        let Some((len, seal)) = probe_deps.sealer.open(sealed) else { return };
        let Some(mut said) = relation_entries(config.form, relation, &sealed[..len]) else {
            return;
        };
        said.sort_unstable();
        let as_of = seal.as_of;
        let untrue_ms = if said == self.truth(relation) {
            None
        } else {
            self.directory.changed_after(relation, as_of)
        };
        let key = self.journal.key(key.as_bytes());
        self.record(NodeId::HARNESS, Fact::AtRest { key, as_of, untrue_ms });
    }

    /// Returns the relation as it is in the directory now, sorted.
    fn truth(&self, relation: Relation) -> Vec<(u32, crosswire_history::Epoch)> {
        let mut entries: Vec<_> = match relation {
            Relation::Cameras(user) => {
                let cameras = self.directory.cameras_of(user).into_iter();
                cameras.map(|(device, epoch)| (device.0, epoch)).collect()
            }
            Relation::Viewers(device, epoch) => {
                let viewers = self.directory.viewers_of(device, epoch).into_iter();
                viewers.map(|user| (user.0, epoch)).collect()
            }
        };
        entries.sort_unstable();
        entries
    }
}
