//! Lines of other crates that read something else than the seed of a run.
//!
//! Each such crate is copied from where cargo unpacked it, with one line changed, and compiled from
//! the copy. A line that is not there as expected is an error: with it, runs would differ.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{fs, io};

/// A changed line of a crate.
#[derive(Hash)]
pub struct Edit {
    /// The name of the package.
    package: &'static str,
    /// The beginning of the versions that have the line.
    versions: &'static str,
    /// A version that is known to have it.
    known: &'static str,
    /// The file.
    file: &'static str,
    /// The text, which occurs once.
    before: &'static str,
    /// The text in its place.
    after: &'static str,
}

/// All changed lines.
pub const EDITS: &[Edit] = &[
    // Its `select!` and watch channel begin at a number that is hashed from a count of all threads
    // of the process. The keys of the hash are those of the standard library, which follow from
    // the seed.
    Edit {
        package: "tokio",
        versions: "1.",
        known: "1.54.1",
        file: "src/loom/std/mod.rs",
        before: "rand_state.hash_one(COUNTER.fetch_add(1, Relaxed))",
        after: "rand_state.hash_one(COUNTER.fetch_and(0, Relaxed))",
    },
    // Its `select!` begins at a number that is hashed, without a key, from such a count.
    Edit {
        package: "futures-util",
        versions: "0.3.",
        known: "0.3.34",
        file: "src/async_await/random.rs",
        before: "hasher.write_usize(COUNTER.fetch_add(1, Ordering::Relaxed));",
        after: "hasher.write_u64(std::hash::BuildHasher::hash_one(\
                &std::collections::hash_map::RandomState::new(), \
                COUNTER.fetch_and(0, Ordering::Relaxed)));",
    },
    // It asks the kernel by a system call, past the simulation's function of that name.
    Edit {
        package: "getrandom",
        versions: "0.2.",
        known: "0.2.17",
        file: "src/util_libc.rs",
        before: "libc::syscall(
            libc::SYS_getrandom,
            buf.as_mut_ptr() as *mut libc::c_void,",
        after: "libc::getrandom(
            buf.as_mut_ptr() as *mut libc::c_void,",
    },
    // They find the function by its name while they run, and that is the system's.
    Edit {
        package: "getrandom",
        versions: "0.3.",
        known: "0.3.4",
        file: "src/backends/linux_android_with_fallback.rs",
        before: "unsafe { libc::dlsym(libc::RTLD_DEFAULT, name_ptr) }",
        after: "{ let _ = name_ptr; libc::getrandom as GetRandomFn as *mut c_void }",
    },
    Edit {
        package: "getrandom",
        versions: "0.4.",
        known: "0.4.3",
        file: "src/backends/linux_android_with_fallback.rs",
        before: "unsafe { libc::dlsym(libc::RTLD_DEFAULT, c\"getrandom\".as_ptr()) };",
        after: "libc::getrandom as GetRandomFn as *mut c_void;",
    },
];

/// Returns the changed line of a package in this version, if it has one.
pub fn of(package: &str, version: &str) -> Option<&'static Edit> {
    EDITS.iter().find(|edit| edit.package == package && version.starts_with(edit.versions))
}

impl Edit {
    /// Returns the folder of the package with the changed line, made from `original` if it is not
    /// there.
    ///
    /// # Errors
    /// The line is not there as expected, or a file cannot be read or written.
    pub fn made(&self, original: &Path, version: &str, folder: &Path) -> Result<PathBuf, String> {
        let copy = folder.join(format!("{}-{version}", self.package));
        if copy.exists() {
            return Ok(copy);
        }
        let text = self.changed(original, version)?;
        // Two processes may compile one package at a time: a copy takes its place when it is whole.
        let beside = folder.join(format!("{}-{version}.{}", self.package, std::process::id()));
        let failed = |error: io::Error| format!("{}: {error}", beside.display());
        copy_folder(original, &beside).map_err(failed)?;
        fs::write(beside.join(self.file), text).map_err(failed)?;
        if fs::rename(&beside, &copy).is_err() {
            fs::remove_dir_all(&beside).map_err(failed)?;
        }
        Ok(copy)
    }

