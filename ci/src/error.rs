//! Errors that end a command.

/// An error that ends a command: a sentence, and the exit status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// The sentence, as it is printed.
    pub message: String,
    /// The exit status: 2, or 4 if a hunt failed.
    pub status: u8,
}

impl Error {
    /// The failure of a hunt that a command depends on.
    pub fn hunt(message: impl Into<String>) -> Self {
        Self { message: message.into(), status: 4 }
    }
}

impl From<String> for Error {
    fn from(message: String) -> Self {
        Self { message, status: 2 }
    }
}
