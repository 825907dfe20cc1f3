//! Recognizes the statements on the table of items.

use super::{Flavour, Token, tokens};
use crate::message::{What, When};

/// A value in a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Operand {
    /// Written in the statement.
    Text(String),
    /// A parameter, counted from 0.
    Parameter(usize),
    /// A parameter that is a list.
    List(usize),
}

/// A statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Statement {
    /// Its tokens.
    pub(crate) tokens: Vec<Token>,
    /// Its meaning; [`What::Other`] for every statement that is not on the table of items.
    pub(crate) what: What,
    /// The columns that it returns.
    pub(crate) columns: Vec<&'static str>,
    /// The keys.
    pub(crate) keys: Vec<Operand>,
    /// The value to store.
    pub(crate) value: Option<Operand>,
    /// The condition of a store.
    pub(crate) when: When,
    /// True if rows are sorted by key. Rows follow the keys, so then the keys are sorted.
    pub(crate) is_sorted: bool,
}

impl Statement {
    /// Returns the first word.
    pub(crate) fn verb(&self) -> &str {
        match self.tokens.first() {
            Some(Token::Word(word)) => word,
            _ => "",
        }
    }

    /// Returns the number of parameters.
    pub(crate) fn parameters(&self) -> usize {
        let numbers = self.tokens.iter().filter_map(|token| match token {
            Token::Parameter(number) => Some(number + 1),
            _ => None,
        });
        numbers.max().unwrap_or(0)
    }
}

/// Reads the statements of a text, which semicolons separate. Empty ones are left out.
pub(crate) fn read(text: &str, flavour: Flavour) -> Vec<Statement> {
    let tokens = tokens(text, flavour);
    let parts = tokens.split(|token| *token == Token::Symbol(';'));
    parts.filter(|tokens| !tokens.is_empty()).map(one).collect()
}

fn one(tokens: &[Token]) -> Statement {
    let mut statement = Statement {
        tokens: tokens.to_vec(),
        what: What::Other,
        columns: Vec::new(),
        keys: Vec::new(),
        value: None,
        when: When::Always,
        is_sorted: false,
    };
    let mut cursor = Cursor { rest: tokens };
    let mut found = statement.clone();
    let understood = match statement.verb() {
        "select" => cursor.select(&mut found),
        "insert" | "replace" => cursor.insert(&mut found),
        "update" => cursor.update(&mut found),
        "delete" => cursor.delete(&mut found),
        _ => None,
    };
    if understood.is_some() && cursor.rest.is_empty() {
        statement = found;
    }
    statement
}

/// The tokens that are not read yet. Each method returns `None` where they are not as expected.
struct Cursor<'a> {
    rest: &'a [Token],
}

