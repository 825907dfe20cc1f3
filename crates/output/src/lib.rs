//! Output for people and machines, and the files that users name.
//!
//! - [`format`](mod@format): numbers, tables, wrapped lines, stories and colour for a terminal
//! - [`machine`]: JSON objects with a type and a version
//! - [`conforms`]: checks an object against its JSON Schema, for tests
//! - [`user_files`]: reads a file that a user names, or says in one sentence what is wrong with it

pub mod conforms;
pub mod format;
pub mod machine;
pub mod user_files;
