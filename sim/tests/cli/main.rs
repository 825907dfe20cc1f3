//! The command line: what goes in, what comes out, and the exit status.

mod awaits;
mod bad_input;
mod certificates;
mod certify;
mod guided;
mod hunts;
mod lists;
mod matrix;
mod processes;
mod queues;
mod replays;
mod runs;
mod shrinks;
mod support;
mod texts;
