//! getrandom 0.2 for the simulation. The real one asks the kernel by a system call that nothing can
//! intercept; this one takes the entropy from the keys of the standard library's hash maps, which
//! madsim draws from the seed of the run. Outside of a run, those come from the kernel.

#![forbid(unsafe_code)]

use std::collections::hash_map::RandomState;
use std::fmt;
use std::hash::{BuildHasher, Hasher};

/// An error that does not happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Error(std::num::NonZeroU32);

impl Error {
    /// The first code of a custom error.
    pub const CUSTOM_START: u32 = (1 << 31) + (1 << 30);

    /// Returns the code.
    pub const fn code(self) -> std::num::NonZeroU32 {
        self.0
    }

    /// Returns the error of the system, which there is none of.
    pub const fn raw_os_error(self) -> Option<i32> {
        None
    }
}

impl From<std::num::NonZeroU32> for Error {
    fn from(code: std::num::NonZeroU32) -> Self {
        Self(code)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error {}", self.0)
    }
}

impl std::error::Error for Error {}

impl From<Error> for std::io::Error {
    fn from(error: Error) -> Self {
        Self::other(error)
    }
}

/// Fills `dest` with random bytes.
///
/// # Errors
/// None.
pub fn getrandom(dest: &mut [u8]) -> Result<(), Error> {
    for bytes in dest.chunks_mut(8) {
        let word = RandomState::new().build_hasher().finish();
        bytes.copy_from_slice(&word.to_le_bytes()[..bytes.len()]);
    }
    Ok(())
}
