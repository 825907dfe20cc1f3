//! What is read of a file that somebody has named, and names that a file itself holds.

use crate::text::{grouped, printable};
use crosswire_plan::{kind, open_file};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

/// The longest name that a file can have.
const LONGEST_NAME: usize = 255;

/// The text of a file that should hold `what` and no more bytes than that; or why it has none: it is
/// missing, no regular file, too large or no text, or cannot be read.
pub fn text_of(path: &Path, largest: u64, what: &str) -> Result<String, String> {
    let file = open_file(path, what)?;
    let mut bytes = Vec::new();
    // One byte more than allowed tells a large file, or an endless one, from one that just fits.
    let read = file.take(largest.saturating_add(1)).read_to_end(&mut bytes);
    read.map_err(|error| format!("the file cannot be read: {error}"))?;
    if bytes.len() as u64 > largest {
        let most = grouped(largest);
        return Err(format!("the file is too large; expected at most {most} bytes"));
    }
    let text = String::from_utf8(bytes).ok().filter(|text| !text.contains('\0'));
    text.ok_or_else(|| format!("this is not text; expected {what}"))
}

/// Makes a directory, if it is none yet; or says why it cannot be one.
pub fn make_dir(dir: &Path) -> Result<(), String> {
    match fs::metadata(dir) {
        Ok(found) if found.is_dir() => Ok(()),
        Ok(found) => Err(format!("this is {}; expected a directory", kind(found.file_type()))),
        Err(_) if dir.is_symlink() => {
            Err(nowhere(dir, "a directory, or a path where nothing is yet"))
        }
        Err(_) => fs::create_dir_all(dir)
            .map_err(|error| format!("the directory cannot be made: {error}")),
    }
}

/// That a link leads nowhere.
pub fn nowhere(link: &Path, expected: &str) -> String {
    let to = fs::read_link(link).unwrap_or_default();
    let to = printable(&to.display().to_string());
    format!("this is a link to {to}, which is not there; expected {expected}")
}

/// The path in `dir` of a file that another file names: it must be in `dir` itself, and no link out
/// of it.
pub fn within(dir: &Path, name: &str) -> Result<PathBuf, String> {
    let shown: String = printable(name).chars().take(120).collect();
    let steers = |c: char| c.is_control() || printable(c.encode_utf8(&mut [0; 4])) != c.to_string();
    let one_step = !matches!(name, "" | "." | "..") && !name.contains(['/', '\\']);
    if !one_step || name.len() > LONGEST_NAME || name.chars().any(steers) {
        return Err(format!("`{shown}` is no name of a file in this directory"));
    }
    let path = dir.join(name);
    if path.is_symlink() {
        return Err(format!("`{shown}` is a link; expected a file of this directory"));
    }
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_name_that_leads_out_of_its_directory_is_none() {
        let place = tempfile::tempdir().expect("a directory");
        let dir = place.path();
        std::os::unix::fs::symlink("/etc/passwd", dir.join("link.toml")).expect("a link");
        for name in
            ["", ".", "..", "../OUT.toml", "/etc/passwd", "a/b", "a\\b", "a\u{1b}[2J", "a\0"]
        {
            assert!(within(dir, name).is_err(), "{name:?}");
        }
        assert!(within(dir, &"a".repeat(256)).is_err());
        let told = within(dir, "link.toml").expect_err("a link");
        assert_eq!(told, "`link.toml` is a link; expected a file of this directory");
        assert_eq!(within(dir, "001-i7.toml"), Ok(dir.join("001-i7.toml")));
    }

    proptest! {
        #[test]
        fn what_is_within_is_a_file_of_that_directory(name in ".*") {
            let dir = Path::new("/a/directory");
            if let Ok(path) = within(dir, &name) {
                prop_assert_eq!(path.parent(), Some(dir));
                prop_assert_eq!(path.file_name().and_then(|name| name.to_str()), Some(&name[..]));
            }
        }
    }
}
