//! The client whose connections stay in slots and are cleaned when a call is dropped.

mod channel;
mod client;
mod slot_release;
mod slots;

pub use client::SlottedClient;
pub use slot_release::{CleanupBySlot, FreedTwice, Numbered, SlotRelease};
