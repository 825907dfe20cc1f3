//! Runs the program: arguments, output and exit status.

mod awaits;
mod bad_input;
mod cargo_command;
mod certificates;
mod certify;
mod children;
mod guided;
mod hostile;
mod hunts;
mod inside;
mod interrupted;
mod limits;
mod lists;
mod machines;
mod matrix;
mod minimize;
mod overwriting;
mod pages;
mod processes;
mod queues;
mod replays;
mod runs;
mod support;
mod terminals;
mod texts;
