//! The statements on a table of items that PostgreSQL and MySQL serve.
//!
//! ```sql
//! SELECT value FROM items WHERE key = 'a'              -- also key, value, and `*`
//! SELECT key, value FROM items WHERE key IN ('a', 'b') -- also = ANY($1) in PostgreSQL
//! INSERT INTO items (key, value) VALUES ('a', 'v')     -- with ON CONFLICT or ON DUPLICATE KEY
//! REPLACE INTO items (key, value) VALUES ('a', 'v')    -- MySQL
//! UPDATE items SET value = 'v' WHERE key = 'a'
//! DELETE FROM items WHERE key = 'a'
//! ```
//!
//! Case and white space do not matter, names may be quoted, and a value may be a parameter: `$1`,
//! or `?` in MySQL. The tokenizer is written by hand: a parser of all of SQL would be by far the
//! largest dependency of this crate.

pub(crate) mod statement;
mod token;

pub(crate) use statement::{Operand, Statement, read};
pub(crate) use token::{Token, tokens};

/// The flavour of SQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flavour {
    /// `"` quotes names, and parameters have numbers.
    Postgres,
    /// `"` quotes text, and `\` escapes in it.
    MySql,
}
