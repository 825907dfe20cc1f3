//! Queries and prepared statements.

use super::other::Other;
use super::packet::{self, Fields, IN_TRANSACTION, TEXT};
use super::{MySql, reply};
use crate::form::{Detail, Form, MySqlForm, MySqlStep as Step, Style};
use crate::message::{Asked, OwnKind, Received, What};
use crate::sql::{Flavour, Operand, Statement, read};
use bytes::{BufMut, Bytes, BytesMut};

/// A prepared statement.
pub(super) struct Prepared {
    statement: Statement,
    /// The types of the parameters, which a client may send once.
    types: Vec<u8>,
}

/// Adds to a command what its reply needs.
pub(super) fn with_form(asked: Asked, steps: Vec<Step>) -> Asked {
    Asked { form: Form(Detail::MySql(MySqlForm { steps })), ..asked }
}

/// Returns a statement as a command; none if a parameter is missing.
fn understood(statement: &Statement, parameters: &[Option<String>]) -> Option<Asked> {
    let text = |operand: &Operand| match operand {
        Operand::Text(text) => Some(text.clone()),
        Operand::Parameter(number) | Operand::List(number) => parameters.get(*number)?.clone(),
    };
    let mut keys = statement.keys.iter().map(text).collect::<Option<Vec<_>>>()?;
    if statement.is_sorted {
        keys.sort();
    }
    let value = match &statement.value {
        Some(operand) => Some(text(operand)?),
        None => None,
    };
    let asked = Asked::new(statement.what, statement.verb().to_uppercase()).on(keys);
    Some(Asked { value, when: statement.when, ..asked })
}

/// Returns the descriptions of the columns of a statement.
fn columns(statement: &Statement) -> Vec<Bytes> {
    if statement.what != What::Other {
        return reply::described(&statement.columns);
    }
    Other::of(statement).map_or_else(Vec::new, |other| other.columns())
}

impl MySql {
    /// Takes a query, which may have several statements.
    pub(super) fn query(&mut self, text: &str) -> Received {
        let statements = read(text, Flavour::MySql);
        let refused = match statements.len() {
            0 => Some(packet::error(1065, "42000", "Query was empty")),
            2.. if !self.allows_many => Some(syntax_error(statements[1].verb())),
            _ => None,
        };
        let (mut steps, mut parts) = (Vec::new(), Vec::new());
        steps.extend(refused.clone().map(|error| Step::Packets(vec![error])));
        let last = statements.len().saturating_sub(1);
        let statements = if refused.is_some() { &[][..] } else { &statements[..] };
        for (nth, statement) in statements.iter().enumerate() {
            let style = Style { has_more: nth < last, ..self.style };
            if statement.what == What::Other {
                let (packets, goes_on) = self.other(statement, style);
                steps.push(Step::Packets(packets));
                if !goes_on {
                    break;
                }
            } else if let Some(part) = understood(statement, &[]) {
                parts.push(part);
                steps.push(Step::Result { columns: statement.columns.clone(), style });
            } else {
                steps.push(Step::Packets(vec![syntax_error("?")]));
                break;
            }
        }
        Self::finish("COM_QUERY", parts, steps)
    }

    /// Returns a message with its steps.
    fn finish(name: &str, mut parts: Vec<Asked>, steps: Vec<Step>) -> Received {
        let asked = match parts.len() {
            0 => Asked::new(What::Other, name),
            1 => Asked { name: name.to_owned(), ..parts.remove(0) },
            _ => {
                let keys = parts.iter().flat_map(|part| part.keys.clone()).collect();
                Asked { parts, ..Asked::new(What::Batch, name).on(keys) }
            }
        };
        let asked = with_form(asked, steps);
        if asked.what != What::Other {
            return Received::Asked(asked);
        }
        let reply = reply::all(&asked, &[]).expect("packets alone are a reply");
        asked.own(OwnKind::Housekeeping, reply)
    }

    /// Replies to a statement that is not on the table. Returns whether the next one is run.
    fn other(&mut self, statement: &Statement, style: Style) -> (Vec<Bytes>, bool) {
        let Some(other) = Other::of(statement) else {
            return (vec![syntax_error(statement.verb())], false);
        };
        match other.in_transaction {
            Some(true) => self.style.status |= IN_TRANSACTION,
            Some(false) => self.style.status &= !IN_TRANSACTION,
            None => {}
        }
        (other.packets(Style { status: self.style.status, ..style }), true)
    }

