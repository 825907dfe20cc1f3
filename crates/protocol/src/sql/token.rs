//! Tokens of SQL.

use super::Flavour;

/// A token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Token {
    /// A name or a keyword, in lower case unless it is quoted.
    Word(String),
    /// A text, without its quotes.
    Text(String),
    /// A number.
    Number(String),
    /// A parameter, counted from 0.
    Parameter(usize),
    /// Any other character.
    Symbol(char),
}

/// Splits a text into tokens. Whatever is not closed ends with the text.
pub(crate) fn tokens(text: &str, flavour: Flavour) -> Vec<Token> {
    let mut reader = Reader { rest: text, flavour, parameters: 0 };
    let mut tokens = Vec::new();
    while let Some(token) = reader.next() {
        tokens.push(token);
    }
    tokens
}

struct Reader<'a> {
    rest: &'a str,
    flavour: Flavour,
    parameters: usize,
}

impl Reader<'_> {
    fn next(&mut self) -> Option<Token> {
        self.skip();
        let first = self.rest.chars().next()?;
        let is_mysql = self.flavour == Flavour::MySql;
        match first {
            '\'' => Some(Token::Text(self.quoted(first))),
            '"' if is_mysql => Some(Token::Text(self.quoted(first))),
            '"' | '`' => Some(Token::Word(self.quoted(first))),
            '?' if is_mysql => {
                self.rest = &self.rest[1..];
                self.parameters += 1;
                Some(Token::Parameter(self.parameters - 1))
            }
            '$' => {
                self.rest = &self.rest[1..];
                let digits = self.take(|letter| letter.is_ascii_digit());
                let number = digits.parse::<u16>().unwrap_or(0);
                Some(
                    number
                        .checked_sub(1)
                        .map_or(Token::Symbol('$'), |number| Token::Parameter(usize::from(number))),
                )
            }
            _ if first.is_ascii_digit() => {
                Some(Token::Number(self.take(|letter| letter.is_ascii_digit() || letter == '.')))
            }
            _ if first.is_alphabetic() || first == '_' => {
                let word = self.take(|letter| letter.is_alphanumeric() || letter == '_');
                Some(Token::Word(word.to_lowercase()))
            }
            _ => {
                self.rest = &self.rest[first.len_utf8()..];
                Some(Token::Symbol(first))
            }
        }
    }

    /// Skips white space and comments.
    fn skip(&mut self) {
        loop {
            self.rest = self.rest.trim_start();
            let end = match self.rest.get(..2) {
                Some("--") => self.rest.find('\n').map(|at| at + 1),
                Some("/*") => self.rest.find("*/").map(|at| at + 2),
                _ => return,
            };
            self.rest = &self.rest[end.unwrap_or(self.rest.len())..];
        }
    }

    fn take(&mut self, is_part: impl Fn(char) -> bool) -> String {
        let end = self.rest.find(|letter| !is_part(letter)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken.to_owned()
    }

    /// Takes what is in quotes. Two quotes are one quote in it.
    fn quoted(&mut self, quote: char) -> String {
        let escapes = self.flavour == Flavour::MySql && quote != '`';
        let mut taken = String::new();
        let mut letters = self.rest.char_indices().skip(1).peekable();
        while let Some((at, letter)) = letters.next() {
            if letter == '\\' && escapes {
                taken.extend(letters.next().map(|(_, letter)| letter));
            } else if letter != quote {
                taken.push(letter);
            } else if letters.next_if(|(_, letter)| *letter == quote).is_some() {
                taken.push(quote);
            } else {
                self.rest = &self.rest[at + 1..];
                return taken;
            }
        }
        self.rest = "";
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_differ_between_flavours() {
        let text = "Select \"Key\", 'it''s' -- no\n = $2 /* ? */ ? `k` 1.5";
        insta::assert_debug_snapshot!(tokens(text, Flavour::Postgres), @r#"
        [
            Word(
                "select",
            ),
            Word(
                "Key",
            ),
            Symbol(
                ',',
            ),
            Text(
                "it's",
            ),
            Symbol(
                '=',
            ),
            Parameter(
                1,
            ),
            Symbol(
                '?',
            ),
            Word(
                "k",
            ),
            Number(
                "1.5",
            ),
        ]
        "#);
        insta::assert_debug_snapshot!(tokens(r"'a\'b' ? ?", Flavour::MySql), @r#"
        [
            Text(
                "a'b",
            ),
            Parameter(
                0,
            ),
            Parameter(
                1,
            ),
        ]
        "#);
    }
}
