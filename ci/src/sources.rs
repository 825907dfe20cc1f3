//! The Rust sources of the repository.

use std::fs;
use std::path::{Path, PathBuf};

/// The folders with Rust sources, from the root of the repository.
pub const FOLDERS: &[&str] = &[
    "ci",
    "crates",
    "sim",
    "scenarios",
    "fuzz/fuzz_targets",
    "fuzz/src",
    "fuzz/tests",
    "examples/dialing/src",
    "examples/dialing/tests",
    "examples/own-client/src",
    "examples/own-client/tests",
    "examples/own-service/src",
    "examples/own-service/tests",
];

/// A source file.
#[derive(Clone, Debug)]
pub struct Source {
    /// The path, from the root of the repository.
    pub path: PathBuf,
    /// The text.
    pub text: String,
}

impl Source {
    /// Returns true for a file of tests only: below `tests/`, or the tests of a module in a file
    /// named `tests.rs`.
    pub fn is_test(&self) -> bool {
        self.path
            .components()
            .any(|part| part.as_os_str() == "tests" || part.as_os_str() == "tests.rs")
    }

    /// Returns the lines of code: no comments, and nothing after `#[cfg(test)]`.
    pub fn code(&self) -> impl Iterator<Item = &str> {
        let code = self.text.split("#[cfg(test)]").next().unwrap_or_default();
        code.lines().filter(|line| {
            let line = line.trim_start();
            !line.is_empty() && !line.starts_with("//")
        })
    }
}

/// The syntax of a source file.
pub struct Parsed<'a> {
    /// The file.
    pub source: &'a Source,
    /// Its items.
    pub syntax: syn::File,
}

/// Parses the sources, leaving out files of tests.
///
/// # Panics
/// If a file is no Rust.
pub fn parse(sources: &[Source]) -> Vec<Parsed<'_>> {
    let mut all = Vec::new();
    for source in sources.iter().filter(|source| !source.is_test()) {
        match syn::parse_file(&source.text) {
            Ok(syntax) => all.push(Parsed { source, syntax }),
            Err(error) => panic!("{}: {error}", source.path.display()),
        }
    }
    all
}

/// Returns the root of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Reads all Rust files below some folders, in the order of their paths.
///
/// # Panics
/// If a folder is missing or a file is no UTF-8: the checkout is incomplete.
pub fn read(folders: &[&str]) -> Vec<Source> {
    let root = root();
    let mut found = Vec::new();
    let mut folders: Vec<_> = folders.iter().map(|folder| root.join(folder)).collect();
    while let Some(folder) = folders.pop() {
        let entries =
            fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        for entry in entries {
            let path = entry.expect("a directory entry can be read").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path)
                    .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
                let path = path.strip_prefix(&root).expect("the file is below the root").to_owned();
                found.push(Source { path, text });
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(!found.is_empty(), "no Rust sources in {folders:?}");
    found
}