    /// Takes a statement to prepare.
    pub(super) fn prepare(&mut self, text: &str) -> Received {
        let mut statements = read(text, Flavour::MySql);
        let asked = Asked::new(What::Other, "COM_STMT_PREPARE");
        let statement = match (statements.pop(), statements.is_empty()) {
            (Some(statement), true) => statement,
            (Some(statement), false) => {
                let error = syntax_error(statement.verb());
                return Self::own(asked, OwnKind::Housekeeping, &[error]);
            }
            (None, _) => {
                let error = packet::error(1065, "42000", "Query was empty");
                return Self::own(asked, OwnKind::Housekeeping, &[error]);
            }
        };
        if statement.what == What::Other && Other::of(&statement).is_none() {
            let error = syntax_error(statement.verb());
            return Self::own(asked, OwnKind::Housekeeping, &[error]);
        }
        self.last_statement += 1;
        let columns = columns(&statement);
        let mut head = BytesMut::new();
        head.put_u8(0);
        head.put_u32_le(self.last_statement);
        head.put_u16_le(columns.len() as u16);
        head.put_u16_le(statement.parameters() as u16);
        head.put_bytes(0, 3);
        let mut packets = vec![head.freeze()];
        let parameters = vec![packet::column("?", "", TEXT); statement.parameters()];
        for list in [parameters, columns] {
            if !list.is_empty() {
                packets.extend(list);
                packets.extend(packet::columns_end(self.style, self.style.status));
            }
        }
        let types = Vec::new();
        self.statements.insert(self.last_statement, Prepared { statement, types });
        Self::own(asked, OwnKind::Housekeeping, &packets)
    }

    /// Takes a statement to execute; none if its parameters are malformed.
    pub(super) fn execute(&mut self, payload: &[u8]) -> Option<Received> {
        let mut fields = Fields(payload);
        let number = match fields.number(4)? as u32 {
            // With MariaDB, this is the statement prepared last.
            u32::MAX => self.last_statement,
            number => number,
        };
        let (_cursor, _times) = (fields.byte()?, fields.number(4)?);
        let name = "COM_STMT_EXECUTE";
        let Some(prepared) = self.statements.get_mut(&number) else {
            let text = format!(
                "Unknown prepared statement handler ({number}) given to mysqld_stmt_execute"
            );
            let error = packet::error(1243, "HY000", &text);
            return Some(Self::own(Asked::new(What::Other, name), OwnKind::Housekeeping, &[error]));
        };
        let count = prepared.statement.parameters();
        let mut parameters = Vec::new();
        if count > 0 {
            let nulls = fields.take(count.div_ceil(8))?;
            if fields.byte()? == 1 {
                let types = fields.take(2 * count)?;
                prepared.types = types.chunks(2).map(|kind| kind[0]).collect();
            }
            for nth in 0..count {
                let kind = *prepared.types.get(nth)?;
                let is_null = nulls[nth / 8] >> (nth % 8) & 1 == 1;
                parameters.push(if is_null { None } else { Some(parameter(&mut fields, kind)?) });
            }
        }
        let statement = prepared.statement.clone();
        let style = Style { is_binary: true, ..self.style };
        if statement.what == What::Other {
            let (packets, _) = self.other(&statement, style);
            return Some(Self::finish(name, Vec::new(), vec![Step::Packets(packets)]));
        }
        let Some(part) = understood(&statement, &parameters) else {
            let error = packet::error(1048, "23000", "Column 'key' cannot be null");
            return Some(Self::own(Asked::new(What::Other, name), OwnKind::Housekeeping, &[error]));
        };
        let step = Step::Result { columns: statement.columns, style };
        Some(Self::finish(name, vec![part], vec![step]))
    }
}

/// Reads a parameter of a type; none if it is malformed or of a type that is no text or number.
fn parameter(fields: &mut Fields<'_>, kind: u8) -> Option<String> {
    match kind {
        0x01 => Some((fields.number(1)? as i8).to_string()),
        0x02 => Some((fields.number(2)? as i16).to_string()),
        0x03 | 0x09 => Some((fields.number(4)? as i32).to_string()),
        0x08 => Some((fields.number(8)? as i64).to_string()),
        0x00 | 0x0f | 0xf5..=0xfe => fields.text(),
        _ => None,
    }
}

fn syntax_error(near: &str) -> Bytes {
    let text = format!("You have an error in your SQL syntax near '{near}'");
    packet::error(1064, "42000", &text)
}
