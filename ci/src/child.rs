//! Child processes that end with this one, with errors that name the program. Their standard input
//! is empty.

use crate::error::Error;
use crate::files;
use crosswire_process::Child;
use std::io;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, ExitStatus, Output, Stdio};

/// Starts a process.
pub fn start(command: &mut Command) -> Result<Child, String> {
    Child::start(command.stdin(Stdio::null())).map_err(|error| named(command, &error))
}

/// Waits for a process that [`start`] has started.
pub fn wait(child: &mut Child) -> Result<ExitStatus, String> {
    child.wait().map_err(|error| format!("process {}: {error}", child.id()))
}

/// Runs a process to its end.
pub fn status(command: &mut Command) -> Result<ExitStatus, String> {
    start(command)?.wait().map_err(|error| named(command, &error))
}

/// Runs a process that must succeed.
pub fn succeed(command: &mut Command) -> Result<(), String> {
    let status = status(command)?;
    if status.success() { Ok(()) } else { Err(failed(command, status)) }
}

/// Runs a process to its end and captures its standard output.
pub fn output(command: &mut Command) -> Result<Output, String> {
    crosswire_process::output(command).map_err(|error| named(command, &error))
}

/// Returns what was captured of a process, as text.
pub fn text(output: Output) -> String {
    let texts = [output.stdout, output.stderr];
    texts.map(|text| String::from_utf8_lossy(&text).into_owned()).concat()
}

/// Runs a process that must exit with one of `expected` and returns its standard output. Its
/// standard error is that of this process.
pub fn stdout(command: &mut Command, expected: &[i32]) -> Result<String, String> {
    let output = output(command)?;
    match output.status.code() {
        Some(code) if expected.contains(&code) => {
            Ok(String::from_utf8_lossy(&output.stdout).into_owned())
        }
        _ => Err(failed(command, output.status)),
    }
}

/// Replaces this process, and returns only if that fails.
pub fn exec(command: &mut Command) -> Error {
    let error = command.exec();
    Error::from(named(command, &error))
}

/// Prints how two texts differ on standard error.
pub fn print_difference(names: [&str; 2], texts: [&str; 2]) -> Result<(), String> {
    let place = files::temporary()?;
    let paths = [place.path().join("0"), place.path().join("1")];
    files::write(&paths[0], texts[0])?;
    files::write(&paths[1], texts[1])?;
    eprint!("{}", difference(names, [&paths[0], &paths[1]])?);
    Ok(())
}

/// Returns how two files differ, as `diff -u` prints it.
pub fn difference(names: [&str; 2], paths: [&Path; 2]) -> Result<String, String> {
    let mut command = Command::new("diff");
    command.args(["-u", "--label", names[0], "--label", names[1]]).args(paths);
    stdout(&mut command, &[0, 1])
}

fn named(command: &Command, error: &io::Error) -> String {
    format!("{}: {error}", command.get_program().to_string_lossy())
}

/// Returns the sentence that reports the exit status of a command.
fn failed(command: &Command, status: ExitStatus) -> String {
    let mut line = command.get_program().to_string_lossy().into_owned();
    for argument in command.get_args() {
        line.push(' ');
        line.push_str(&argument.to_string_lossy());
    }
    format!("`{line}` failed with {status}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_that_fails_is_quoted() {
        let error = stdout(Command::new("sh").args(["-c", "exit 3"]), &[0, 1]);
        assert_eq!(error, Err("`sh -c exit 3` failed with exit status: 3".to_owned()));
        let output = stdout(Command::new("sh").args(["-c", "echo a; exit 1"]), &[0, 1]);
        assert_eq!(output, Ok("a\n".to_owned()));
    }
}
