//! Batches: the messages up to a Sync, and the reply that they add up to.

use super::frame::{self, Fields, TEXT, TEXTS, Value};
use super::other::Other;
use super::{Postgres, reply};
use crate::form::{Detail, Form, PostgresForm, Step};
use crate::message::{Asked, OwnKind, Received, What};
use crate::sql::{Flavour, Operand, Statement, read};
use bytes::{BufMut, Bytes, BytesMut};

/// A prepared statement; none for an empty one.
pub(super) struct Prepared {
    statement: Option<Statement>,
    types: Vec<u32>,
}

/// A statement with its parameters.
pub(super) struct Portal {
    statement: Option<Statement>,
    part: Option<Asked>,
    formats: Vec<u16>,
}

/// The reply so far.
#[derive(Default)]
pub(super) struct Batch {
    steps: Vec<Step>,
    frames: BytesMut,
    parts: Vec<Asked>,
    has_failed: bool,
}

impl Batch {
    /// Returns whether everything up to the Sync is skipped.
    pub(super) fn has_failed(&self) -> bool {
        self.has_failed
    }

    /// Appends an error.
    pub(super) fn fail(&mut self, code: &str, message: &str) {
        frame::error(&mut self.frames, b'E', "ERROR", code, message);
        self.has_failed = true;
    }

    /// Takes the reply so far, and remains failed.
    pub(super) fn take_frames(&mut self) -> Self {
        let rest = Self { has_failed: true, ..Self::default() };
        std::mem::replace(self, rest)
    }

    fn result(&mut self, part: Asked, columns: Vec<&'static str>, is_described: bool, most: u32) {
        self.close_frames();
        self.parts.push(part);
        self.steps.push(Step::Result { columns, is_described, most: most as usize });
    }

    fn close_frames(&mut self) {
        if !self.frames.is_empty() {
            self.steps.push(Step::Frames(self.frames.split().freeze()));
        }
    }

    /// Returns the whole as a message.
    pub(super) fn finish(mut self, name: &str, ready: Option<u8>) -> Received {
        self.close_frames();
        let form = PostgresForm { steps: self.steps, ready };
        let mut asked = match self.parts.len() {
            0 => Asked::new(What::Other, name),
            1 => Asked { name: name.to_owned(), ..self.parts.remove(0) },
            _ => {
                let keys = self.parts.iter().flat_map(|part| part.keys.clone()).collect();
                Asked { parts: self.parts, ..Asked::new(What::Batch, name).on(keys) }
            }
        };
        asked.form = Form(Detail::Postgres(form));
        if asked.what != What::Other {
            return Received::Asked(asked);
        }
        let reply = reply::all(&asked, &[]).expect("frames alone are a reply");
        if reply.is_empty() {
            Received::Silent(asked)
        } else {
            asked.own(OwnKind::Housekeeping, reply)
        }
    }
}

/// Returns a statement as a command; none if the parameters do not fit it.
fn command(statement: &Statement, parameters: &[Option<Bytes>], formats: &[u16]) -> Option<Asked> {
    let given = |number: &usize| parameters.get(*number).cloned().flatten();
    let text = |bytes: Bytes| String::from_utf8_lossy(&bytes).into_owned();
    let mut keys = Vec::new();
    for operand in &statement.keys {
        match operand {
            Operand::Text(text) => keys.push(text.clone()),
            Operand::Parameter(number) => keys.push(text(given(number)?)),
            Operand::List(number) => {
                keys.extend(frame::list(&given(number)?, frame::format(formats, *number))?);
            }
        }
    }
    if statement.is_sorted {
        keys.sort();
    }
    let value = match &statement.value {
        None => None,
        Some(Operand::Text(text)) => Some(text.clone()),
        Some(Operand::Parameter(number) | Operand::List(number)) => Some(text(given(number)?)),
    };
    let asked = Asked::new(statement.what, statement.verb().to_uppercase()).on(keys);
    Some(Asked { value, when: statement.when, ..asked })
}

impl Postgres {
    /// Takes a simple query, which may have several statements.
    pub(super) fn simple(&mut self, text: &str) {
        // A simple query ends what is left of an extended one.
        self.batch = Batch::default();
        self.statements.remove("");
        let statements = read(text, Flavour::Postgres);
        if statements.is_empty() {
            return frame::frame(&mut self.batch.frames, b'I', |_| {});
        }
        // A query is parsed as a whole before its first statement runs.
        let is_unknown = |it: &&Statement| it.what == What::Other && Other::of(it).is_none();
        if let Some(unknown) = statements.iter().find(is_unknown) {
            return self.syntax_error(unknown.verb());
        }
        for statement in statements {
            if self.batch.has_failed() {
                return;
            }
            if statement.parameters() > 0 {
                return self.batch.fail("42P02", "there is no parameter $1");
            }
            if statement.what == What::Other {
                self.other(&statement, Some(&[]), 0);
                continue;
            }
            let part = command(&statement, &[], &[]).expect("it has no parameters");
            let is_described = !statement.columns.is_empty();
            self.batch.result(part, statement.columns, is_described, 0);
        }
    }

    /// Replies to a statement that is not on the table, with its description if `formats` is given.
    fn other(&mut self, statement: &Statement, formats: Option<&[u16]>, most: u32) {
        let Some(other) = Other::of(statement) else { return self.syntax_error(statement.verb()) };
        let frames = &mut self.batch.frames;
        if let (Some(formats), false) = (formats, other.columns.is_empty()) {
            other.describe(frames, formats);
        }
        other.result(frames, most);
        self.status = other.status.unwrap_or(self.status);
        if other.forgets {
            self.statements.clear();
        }
    }

