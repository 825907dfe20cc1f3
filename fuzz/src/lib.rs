//! What is fuzzed. Each target is a function that takes any bytes and panics if something of ours
//! is wrong; libFuzzer calls it from `fuzz_targets/`, and `tests/corpus.rs` with every input that
//! is kept.
//!
//! | target | input | what must hold |
//! |---|---|---|
//! | [`scenario`] | the text of a scenario | it is refused with one error, or loaded, and each seed gives a plan that can be played |
//! | [`saved`] | the text of a saved run | it is refused with one error, or comes back from what it is written as |
//! | [`resp`] | bytes on a connection | cut anywhere they are the same messages, and what is written is read again |
//! | [`storm`] | choices and edits that make a plan | it is over in time, nothing panics, and it comes to the same twice |

pub mod resp;
pub mod saved;
pub mod scenario;
pub mod storm;

use std::path::{Path, PathBuf};

/// A target.
pub type Target = fn(&[u8]);

/// All of them, by name.
pub const TARGETS: [(&str, Target); 4] = [
    ("scenario", scenario::target),
    ("saved", saved::target),
    ("resp", resp::target),
    ("storm", storm::target),
];

/// The inputs that are kept of a target, by path: of `corpus`, what reaches something that no
/// other does; of `regressions`, what went wrong once. None if there is no such directory.
pub fn kept(sort: &str, target: &str) -> Vec<PathBuf> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join(sort).join(target);
    let entries = std::fs::read_dir(dir).into_iter().flatten();
    let mut files: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.sort();
    files
}
