//! The sources of the crate in the place of tokio.

use std::path::Path;
use std::{fs, io};

/// Each file of the crate with its text.
pub const SOURCES: &[(&str, &str)] = &[
    ("lib.rs", include_str!("tokio/lib.rs")),
    ("net/absent.rs", include_str!("tokio/net/absent.rs")),
    ("net/address.rs", include_str!("tokio/net/address.rs")),
    ("net/mod.rs", include_str!("tokio/net/mod.rs")),
    ("net/tcp.rs", include_str!("tokio/net/tcp.rs")),
    ("net/unix.rs", include_str!("tokio/net/unix.rs")),
    ("runtime.rs", include_str!("tokio/runtime.rs")),
    ("task/join_set.rs", include_str!("tokio/task/join_set.rs")),
    ("task/local.rs", include_str!("tokio/task/local.rs")),
    ("task/mod.rs", include_str!("tokio/task/mod.rs")),
    ("time.rs", include_str!("tokio/time.rs")),
    ("world.rs", include_str!("tokio/world.rs")),
];

/// The folder of the crate, inside that of a build.
const FOLDER: &str = "tokio";

/// The edition of the crate.
pub const EDITION: &str = "2024";

/// Writes the files that are not there as they should be.
pub fn write(folder: &Path) -> io::Result<()> {
    for (name, text) in SOURCES {
        let path = folder.join(FOLDER).join(name);
        if fs::read_to_string(&path).is_ok_and(|there| there == *text) {
            continue;
        }
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(path, text)?;
    }
    Ok(())
}

/// Returns the path of the crate's root, inside the folder of a build.
pub fn root(folder: &Path) -> std::path::PathBuf {
    folder.join(FOLDER).join("lib.rs")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_module_is_written() {
        let place = tempfile::tempdir().expect("a directory");
        write(place.path()).expect("it can be written");
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/dialing/tokio");
        let mut folders = vec![sources.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let name = path.strip_prefix(&sources).expect("it is inside");
                let written = place.path().join(FOLDER).join(name);
                assert!(written.is_file(), "{} is not among the sources", name.display());
            }
        }
    }

    #[test]
    fn a_file_that_was_changed_is_written_again() {
        let place = tempfile::tempdir().expect("a directory");
        write(place.path()).expect("it can be written");
        fs::write(root(place.path()), "broken").expect("it can be written");
        write(place.path()).expect("it can be written");
        let text = fs::read_to_string(root(place.path())).expect("a file");
        assert_eq!(text, SOURCES[0].1);
    }
}
