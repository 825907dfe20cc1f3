//! The two relations that describe who may see what.

use crosswire_history::{DeviceId, Epoch, UserId};

/// A relation, identified by its user or by its camera and epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Relation {
    /// The cameras that a user may see.
    Cameras(UserId),
    /// The users who may see what a camera captured in an epoch.
    Viewers(DeviceId, Epoch),
}
