//! What is read of a file that somebody has named.

use crate::text::grouped;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// The text of a file that should hold `what` and no more bytes than that; or why it has none: it is
/// missing, a directory, too large or no text, or cannot be read.
pub(crate) fn text_of(path: &Path, largest: u64, what: &str) -> Result<String, String> {
    let unreadable = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".to_owned(),
        _ => format!("the file cannot be read: {error}"),
    };
    if path.is_dir() {
        return Err(format!("this is a directory; expected {what}"));
    }
    let file = File::open(path).map_err(unreadable)?;
    let mut bytes = Vec::new();
    // One byte more than allowed tells a large file, or an endless one, from one that just fits.
    file.take(largest.saturating_add(1)).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > largest {
        let most = grouped(largest);
        return Err(format!("the file is too large; expected at most {most} bytes"));
    }
    let text = String::from_utf8(bytes).ok().filter(|text| !text.contains('\0'));
    text.ok_or_else(|| format!("this is not text; expected {what}"))
}
