//! Files and directories, with errors that name the path.

use std::fs;
use std::io;
use std::path::Path;
use tempfile::TempDir;

/// Reads a text file.
pub fn read(path: impl AsRef<Path>) -> Result<String, String> {
    let path = path.as_ref();
    fs::read_to_string(path).map_err(|error| named(path, &error))
}

/// Writes a file.
pub fn write(path: impl AsRef<Path>, text: impl AsRef<[u8]>) -> Result<(), String> {
    let path = path.as_ref();
    fs::write(path, text).map_err(|error| named(path, &error))
}

/// Creates an empty file.
pub fn create(path: impl AsRef<Path>) -> Result<fs::File, String> {
    let path = path.as_ref();
    fs::File::create(path).map_err(|error| named(path, &error))
}

/// Copies a file.
pub fn copy(from: impl AsRef<Path>, to: impl AsRef<Path>) -> Result<(), String> {
    let from = from.as_ref();
    fs::copy(from, to).map_err(|error| named(from, &error))?;
    Ok(())
}

/// Creates a directory and its parents, unless they exist.
pub fn create_dir(path: impl AsRef<Path>) -> Result<(), String> {
    let path = path.as_ref();
    fs::create_dir_all(path).map_err(|error| named(path, &error))
}

/// Removes a directory with everything in it, if it exists.
pub fn remove_dir(path: impl AsRef<Path>) -> Result<(), String> {
    let path = path.as_ref();
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(named(path, &error)),
        _ => Ok(()),
    }
}

/// Returns the names of the files in a directory that end with `ending`, in their order.
pub fn names(directory: impl AsRef<Path>, ending: &str) -> Result<Vec<String>, String> {
    let directory = directory.as_ref();
    let mut names = Vec::new();
    for entry in fs::read_dir(directory).map_err(|error| named(directory, &error))? {
        let entry = entry.map_err(|error| named(directory, &error))?;
        if let Ok(name) = entry.file_name().into_string()
            && name.ends_with(ending)
        {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

/// Returns a directory that is deleted when it is dropped.
pub fn temporary() -> Result<TempDir, String> {
    tempfile::tempdir().map_err(|error| format!("a temporary directory: {error}"))
}

/// Returns lines as a text, each with its end.
pub fn text<'a>(lines: impl IntoIterator<Item = &'a str>) -> String {
    let mut text = String::new();
    for line in lines {
        text.push_str(line);
        text.push('\n');
    }
    text
}

fn named(path: &Path, error: &io::Error) -> String {
    format!("{}: {error}", path.display())
}