    pub(super) fn parse(&mut self, fields: &mut Fields<'_>) -> Option<()> {
        let (name, text) = (fields.text()?, fields.text()?);
        let count = fields.u16()?;
        let mut types = (0..count).map(|_| fields.u32()).collect::<Option<Vec<_>>>()?;
        let mut statements = read(&text, Flavour::Postgres);
        if statements.len() > 1 {
            let text = "cannot insert multiple commands into a prepared statement";
            self.batch.fail("42601", text);
            return Some(());
        }
        if !name.is_empty() && self.statements.contains_key(&name) {
            self.batch.fail("42P05", &format!("prepared statement \"{name}\" already exists"));
            return Some(());
        }
        let statement = statements.pop();
        if let Some(statement) = &statement {
            if statement.what == What::Other && Other::of(statement).is_none() {
                let near = statement.verb().to_owned();
                self.syntax_error(&near);
                return Some(());
            }
            types.resize(types.len().max(statement.parameters()), 0);
            for (number, kind) in types.iter_mut().enumerate().filter(|(_, kind)| **kind == 0) {
                let is_list = statement.keys.contains(&Operand::List(number));
                *kind = if is_list { TEXTS } else { TEXT };
            }
        }
        self.statements.insert(name, Prepared { statement, types });
        frame::frame(&mut self.batch.frames, b'1', |_| {});
        Some(())
    }

    pub(super) fn bind(&mut self, fields: &mut Fields<'_>) -> Option<()> {
        let (portal, name) = (fields.text()?, fields.text()?);
        let formats = fields.numbers()?;
        let count = fields.u16()?;
        let mut parameters = Vec::new();
        for _ in 0..count {
            parameters.push(match fields.value()? {
                Value::Null => None,
                Value::Bytes(bytes) => Some(Bytes::copy_from_slice(bytes)),
            });
        }
        let results = fields.numbers()?;
        let Some(prepared) = self.statements.get(&name) else {
            self.no_statement(&name);
            return Some(());
        };
        if prepared.types.len() != parameters.len() {
            let text = format!(
                "bind message supplies {} parameters, but prepared statement \"{name}\" requires {}",
                parameters.len(),
                prepared.types.len()
            );
            self.batch.fail("08P01", &text);
            return Some(());
        }
        let statement = prepared.statement.clone();
        let part = match &statement {
            Some(statement) if statement.what != What::Other => {
                let Some(part) = command(statement, &parameters, &formats) else {
                    self.batch.fail("22P02", "a parameter is no text or list of texts");
                    return Some(());
                };
                Some(part)
            }
            _ => None,
        };
        self.portals.insert(portal, Portal { statement, part, formats: results });
        frame::frame(&mut self.batch.frames, b'2', |_| {});
        Some(())
    }

    pub(super) fn describe(&mut self, fields: &mut Fields<'_>) -> Option<()> {
        let (kind, name) = (fields.byte()?, fields.text()?);
        let frames = &mut self.batch.frames;
        let (statement, formats) = match (kind, self.statements.get(&name), self.portals.get(&name))
        {
            (b'S', Some(prepared), _) => {
                frame::frame(frames, b't', |out| {
                    out.put_u16(prepared.types.len() as u16);
                    prepared.types.iter().for_each(|kind| out.put_u32(*kind));
                });
                (&prepared.statement, &[][..])
            }
            (b'P', _, Some(portal)) => (&portal.statement, &portal.formats[..]),
            (b'S', None, _) => {
                self.no_statement(&name);
                return Some(());
            }
            (b'P', _, None) => {
                self.no_portal(&name);
                return Some(());
            }
            _ => return None,
        };
        let other = statement.as_ref().filter(|it| it.what == What::Other).and_then(Other::of);
        match (statement, other) {
            (_, Some(other)) if !other.columns.is_empty() => other.describe(frames, formats),
            (Some(statement), _) if !statement.columns.is_empty() => {
                frame::columns(frames, &reply::described(&statement.columns), formats);
            }
            _ => frame::frame(frames, b'n', |_| {}),
        }
        Some(())
    }

    pub(super) fn execute(&mut self, fields: &mut Fields<'_>) -> Option<()> {
        let (name, most) = (fields.text()?, fields.u32()?);
        let Some(portal) = self.portals.get(&name) else {
            self.no_portal(&name);
            return Some(());
        };
        match (&portal.statement, &portal.part) {
            (None, _) => frame::frame(&mut self.batch.frames, b'I', |_| {}),
            (Some(statement), Some(part)) => {
                self.batch.result(part.clone(), statement.columns.clone(), false, most);
            }
            (Some(statement), None) => {
                let statement = statement.clone();
                self.other(&statement, None, most);
            }
        }
        Some(())
    }

    pub(super) fn close(&mut self, fields: &mut Fields<'_>) -> Option<()> {
        let (kind, name) = (fields.byte()?, fields.text()?);
        match kind {
            b'S' => drop(self.statements.remove(&name)),
            b'P' => drop(self.portals.remove(&name)),
            _ => return None,
        }
        frame::frame(&mut self.batch.frames, b'3', |_| {});
        Some(())
    }

    fn syntax_error(&mut self, near: &str) {
        self.batch.fail("42601", &format!("syntax error at or near \"{near}\""));
    }

    fn no_statement(&mut self, name: &str) {
        let text = if name.is_empty() {
            "unnamed prepared statement does not exist".to_owned()
        } else {
            format!("prepared statement \"{name}\" does not exist")
        };
        self.batch.fail("26000", &text);
    }

    fn no_portal(&mut self, name: &str) {
        self.batch.fail("34000", &format!("portal \"{name}\" does not exist"));
    }
}
