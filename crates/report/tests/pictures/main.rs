//! Pictures of real runs, and of hostile ones.

mod diagrams;
mod hostile;
mod pages;
mod runs;
mod tables;
mod traces;
mod twins;
