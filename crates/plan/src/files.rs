//! Opens files named by the user, if they are regular files.

use std::fs::{self, File, FileType};
use std::io::{self, ErrorKind};
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};

use crate::diagnose::nearest;

/// Opens a file that should hold `what` for reading, or says why it cannot. Refuses pipes, sockets
/// and devices, because reading one may never end.
pub fn open_file(path: &Path, what: &str) -> Result<File, String> {
    let unreadable = |error: io::Error| match error.kind() {
        ErrorKind::NotFound => match fs::read_link(path) {
            Ok(to) => format!("this is a link to {}, which is not there", to.display()),
            Err(_) => match nearest_file(path) {
                Some(near) => {
                    format!("there is no such file; did you mean `{}`?", near.display())
                }
                None => "there is no such file".to_owned(),
            },
        },
        ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => format!("the file cannot be read: {error}"),
    };
    let found = fs::metadata(path).map_err(unreadable)?.file_type();
    if !found.is_file() {
        return Err(format!("this is {}; expected {what}", kind(found)));
    }
    File::open(path).map_err(unreadable)
}

/// The number of directory entries among which a misspelt name is searched for.
const MOST_NAMES: usize = 1_000;

/// Returns the file in the same directory whose name is nearest to that of a missing file.
fn nearest_file(missing: &Path) -> Option<PathBuf> {
    let name = missing.file_name()?.to_str()?;
    let dir = missing.parent().filter(|dir| !dir.as_os_str().is_empty());
    let entries = fs::read_dir(dir.unwrap_or(Path::new("."))).ok()?.take(MOST_NAMES).flatten();
    let mut names: Vec<_> =
        entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort_unstable();
    let near = nearest(name, names.iter().map(String::as_str))?;
    Some(missing.with_file_name(near))
}

/// Returns what is in the place of a file, in words.
pub fn kind(found: FileType) -> &'static str {
    match found {
        _ if found.is_file() => "a file",
        _ if found.is_dir() => "a directory",
        _ if found.is_symlink() => "a link",
        _ if found.is_fifo() => "a named pipe",
        _ if found.is_socket() => "a socket",
        _ => "a device",
    }
}
