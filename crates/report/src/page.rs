//! Pages: what was found, as HTML files of their own.
//!
//! A page needs no network and allows none. Its content security policy names its own style sheet
//! and script by their hashes; nothing else has an effect.

mod entries;
mod run;
mod shell;
mod storm;

pub use run::page;
pub use shell::MARK;
