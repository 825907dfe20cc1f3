//! x
mod nemesis;
pub mod stage;
mod world;
