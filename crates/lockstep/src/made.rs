//! The versions behind a certificate, and the command that prints it again.

/// The versions behind a certificate, and the command that prints it again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// The version of Crosswire.
    pub crosswire: String,
    /// The operating system of this machine with its version and architecture.
    pub system: String,
    /// The command that prints the certificate.
    pub command: String,
}

impl Made {
    /// Describes a certificate that this command printed on this machine.
    pub fn here(command: String) -> Self {
        let uname = rustix::system::uname();
        let words = [uname.sysname(), uname.release(), uname.machine()];
        let words = words.map(|word| word.to_string_lossy().into_owned());
        Self { crosswire: env!("CARGO_PKG_VERSION").to_owned(), system: words.join(" "), command }
    }
}
