//! Plausible replies to statements that are not on the table of items.

use super::frame::{TEXT, columns, complete, frame, row};
use crate::sql::{Statement, Token};
use bytes::BytesMut;

/// The result of a statement.
pub(super) struct Other {
    /// The names and types of its columns; none if it returns no rows.
    pub(super) columns: Vec<(String, u32)>,
    /// Its only row, if there is one.
    row: Option<Vec<String>>,
    tag: String,
    /// The state of the transaction afterwards, if it changes.
    pub(super) status: Option<u8>,
    /// True if prepared statements end.
    pub(super) forgets: bool,
}

impl Other {
    /// Works out the result of a statement; none if it is no SQL.
    pub(super) fn of(statement: &Statement) -> Option<Self> {
        let words: Vec<&str> = statement.tokens.iter().filter_map(word).take(3).collect();
        let has = |word: &str| words.get(1) == Some(&word);
        let done = |tag: &str| Some(Self::done(tag, None));
        match statement.verb() {
            "begin" | "start" => Some(Self::done(&tag_of(statement.verb()), Some(b'T'))),
            "commit" | "end" => Some(Self::done("COMMIT", Some(b'I'))),
            "rollback" if has("to") => done("ROLLBACK"),
            "rollback" | "abort" => Some(Self::done("ROLLBACK", Some(b'I'))),
            "discard" | "deallocate" => {
                let all = if has("all") { " ALL" } else { "" };
                let tag = format!("{}{all}", statement.verb().to_uppercase());
                Some(Self { forgets: has("all"), ..Self::done(&tag, None) })
            }
            "close" => done(if has("all") { "CLOSE CURSOR ALL" } else { "CLOSE CURSOR" }),
            "set" | "reset" | "savepoint" | "release" | "listen" | "unlisten" | "notify"
            | "lock" => done(&statement.verb().to_uppercase()),
            "create" | "drop" | "alter" | "truncate" => done(
                &words.iter().take(2).map(|word| word.to_uppercase()).collect::<Vec<_>>().join(" "),
            ),
            "insert" => done("INSERT 0 1"),
            "update" => done("UPDATE 0"),
            "delete" => done("DELETE 0"),
            "show" => {
                let name = words.get(1)?;
                let value = setting(name).to_owned();
                let columns = vec![((*name).to_owned(), TEXT)];
                Some(Self { columns, row: Some(vec![value]), ..Self::done("SHOW", None) })
            }
            "select" | "with" | "values" => Some(select(&statement.tokens)),
            _ => None,
        }
    }

    fn done(tag: &str, status: Option<u8>) -> Self {
        Self { columns: Vec::new(), row: None, tag: tag.to_owned(), status, forgets: false }
    }

    /// Appends the description of the columns.
    pub(super) fn describe(&self, out: &mut BytesMut, formats: &[u16]) {
        let list: Vec<_> =
            self.columns.iter().map(|(name, kind)| (name.as_str(), 0, *kind)).collect();
        columns(out, &list, formats);
    }

    /// Appends the row and the end. With a limit of one row, the end is not reached.
    pub(super) fn result(&self, out: &mut BytesMut, most: u32) {
        if let Some(values) = &self.row {
            let values: Vec<_> = values.iter().map(|value| Some(value.as_str())).collect();
            row(out, &values);
            if most == 1 {
                return frame(out, b's', |_| {});
            }
        }
        complete(out, &self.tag);
    }
}

fn word(token: &Token) -> Option<&str> {
    match token {
        Token::Word(word) => Some(word),
        _ => None,
    }
}

fn tag_of(verb: &str) -> String {
    if verb == "start" { "START TRANSACTION".to_owned() } else { verb.to_uppercase() }
}

fn setting(name: &str) -> &'static str {
    match name {
        "server_version" => "15.0",
        "server_version_num" => "150000",
        "transaction_isolation" | "transaction" => "read committed",
        "standard_conforming_strings" => "on",
        "search_path" => "\"$user\", public",
        "timezone" => "UTC",
        "client_encoding" | "server_encoding" => "UTF8",
        "transaction_read_only" | "in_hot_standby" => "off",
        _ => "",
    }
}

/// Works out a SELECT: constants and a few functions have one row, and tables are empty.
fn select(tokens: &[Token]) -> Other {
    let mut depth = 0_i32;
    let mut items: Vec<Vec<&Token>> = vec![Vec::new()];
    let mut from_a_table = false;
    for token in tokens.get(1..).unwrap_or_default() {
        match token {
            Token::Symbol('(') => depth += 1,
            Token::Symbol(')') => depth -= 1,
            Token::Symbol(',') if depth == 0 => {
                items.push(Vec::new());
                continue;
            }
            Token::Word(word) if depth == 0 && word == "from" => {
                from_a_table = true;
                break;
            }
            _ => {}
        }
        items.last_mut().expect("at least one item").push(token);
    }
    let (mut columns, mut row) = (Vec::new(), Vec::new());
    for item in &items {
        let (name, kind, value) = column(item);
        columns.push((name, kind));
        row.push(value);
    }
    let (row, tag) = if from_a_table { (None, "SELECT 0") } else { (Some(row), "SELECT 1") };
    Other { columns, row, ..Other::done(tag, None) }
}

/// Returns the name, the type and the value of a column.
fn column(item: &[&Token]) -> (String, u32, String) {
    let (item, alias) = match item {
        [item @ .., Token::Word(before), Token::Word(alias)] if before == "as" => {
            (item, Some(alias))
        }
        item => (item, None),
    };
    let (name, kind, value) = match item {
        [Token::Number(number)] => ("?column?", 23, number.clone()),
        [Token::Text(text)] => ("?column?", TEXT, text.clone()),
        [Token::Word(name), Token::Symbol('('), ..] => match name.as_str() {
            "version" => ("version", TEXT, "PostgreSQL 15.0".to_owned()),
            "current_schema" => ("current_schema", 19, "public".to_owned()),
            "current_database" => ("current_database", 19, "postgres".to_owned()),
            "pg_backend_pid" => ("pg_backend_pid", 23, "1".to_owned()),
            "pg_is_in_recovery" => ("pg_is_in_recovery", 16, "f".to_owned()),
            "pg_advisory_unlock_all" => ("pg_advisory_unlock_all", 2278, String::new()),
            other => (other, TEXT, String::new()),
        },
        [.., Token::Word(name)] => (name.as_str(), TEXT, String::new()),
        _ => ("?column?", TEXT, String::new()),
    };
    (alias.map_or(name, String::as_str).to_owned(), kind, value)
}
