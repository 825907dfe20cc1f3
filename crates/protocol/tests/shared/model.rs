//! A server with data: the answers that a schedule would choose to be ordinary.

use crosswire_protocol::{Answer, Asked, ErrorKind, What, When};
use std::collections::BTreeMap;

/// The items, and the errors of the protocol.
pub struct Model {
    pub items: BTreeMap<String, String>,
    /// The error for a value that is no number.
    pub no_number: (ErrorKind, &'static str),
    /// A number that becomes shorter is filled up with spaces, as memcached does.
    pub fills_up: bool,
}

impl Default for Model {
    fn default() -> Self {
        let no_number = (ErrorKind::Refused, "value is not an integer or out of range");
        Self { items: BTreeMap::new(), no_number, fills_up: false }
    }
}

impl Model {
    /// Returns the answer to a command, and carries it out.
    pub fn answer(&mut self, asked: &Asked) -> Answer {
        if asked.queued {
            return Answer::Done;
        }
        let first = asked.keys.first().cloned().unwrap_or_default();
        match asked.what {
            What::Get | What::GetMany => {
                Answer::Values(asked.keys.iter().map(|key| self.items.get(key).cloned()).collect())
            }
            What::Set => {
                let is_there = self.items.contains_key(&first);
                match asked.when {
                    When::Absent if is_there => return Answer::NotDone,
                    When::Present if !is_there => return Answer::NotDone,
                    _ => {}
                }
                self.items.insert(first, asked.value.clone().expect("a value to store"));
                Answer::Done
            }
            What::Increment => self.add(asked, first),
            What::Delete => {
                let there = asked.keys.iter().filter(|key| self.items.remove(*key).is_some());
                Answer::Number(there.count() as i64)
            }
            What::Exec | What::Batch => {
                Answer::Many(asked.parts.iter().map(|part| self.answer(part)).collect())
            }
            What::Other if asked.keys.iter().any(|key| !self.items.contains_key(key)) => {
                Answer::NotDone
            }
            _ => asked.usual(),
        }
    }

    fn add(&mut self, asked: &Asked, key: String) -> Answer {
        let by: i64 = asked.value.as_deref().unwrap_or("1").parse().expect("a number to add");
        let number = match self.items.get(&key).map(|text| text.trim_end().parse::<i64>()) {
            None if asked.when == When::Present => return Answer::NotDone,
            None => 0,
            Some(Ok(number)) => number,
            Some(Err(_)) => {
                let (kind, text) = &self.no_number;
                return Answer::Error(kind.clone(), (*text).to_owned());
            }
        };
        // Where numbers have no sign, they end at 0.
        let sum = if asked.when == When::Present { (number + by).max(0) } else { number + by };
        let mut text = sum.to_string();
        if self.fills_up
            && by < 0
            && let Some(old) = self.items.get(&key)
        {
            text = format!("{text:<len$}", len = old.len());
        }
        self.items.insert(key, text);
        Answer::Number(sum)
    }
}
