//! Libraries that dial by themselves: a crate in the place of tokio, for a whole build.
//!
//! A library that takes an address dials, sleeps and spawns with `tokio`. If a package of the
//! workspace depends on `crosswire-dial`, `cargo crosswire` puts itself before `rustc`
//! (`RUSTC_WRAPPER`). Where cargo asks for tokio, it compiles tokio under another name, and then,
//! under the name of tokio, the crate in [`shim`] over it, which has the network, the timers and
//! the tasks of the simulation. Manifests, lock file and registry stay as they are: the versions
//! are those of the lock file, and cargo knows nothing of the change.
//!
//! - [`shim`]: the sources in the place of tokio
//! - [`edits`]: the lines of other crates that read something else than the seed of a run
//! - [`compiler`]: the compiler before `rustc`

pub mod compiler;
mod edits;
mod shim;

use crate::Failure;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// The package on which a crate depends to be built in this way.
pub const GLUE: &str = "crosswire-dial";

/// The name under which this program is the compiler.
const COMPILER: &str = "crosswire-rustc";

/// The flag with which everything is compiled in such a build.
const FLAG: &str = "crosswire_dialing";

/// Everything that such a build needs beside cargo.
pub struct Dialing {
    /// The flags of the build, names for `--cfg`.
    pub flags: [String; 2],
    /// The compiler for `RUSTC_WRAPPER`.
    pub compiler: PathBuf,
}

/// Writes the sources and the compiler into a folder of the target directory.
///
/// # Errors
/// The folder cannot be written.
pub fn prepare(target: &Path) -> Result<Dialing, Failure> {
    let digest = digest();
    let folder = target.join("dialing").join(&digest);
    let failed = |error| Failure(format!("{}: {error}", folder.display()));
    let compiler = folder.join(COMPILER);
    shim::write(&folder).and_then(|()| link(&compiler)).map_err(failed)?;
    // The second flag changes with the sources. Cargo, which knows nothing of them, builds anew.
    Ok(Dialing { flags: [FLAG.to_owned(), format!("{FLAG}_{digest}")], compiler })
}

/// Returns a digest of everything that decides how other crates are compiled.
fn digest() -> String {
    let mut hasher = DefaultHasher::new();
    env!("CARGO_PKG_VERSION").hash(&mut hasher);
    shim::SOURCES.hash(&mut hasher);
    edits::EDITS.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

/// Links the compiler to this program, which may have been installed anew elsewhere.
fn link(compiler: &Path) -> io::Result<()> {
    let program = env::current_exe()?;
    if fs::read_link(compiler).is_ok_and(|linked| linked == program) {
        return Ok(());
    }
    // Put into place by a rename: another build may be using the one that is there.
    let beside = compiler.with_extension(std::process::id().to_string());
    std::os::unix::fs::symlink(program, &beside)?;
    fs::rename(&beside, compiler)
}

/// Returns the folder of a build if this process was started as its compiler.
pub fn of_compiler() -> Option<PathBuf> {
    let program = PathBuf::from(env::args_os().next()?);
    if program.file_name()? == COMPILER { Some(program.parent()?.to_owned()) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_build_is_prepared_once_for_the_same_sources() {
        let place = tempfile::tempdir().expect("a directory");
        let first = prepare(place.path()).expect("it can be written");
        let again = prepare(place.path()).expect("it is there");
        assert_eq!(first.flags, again.flags);
        assert_eq!(first.compiler, again.compiler);
        let program = fs::read_link(&first.compiler).expect("a link");
        assert_eq!(program, env::current_exe().expect("this program"));
        let folder = first.compiler.parent().expect("a folder");
        assert!(folder.join("tokio/net/tcp.rs").is_file());
        assert!(first.flags[1].starts_with("crosswire_dialing_"), "{:?}", first.flags);
    }

    #[test]
    fn a_place_that_cannot_be_written_is_named() {
        let place = tempfile::tempdir().expect("a directory");
        let file = place.path().join("file");
        fs::write(&file, "").expect("a file");
        let Failure(error) = prepare(&file).err().expect("it is no folder");
        assert!(error.starts_with(&file.display().to_string()), "{error}");
    }
}
