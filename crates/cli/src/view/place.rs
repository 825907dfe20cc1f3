//! The directory that is viewed: a hunt, or hunts in its directories.

use crate::failure::Failure;
use crosswire_hunt::journal::FILE;
use crosswire_output::format::printable;
use crosswire_plan::nearest;
use std::fs;
use std::path::{Path, PathBuf};

/// The depth below the directory at which hunts are looked for: `nightly/DATE/clients`.
const DEPTH: usize = 3;

/// The most directories that are looked into.
const MOST: usize = 2_000;

/// A directory with a hunt, or with hunts in it.
#[derive(Debug)]
pub(super) struct Place {
    /// Its path without links.
    dir: PathBuf,
}

impl Place {
    /// Checks that there is a hunt.
    pub(super) fn of(dir: &Path) -> Result<Self, Failure> {
        let shown = printable(&dir.display().to_string());
        let refused = |why: &str| {
            let message = format!("{shown}: {why}");
            let help = known(dir);
            let help = help.unwrap_or("run a hunt first: crosswire hunt SCENARIO".to_owned());
            Failure::Input(miette::miette!(help = help, "{message}"))
        };
        let Ok(real) = fs::canonicalize(dir) else {
            return Err(refused("there is no such directory; expected that of a hunt"));
        };
        if !real.is_dir() {
            return Err(refused("this is a file; expected the directory of a hunt"));
        }
        let place = Self { dir: real };
        if !is_hunt(&place.dir) && hunts_below(&place.dir).is_empty() {
            let why = format!(
                "there is no hunt: neither {FILE} is here, nor a directory that contains one"
            );
            return Err(refused(&why));
        }
        Ok(place)
    }

    /// Returns the path of a file or directory by its names, if it is inside even with all links
    /// followed.
    pub(super) fn inside(&self, names: &[String]) -> Option<PathBuf> {
        let path = names.iter().fold(self.dir.clone(), |path, name| path.join(name));
        let real = fs::canonicalize(path).ok()?;
        if real.starts_with(&self.dir) { Some(real) } else { None }
    }
}

/// Returns whether a directory is that of a hunt.
pub(super) fn is_hunt(dir: &Path) -> bool {
    dir.join(FILE).is_file()
}

/// Returns the hunts below a directory, by their paths from it, sorted.
pub(super) fn hunts_below(dir: &Path) -> Vec<String> {
    hunts(dir, DEPTH)
}

/// Returns the hunts up to this depth below a directory, by their paths from it, sorted. Links are
/// not followed.
fn hunts(dir: &Path, depth: usize) -> Vec<String> {
    let (mut found, mut looked) = (Vec::new(), 0);
    let mut next = vec![(String::new(), 0)];
    while let Some((name, level)) = next.pop() {
        looked += 1;
        let Ok(entries) = fs::read_dir(dir.join(&name)) else { continue };
        for entry in entries.flatten() {
            let is_dir = entry.file_type().is_ok_and(|kind| kind.is_dir());
            let Some(own) = entry.file_name().to_str().map(str::to_owned) else { continue };
            if !is_dir || looked + next.len() > MOST {
                continue;
            }
            let path = if name.is_empty() { own } else { format!("{name}/{own}") };
            if is_hunt(&entry.path()) {
                found.push(path);
            } else if level + 1 < depth {
                next.push((path, level + 1));
            }
        }
    }
    found.sort_unstable();
    found
}

/// Names the hunts beside a directory, the one with the nearest name first.
fn known(dir: &Path) -> Option<String> {
    let beside = dir.parent().filter(|dir| !dir.as_os_str().is_empty());
    let beside = beside.unwrap_or(Path::new("."));
    let mut hunts = hunts(beside, 1);
    let name = dir.file_name().unwrap_or_default().to_string_lossy();
    if let Some(near) = nearest(&name, hunts.iter().map(String::as_str)) {
        let near = beside.join(near).display().to_string();
        let near = near.strip_prefix("./").unwrap_or(&near);
        return Some(format!("did you mean {}?", printable(near)));
    }
    hunts.truncate(10);
    if hunts.is_empty() {
        return None;
    }
    let beside = printable(&beside.display().to_string());
    Some(format!("hunts in {beside}: {}", printable(&hunts.join(", "))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    fn hunt(dir: &Path) {
        fs::create_dir_all(dir).expect("a directory");
        fs::write(dir.join(FILE), "").expect("a journal");
    }

    #[test]
    fn hunts_are_found_below_a_directory_and_not_through_links() {
        let place = tempfile::tempdir().expect("a directory");
        let other = tempfile::tempdir().expect("a directory");
        hunt(&other.path().join("far"));
        for name in ["b/services", "b/clients", "a", "too/deep/to/find"] {
            hunt(&place.path().join(name));
        }
        symlink(other.path(), place.path().join("link")).expect("a link");
        Place::of(place.path()).expect("hunts");
        assert!(!is_hunt(place.path()));
        assert_eq!(hunts_below(place.path()), ["a", "b/clients", "b/services"]);
    }

    #[test]
    fn a_file_outside_is_not_inside() {
        let outer = tempfile::tempdir().expect("a directory");
        fs::write(outer.path().join("secret.toml"), "secret").expect("a file");
        let dir = outer.path().join("hunt");
        hunt(&dir);
        symlink(outer.path().join("secret.toml"), dir.join("link.toml")).expect("a link");
        symlink(outer.path(), dir.join("up")).expect("a link");
        symlink(dir.join(FILE), dir.join("within.jsonl")).expect("a link");
        let place = Place::of(&dir).expect("a hunt");
        let inside = |path: &str| {
            let names: Vec<_> = path.split('/').map(str::to_owned).collect();
            place.inside(&names)
        };
        assert!(inside(FILE).is_some() && inside("within.jsonl").is_some());
        for path in ["link.toml", "up", "up/secret.toml", "../secret.toml", "none", "/etc/passwd"] {
            assert_eq!(inside(path), None, "{path}");
        }
    }
}
