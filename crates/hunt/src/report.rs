//! The reports of a hunt.
//!
//! - [`mod@print`]: for people, for GitHub Actions, and as JSON
//! - [`junit`]: for services for continuous integration

pub mod junit;
pub mod print;