    /// Returns the text of the file with the changed line.
    fn changed(&self, original: &Path, version: &str) -> Result<String, String> {
        let path = original.join(self.file);
        let text = fs::read_to_string(&path).unwrap_or_default();
        let count = text.matches(self.before).count();
        if count == 1 {
            return Ok(text.replace(self.before, self.after));
        }
        let Self { package, known, file, before, .. } = self;
        let mut message = format!("{package} {version} is not as Crosswire knows it");
        let _ = write!(message, "\n  in {}", path.display());
        let _ = write!(message, "\n  expected, once: {before}\n  found: {count} times");
        let _ = write!(message, "\nWithout a change of it, a run would not follow from its seed.");
        let _ = write!(message, "\nhelp: {package} {known} has {file} as expected: ");
        let _ = write!(message, "`cargo update -p {package}@{version} --precise {known}`");
        Err(message)
    }
}

/// Copies a folder with all that is in it.
fn copy_folder(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &to)?;
        } else {
            fs::write(to, fs::read(entry.path())?)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A line that could be changed.
    const EDIT: Edit = Edit {
        package: "dice",
        versions: "0.2.",
        known: "0.2.1",
        file: "src/throw.rs",
        before: "now()",
        after: "seed()",
    };

    /// Makes a package whose file has this text, and the copy of it with the line changed.
    fn made(text: &str) -> Result<String, String> {
        let place = tempfile::tempdir().expect("a directory");
        let original = place.path().join("dice-0.2.5");
        fs::create_dir_all(original.join("src")).expect("a folder");
        fs::write(original.join("src/throw.rs"), text).expect("a file");
        fs::write(original.join("README"), "dice").expect("a file");
        let folder = place.path().join("copies");
        fs::create_dir_all(&folder).expect("a folder");
        let copy = EDIT.made(&original, "0.2.5", &folder);
        let here = place.path().display().to_string();
        let copy = copy.map_err(|error| error.replace(&here, "/registry"))?;
        assert_eq!(copy, EDIT.made(Path::new("nowhere"), "0.2.5", &folder)?, "made once");
        assert_eq!(fs::read_to_string(original.join(EDIT.file)).as_deref().ok(), Some(text));
        assert_eq!(fs::read_to_string(copy.join("README")).as_deref().ok(), Some("dice"));
        assert_eq!(
            fs::read_dir(&folder).expect("a folder").count(),
            1,
            "nothing is left beside it"
        );
        Ok(fs::read_to_string(copy.join(EDIT.file)).expect("a file"))
    }

    #[test]
    fn the_copy_has_the_line_changed() {
        assert_eq!(made("fn throw() { now() }").as_deref(), Ok("fn throw() { seed() }"));
    }

    #[test]
    fn a_line_that_is_not_there_once_is_one_clear_error() {
        let error = made("fn throw() { later() }").expect_err("the line is not there");
        insta::assert_snapshot!(error, @r"
        dice 0.2.5 is not as Crosswire knows it
          in /registry/dice-0.2.5/src/throw.rs
          expected, once: now()
          found: 0 times
        Without a change of it, a run would not follow from its seed.
        help: dice 0.2.1 has src/throw.rs as expected: `cargo update -p dice@0.2.5 --precise 0.2.1`
        ");
        let error = made("now() + now()").expect_err("it is there twice");
        assert!(error.contains("found: 2 times"), "{error}");
    }

    #[test]
    fn a_version_without_the_line_is_left_alone() {
        assert!(of("getrandom", "0.1.16").is_none());
        assert!(of("getrandom", "0.2.17").is_some());
        assert!(of("tokio", "1.54.1").is_some());
        assert!(of("tokio-util", "0.7.20").is_none());
        for edit in EDITS {
            assert!(edit.known.starts_with(edit.versions));
            assert_eq!(of(edit.package, edit.known).map(|of| of.file), Some(edit.file));
        }
    }
}
