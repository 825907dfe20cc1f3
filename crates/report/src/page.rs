//! Pages: what was found, as HTML files.
//!
//! A page needs no network and allows none. Its content security policy names its own style sheet
//! and script by their hashes; nothing else has an effect.
//!
//! - [`page`]: a run; [`failure`]: a run that panicked or did not end
//! - [`matrix`]: a matrix as a heat map
//! - [`hunt`]: the index of a hunt; [`hunts`]: that of several
//! - [`certificate`]: a certificate
//! - [`served`]: a page as a server sends it
//!
//! All but the first are made from plain data.

pub mod certificate;
pub mod failure;
pub mod hunt;
pub mod hunts;
pub mod matrix;
pub mod served;

mod entries;
mod figure;
mod glossary;
mod parts;
mod run;
mod shell;
mod storm;
mod table;
mod twin;

pub use run::page;
pub use shell::MARK;
