//! The command line: what goes in, what comes out, and the exit status.

mod bad_input;
mod hunts;
mod lists;
mod replays;
mod runs;
mod support;
mod texts;