impl Cursor<'_> {
    fn words(&mut self, words: &str) -> Option<()> {
        for word in words.split(' ') {
            match self.rest.split_first()? {
                (Token::Word(found), rest) if found == word => self.rest = rest,
                _ => return None,
            }
        }
        Some(())
    }

    fn symbol(&mut self, symbol: char) -> Option<()> {
        let (first, rest) = self.rest.split_first()?;
        if *first != Token::Symbol(symbol) {
            return None;
        }
        self.rest = rest;
        Some(())
    }

    /// Reads a column of the table.
    fn column(&mut self) -> Option<&'static str> {
        ["key", "value"].into_iter().find(|name| self.words(name).is_some())
    }

    /// Reads a value, with the cast to a text that may follow it.
    fn operand(&mut self) -> Option<Operand> {
        let (first, rest) = self.rest.split_first()?;
        let operand = match first {
            Token::Text(text) | Token::Number(text) => Operand::Text(text.clone()),
            Token::Parameter(number) => Operand::Parameter(*number),
            Token::Word(_) | Token::Symbol(_) => return None,
        };
        self.rest = rest;
        if self.symbol(':').is_some() {
            self.symbol(':')?;
            self.words("text").or_else(|| self.words("varchar"))?;
            if self.symbol('[').is_some() {
                self.symbol(']')?;
            }
        }
        Some(operand)
    }

    fn list<T>(&mut self, mut item: impl FnMut(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let mut items = vec![item(self)?];
        while self.symbol(',').is_some() {
            items.push(item(self)?);
        }
        Some(items)
    }

    fn in_brackets<T>(&mut self, item: impl FnMut(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        self.symbol('(')?;
        let items = self.list(item)?;
        self.symbol(')')?;
        Some(items)
    }

    fn select(&mut self, found: &mut Statement) -> Option<()> {
        self.words("select")?;
        found.columns = match self.symbol('*') {
            Some(()) => vec!["key", "value"],
            None => self.list(Self::column)?,
        };
        self.words("from items where key")?;
        found.what = What::GetMany;
        if self.words("in").is_some() {
            found.keys = self.in_brackets(Self::operand)?;
        } else {
            self.symbol('=')?;
            if self.words("any").is_some() {
                let Operand::Parameter(number) = self.in_brackets(Self::operand)?.pop()? else {
                    return None;
                };
                found.keys = vec![Operand::List(number)];
            } else {
                found.what = What::Get;
                found.keys = vec![self.operand()?];
            }
        }
        if self.words("order").is_some() {
            self.words("by key")?;
            found.is_sorted = true;
        }
        if self.words("limit").is_some() {
            self.operand()?;
        }
        Some(())
    }

    fn insert(&mut self, found: &mut Statement) -> Option<()> {
        let is_replace = self.words("replace").is_some();
        if !is_replace {
            self.words("insert")?;
        }
        self.words("into items")?;
        if self.in_brackets(Self::column)? != ["key", "value"] {
            return None;
        }
        self.words("values")?;
        let [key, value] = <[Operand; 2]>::try_from(self.in_brackets(Self::operand)?).ok()?;
        found.what = What::Set;
        (found.keys, found.value) = (vec![key], Some(value));
        found.when = if is_replace { When::Always } else { When::Absent };
        if is_replace || self.words("on").is_none() {
            return Some(());
        }
        if self.words("duplicate key update value").is_some() {
            self.symbol('=')?;
            self.words("values")?;
            self.in_brackets(|cursor| cursor.words("value"))?;
            found.when = When::Always;
            return Some(());
        }
        self.words("conflict")?;
        if self.symbol('(').is_some() {
            self.words("key")?;
            self.symbol(')')?;
        }
        self.words("do update set value")?;
        self.symbol('=')?;
        self.words("excluded")?;
        self.symbol('.')?;
        found.when = When::Always;
        self.words("value")
    }

    fn update(&mut self, found: &mut Statement) -> Option<()> {
        self.words("update items set value")?;
        self.symbol('=')?;
        let value = Some(self.operand()?);
        self.words("where key")?;
        self.symbol('=')?;
        (found.what, found.when) = (What::Set, When::Present);
        (found.keys, found.value) = (vec![self.operand()?], value);
        Some(())
    }

    fn delete(&mut self, found: &mut Statement) -> Option<()> {
        self.words("delete from items where key")?;
        found.what = What::Delete;
        found.keys = if self.words("in").is_some() {
            self.in_brackets(Self::operand)?
        } else {
            self.symbol('=')?;
            vec![self.operand()?]
        };
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_on_items_are_recognized_and_others_are_not() {
        let lines = [
            "SELECT value FROM items WHERE key = 'a'",
            "select\n\"key\" , value from ITEMS where key in ($1,$2) order by key;",
            "SELECT * FROM items WHERE key = ANY($1::text[])",
            "INSERT INTO items (key, value) VALUES ('a', $1) ON CONFLICT (key) DO UPDATE SET value = EXCLUDED.value",
            "INSERT INTO items (key, value) VALUES ('a', 'it''s')",
            "UPDATE items SET value = 'v' WHERE key = 'a'",
            "DELETE FROM items WHERE key IN ('a', 'b')",
            "SELECT value FROM items WHERE key = 'a' OR 1 = 1",
            "SELECT value FROM others WHERE key = 'a'",
            "SELECT 1",
        ];
        let told = lines.map(|line| {
            let [statement] = &read(line, Flavour::Postgres)[..] else { panic!("one: {line}") };
            let Statement { what, columns, keys, value, when, .. } = statement;
            format!("{what:?} {columns:?} {keys:?} {value:?} {when:?}")
        });
        insta::assert_snapshot!(told.join("\n"), @r#"
        Get ["value"] [Text("a")] None Always
        GetMany ["key", "value"] [Parameter(0), Parameter(1)] None Always
        GetMany ["key", "value"] [List(0)] None Always
        Set [] [Text("a")] Some(Parameter(0)) Always
        Set [] [Text("a")] Some(Text("it's")) Absent
        Set [] [Text("a")] Some(Text("v")) Present
        Delete [] [Text("a"), Text("b")] None Always
        Other [] [] None Always
        Other [] [] None Always
        Other [] [] None Always
        "#);
    }
}
