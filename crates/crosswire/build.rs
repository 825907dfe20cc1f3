//! Passes two facts to the program: the compiler's version, for the files it saves, and a digest of
//! the sources, for processes that share a hunt: a seed gives the same run only with the same
//! sources.

use std::collections::BTreeSet;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The sources that a run depends on, from the root of the workspace. The command line is not among
/// them, nor are scenarios: the manifest of a shared hunt contains those.
const SOURCES: [&str; 12] = [
    "Cargo.lock",
    "crates/cache",
    "crates/checker",
    "crates/cloud",
    "crates/crosswire/src",
    "crates/fleet",
    "crates/history",
    "crates/hunt/src",
    "crates/net",
    "crates/plan",
    "crates/rng",
    "sim",
];

fn main() {
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    let version = Command::new(rustc).arg("--version").output().ok();
    let version = version.and_then(|output| String::from_utf8(output.stdout).ok());
    println!("cargo::rustc-env=CROSSWIRE_TOOLCHAIN={}", version.unwrap_or_default().trim());
    println!("cargo::rustc-env=CROSSWIRE_SOURCES={:016x}", sources(Path::new("../..")));
    println!("cargo::rerun-if-changed=build.rs");
}

/// Returns a digest of the sources, independent of where the workspace is and of the order of
/// directory entries.
fn sources(root: &Path) -> u64 {
    let mut files = BTreeSet::new();
    for source in SOURCES {
        collect(&root.join(source), &mut files);
    }
    let mut digest = DefaultHasher::new();
    for file in files {
        println!("cargo::rerun-if-changed={}", file.display());
        file.strip_prefix(root).unwrap_or(&file).display().to_string().hash(&mut digest);
        fs::read(&file).unwrap_or_default().hash(&mut digest);
    }
    digest.finish()
}

/// Collects the files that become part of the program.
fn collect(path: &Path, files: &mut BTreeSet<PathBuf>) {
    const ELSEWHERE: [&str; 2] = ["tests", "tests.rs"];
    if ELSEWHERE.iter().any(|name| path.ends_with(name)) {
        return;
    }
    if path.is_dir() {
        let entries = fs::read_dir(path).into_iter().flatten().flatten();
        entries.for_each(|entry| collect(&entry.path(), files));
    } else if ["rs", "toml", "lock"].iter().any(|ending| path.extension() == Some(ending.as_ref()))
    {
        files.insert(path.to_owned());
    }
}
