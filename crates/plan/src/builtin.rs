//! The built-in scenarios.

use crosswire_scenarios::{FILES, File};

/// Returns the files of the built-in scenarios, in alphabetical order.
pub fn builtin() -> &'static [File] {
    FILES
}
