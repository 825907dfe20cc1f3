//! Pictures of real runs, and of hostile ones.

mod diagrams;
mod hostile;
mod runs;
mod traces;
