//! What people and machines read of Crosswire, and the files that users name.
//!
//! - [`text`]: numbers, tables, wrapped lines and colour for a terminal
//! - [`machine`]: JSON objects with a type and a version
//! - [`conforms`]: checks an object against its JSON Schema, for tests
//! - [`files`]: reads a file that a user names, or says in one sentence what is wrong with it

pub mod conforms;
pub mod files;
pub mod machine;
pub mod text;
