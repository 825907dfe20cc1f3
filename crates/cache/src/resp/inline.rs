//! Inline commands: a line of words, as typed into a terminal.

use super::{MAX_LINE_LEN, Parts, RespError, Step, line_at};
use bytes::{BufMut, Bytes, BytesMut};

/// Takes one line; `None` when it is incomplete.
pub(super) fn inline(bytes: &[u8]) -> Result<Step, RespError> {
    let Some((line, next)) = line_at(bytes, 0, b'\n') else {
        return if bytes.len() > MAX_LINE_LEN { Err(RespError::InlineTooBig) } else { Ok(None) };
    };
    // Redis gives up before it has read the end of such a line.
    if line.len() > MAX_LINE_LEN {
        return Err(RespError::InlineTooBig);
    }
    let text = &bytes[line];
    let args = split_words(text.strip_suffix(b"\r").unwrap_or(text))?;
    Ok(Some((Parts::Inline(args), next - 1)))
}

/// Splits an inline command into words and resolves quotes and escapes (`sdssplitargs` in Redis).
fn split_words(text: &[u8]) -> Result<Vec<Bytes>, RespError> {
    let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t'..=b'\r');
    let mut rest = text;
    let mut words = Vec::new();
    loop {
        rest = &rest[rest.iter().take_while(|byte| is_blank(byte)).count()..];
        if rest.is_empty() {
            return Ok(words);
        }
        let mut word = BytesMut::new();
        loop {
            rest = match rest {
                // Unlike the blanks before a word, \v and \f do not end it.
                [] | [b' ' | b'\n' | b'\r' | b'\t', ..] => break,
                [quote @ (b'"' | b'\''), inner @ ..] => {
                    let behind = quoted(*quote, inner, &mut word)?;
                    if behind.first().is_some_and(|byte| !is_blank(byte)) {
                        return Err(RespError::UnbalancedQuotes);
                    }
                    rest = behind;
                    break;
                }
                [byte, behind @ ..] => {
                    word.put_u8(*byte);
                    behind
                }
            };
        }
        words.push(word.freeze());
    }
}

/// Appends the quoted text to `word`; returns the bytes after the closing quote.
fn quoted<'a>(quote: u8, mut rest: &'a [u8], word: &mut BytesMut) -> Result<&'a [u8], RespError> {
    let hex = |digit: u8| char::from(digit).to_digit(16).map(|value| value as u8);
    loop {
        let (byte, behind) = match *rest {
            [] => return Err(RespError::UnbalancedQuotes),
            [byte, ref behind @ ..] if byte == quote => return Ok(behind),
            [b'\\', b'\'', ref behind @ ..] if quote == b'\'' => (b'\'', behind),
            [b'\\', escaped, ref behind @ ..] if quote == b'"' => {
                let code = match *behind {
                    [high, low, ref behind @ ..] if escaped == b'x' => {
                        hex(high).zip(hex(low)).map(|(high, low)| (high << 4 | low, behind))
                    }
                    _ => None,
                };
                code.unwrap_or((control(escaped), behind))
            }
            [byte, ref behind @ ..] => (byte, behind),
        };
        word.put_u8(byte);
        rest = behind;
    }
}

fn control(escaped: u8) -> u8 {
    match escaped {
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'b' => 8,
        b'a' => 7,
        other => other,
    }
}
