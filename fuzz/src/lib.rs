//! Fuzz targets. Each is a function that takes any bytes and panics if a property does not hold.
//! libFuzzer calls it from `fuzz_targets/`, and `tests/corpus.rs` calls it with every kept input.
//!
//! | target | input | property |
//! |---|---|---|
//! | [`scenario`] | the text of a scenario | it is refused, or loads and gives valid plans |
//! | [`saved`] | the text of a saved run | it is refused, or survives writing and reading again |
//! | [`resp`] | bytes on a connection | they give the same messages when they arrive in two parts |
//! | [`protocol`] | bytes to any protocol | the same, and every command can be answered |
//! | [`storm`] | choices and edits that make a plan | two runs end in time with the same digest |

pub mod protocol;
pub mod resp;
pub mod saved;
pub mod scenario;
pub mod storm;

use std::path::{Path, PathBuf};

/// The function of a target.
pub type Target = fn(&[u8]);

/// All targets, by name.
pub const TARGETS: [(&str, Target); 5] = [
    ("scenario", scenario::target),
    ("saved", saved::target),
    ("resp", resp::target),
    ("protocol", protocol::target),
    ("storm", storm::target),
];

/// Returns the paths of the inputs of a target in `corpus`, which reach something that no other
/// input does, or in `regressions`, which failed once. A missing directory has none.
pub fn kept(sort: &str, target: &str) -> Vec<PathBuf> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join(sort).join(target);
    let entries = std::fs::read_dir(dir).into_iter().flatten();
    let mut files: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.sort();
    files
}
