//! Plausible replies to statements that are not on the table of items.

use super::packet::{self, TEXT};
use crate::form::Style;
use crate::sql::{Statement, Token};
use bytes::{BufMut, Bytes, BytesMut};

/// The type of a number.
const LONG: u8 = 3;

/// The result of a statement.
pub(super) struct Other {
    /// The columns with their types; none if it returns no rows.
    columns: Vec<(String, u8)>,
    row: Option<Vec<String>>,
    /// True if a transaction begins, false if it ends.
    pub(super) in_transaction: Option<bool>,
}

impl Other {
    /// Works out the result of a statement; none if it is no SQL.
    pub(super) fn of(statement: &Statement) -> Option<Self> {
        let done = |in_transaction| Some(Self { columns: Vec::new(), row: None, in_transaction });
        match statement.verb() {
            "begin" | "start" => done(Some(true)),
            "commit" | "rollback" => done(Some(false)),
            "set" | "use" | "create" | "drop" | "alter" | "truncate" | "insert" | "replace"
            | "update" | "delete" | "savepoint" | "release" | "lock" | "unlock" | "flush"
            | "do" => done(None),
            "show" => {
                let columns = vec![("Variable_name".to_owned(), TEXT), ("Value".to_owned(), TEXT)];
                Some(Self { columns, row: None, in_transaction: None })
            }
            "select" => Some(select(&statement.tokens)),
            _ => None,
        }
    }

    /// Returns the descriptions of the columns.
    pub(super) fn columns(&self) -> Vec<Bytes> {
        self.columns.iter().map(|(name, kind)| packet::column(name, "", *kind)).collect()
    }

    /// Returns the packets of the result.
    pub(super) fn packets(&self, style: Style) -> Vec<Bytes> {
        if self.columns.is_empty() {
            return vec![packet::ok(0, style.reported())];
        }
        let columns = self.columns();
        let mut packets = packet::rows(&columns, &[], style);
        if let Some(row) = &self.row {
            let end = packets.pop().expect("a result has an end");
            packets.extend([self.cells(row, style), end]);
        }
        packets
    }

    fn cells(&self, row: &[String], style: Style) -> Bytes {
        let mut out = BytesMut::new();
        if style.is_binary {
            out.put_bytes(0, 1 + (row.len() + 9) / 8);
        }
        for (value, (_, kind)) in row.iter().zip(&self.columns) {
            match value.parse::<i32>() {
                Ok(number) if style.is_binary && *kind == LONG => out.put_i32_le(number),
                _ => packet::text(&mut out, value),
            }
        }
        out.freeze()
    }
}

/// Works out a SELECT: constants, settings and a few functions have one row, and tables are empty.
fn select(tokens: &[Token]) -> Other {
    let (mut depth, mut has_row) = (0_i32, true);
    let mut items: Vec<Vec<&Token>> = vec![Vec::new()];
    for token in tokens.get(1..).unwrap_or_default() {
        match token {
            Token::Symbol('(') => depth += 1,
            Token::Symbol(')') => depth -= 1,
            Token::Symbol(',') if depth == 0 => {
                items.push(Vec::new());
                continue;
            }
            Token::Word(word) if depth == 0 && matches!(word.as_str(), "from" | "limit") => {
                has_row = word == "limit";
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
    Other { columns, row: if has_row { Some(row) } else { None }, in_transaction: None }
}

/// Returns the name, the type and the value of a column.
fn column(item: &[&Token]) -> (String, u8, String) {
    let (item, alias) = match item {
        [item @ .., Token::Word(before), Token::Word(alias)] if before == "as" => {
            (item, Some(alias))
        }
        item => (item, None),
    };
    let (name, kind, value) = match item {
        [Token::Number(number)] if number.parse::<i32>().is_ok() => {
            (number.clone(), LONG, number.clone())
        }
        [Token::Text(text) | Token::Number(text)] => (text.clone(), TEXT, text.clone()),
        [Token::Symbol('@'), Token::Symbol('@'), .., Token::Word(name)] => {
            (format!("@@{name}"), TEXT, setting(name).to_owned())
        }
        [Token::Word(name), Token::Symbol('('), ..] => {
            let value = match name.as_str() {
                "version" => super::VERSION,
                "database" | "schema" => "test",
                "connection_id" => "1",
                _ => "",
            };
            (format!("{name}()"), TEXT, value.to_owned())
        }
        [.., Token::Word(name)] => (name.clone(), TEXT, String::new()),
        _ => ("?".to_owned(), TEXT, String::new()),
    };
    (alias.cloned().unwrap_or(name), kind, value)
}

fn setting(name: &str) -> &'static str {
    match name {
        "max_allowed_packet" => "1048576",
        "version" => super::VERSION,
        "version_comment" => "Crosswire",
        "autocommit" | "lower_case_table_names" => "1",
        "wait_timeout" | "interactive_timeout" => "28800",
        "time_zone" | "system_time_zone" => "UTC",
        "transaction_isolation" | "tx_isolation" => "REPEATABLE-READ",
        "character_set_client"
        | "character_set_connection"
        | "character_set_results"
        | "character_set_server" => "utf8mb4",
        "collation_connection" | "collation_server" => "utf8mb4_general_ci",
        _ => "",
    }
}
