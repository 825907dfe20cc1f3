//! Files that a user names, and file names that such a file contains.

use crate::format::{grouped, printable};
use crosswire_plan::{kind, open_file};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

/// The longest file name, in bytes.
const NAME_MAX: usize = 255;

/// Reads a text file that should contain `what`, of at most `largest` bytes.
pub fn read_text(path: &Path, largest: u64, what: &str) -> Result<String, String> {
    let file = open_file(path, what)?;
    let mut bytes = Vec::new();
    // One more byte than allowed distinguishes a large or endless file from one that just fits.
    let read = file.take(largest.saturating_add(1)).read_to_end(&mut bytes);
    read.map_err(|error| format!("the file cannot be read: {error}"))?;
    if bytes.len() as u64 > largest {
        let most = grouped(largest);
        return Err(format!("the file is too large; expected at most {most} bytes"));
    }
    let text = String::from_utf8(bytes).ok().filter(|text| !text.contains('\0'));
    text.ok_or_else(|| format!("this is not text; expected {what}"))
}

/// Creates a directory, unless it exists.
pub fn create_dir(dir: &Path) -> Result<(), String> {
    match fs::metadata(dir) {
        Ok(found) if found.is_dir() => Ok(()),
        Ok(found) => Err(format!("this is {}; expected a directory", kind(found.file_type()))),
        Err(_) if dir.is_symlink() => {
            Err(dangling_link(dir, "a directory, or a path that does not exist"))
        }
        Err(_) => fs::create_dir_all(dir)
            .map_err(|error| format!("the directory cannot be created: {error}")),
    }
}

/// Returns the error for a link whose target does not exist.
pub fn dangling_link(link: &Path, expected: &str) -> String {
    let to = fs::read_link(link).unwrap_or_default();
    let to = printable(&to.display().to_string());
    format!("this is a link to {to}, which does not exist; expected {expected}")
}

/// Returns the path in `dir` of a file that another file names. The file must be in `dir` itself,
/// and must not be a link.
pub fn within(dir: &Path, name: &str) -> Result<PathBuf, String> {
    let shown: String = printable(name).chars().take(120).collect();
    let steers = |c: char| c.is_control() || printable(c.encode_utf8(&mut [0; 4])) != c.to_string();
    let one_step = !matches!(name, "" | "." | "..") && !name.contains(['/', '\\']);
    if !one_step || name.len() > NAME_MAX || name.chars().any(steers) {
        return Err(format!("`{shown}` is not the name of a file in this directory"));
    }
    let path = dir.join(name);
    if path.is_symlink() {
        return Err(format!("`{shown}` is a link; expected a file in this directory"));
    }
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_name_that_leads_out_of_its_directory_is_refused() {
        let place = tempfile::tempdir().expect("a directory");
        let dir = place.path();
        std::os::unix::fs::symlink("/etc/passwd", dir.join("link.toml")).expect("a link");
        for name in
            ["", ".", "..", "../OUT.toml", "/etc/passwd", "a/b", "a\\b", "a\u{1b}[2J", "a\0"]
        {
            assert!(within(dir, name).is_err(), "{name:?}");
        }
        assert!(within(dir, &"a".repeat(256)).is_err());
        let error = within(dir, "link.toml").expect_err("a link");
        assert_eq!(error, "`link.toml` is a link; expected a file in this directory");
        assert_eq!(within(dir, "001-i7.toml"), Ok(dir.join("001-i7.toml")));
    }

    proptest! {
        #[test]
        fn a_path_within_a_directory_is_a_file_of_that_directory(name in ".*") {
            let dir = Path::new("/a/directory");
            if let Ok(path) = within(dir, &name) {
                prop_assert_eq!(path.parent(), Some(dir));
                prop_assert_eq!(path.file_name().and_then(|name| name.to_str()), Some(&name[..]));
            }
        }
    }
}
