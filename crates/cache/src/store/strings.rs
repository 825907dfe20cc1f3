//! Commands that read and write values.

use super::{
    Call, CommandName, NOT_AN_INTEGER, Refused, SYNTAX,
    expiry::{Unit, invalid_expire_time},
    keyspace::Place,
};
use crate::{resp, seal};
use bytes::BufMut;

/// The life that GETEX gives a key.
#[derive(Clone, Copy, PartialEq, Eq)]
enum NewLife {
    /// The life that it has.
    Same,
    /// No end.
    Endless,
    /// The unit, and the argument with the number.
    Until(Unit, usize),
}

/// The options of SET.
#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a word of the command")]
struct SetOptions {
    only_new: bool,
    only_present: bool,
    /// The argument with the value that the key must hold, as from Redis 8.4 on.
    only_if_equal: Option<usize>,
    get: bool,
    keep_ttl: bool,
    /// The unit, and the argument with the number.
    expire: Option<(Unit, usize)>,
}

impl Call<'_> {
    pub(super) fn get(&mut self) {
        let place = self.touch(1);
        self.write_value(place);
    }

    /// Runs GETEX. An expiry is checked only if the key exists.
    pub(super) fn get_ex(&mut self) -> Result<(), Refused> {
        let life = self.new_life()?;
        let Some(place) = self.touch(1) else {
            self.write_value(None);
            return Ok(());
        };
        let expires_at_ms = match life {
            NewLife::Same | NewLife::Endless => None,
            NewLife::Until(unit, at) => Some((unit, self.set_expiry_ms(unit, at)?)),
        };
        self.write_value(Some(place));
        match expires_at_ms {
            Some((Unit::ExAt | Unit::PxAt, at_ms)) if at_ms <= self.now_ms => {
                self.keyspace.remove(place);
            }
            Some((_, at_ms)) => self.keyspace.set_expiry(place, Some(at_ms)),
            None if life == NewLife::Endless => self.keyspace.set_expiry(place, None),
            None => {}
        }
        Ok(())
    }

    /// Parses the options of GETEX as Redis does: the last expiry given counts, and no other unit
    /// or PERSIST is allowed beside it.
    fn new_life(&self) -> Result<NewLife, Refused> {
        let mut life = NewLife::Same;
        let mut at = 2;
        while at < self.args.len() {
            let unit = Unit::ALL.into_iter().find(|unit| self.says(at, unit.option()));
            let is_free = match (life, unit) {
                (NewLife::Same, _) | (NewLife::Endless, None) => true,
                (NewLife::Until(earlier, _), Some(unit)) => earlier == unit,
                _ => false,
            };
            match unit {
                Some(unit) if is_free && at + 1 < self.args.len() => {
                    life = NewLife::Until(unit, at + 1);
                    at += 1;
                }
                None if is_free && self.says(at, "PERSIST") => life = NewLife::Endless,
                _ => return Err(SYNTAX.into()),
            }
            at += 1;
        }
        Ok(life)
    }

    pub(super) fn get_del(&mut self) {
        let place = self.touch(1);
        self.write_value(place);
        if let Some(place) = place {
            self.keyspace.remove(place);
        }
    }

    pub(super) fn mget(&mut self) {
        resp::write_array_header(self.out, self.args.len() - 1);
        for at in 1..self.args.len() {
            let place = self.touch(at);
            self.write_value(place);
        }
    }

    pub(super) fn set(&mut self) -> Result<(), Refused> {
        let options = self.set_options()?;
        let expires_at_ms = match options.expire {
            Some((unit, at)) => Some(self.set_expiry_ms(unit, at)?),
            None => None,
        };
        let place = self.touch(1);
        if options.get {
            self.write_value(place);
        }
        if self.is_ruled_out(place, &options) {
            if !options.get {
                resp::write_nil(self.out);
            }
            return Ok(());
        }
        let expires_at_ms = match place {
            Some(place) if options.keep_ttl => self.keyspace.expires_at_ms(place),
            _ => expires_at_ms,
        };
        let place = self.put(place, 1, 2);
        self.keyspace.set_expiry(place, expires_at_ms);
        if !options.get {
            self.ok();
        }
        Ok(())
    }

    /// Returns whether NX, XX or IFEQ forbids the write.
    fn is_ruled_out(&self, place: Option<Place>, options: &SetOptions) -> bool {
        let Some(place) = place else {
            return options.only_present || options.only_if_equal.is_some();
        };
        // A seal belongs to the harness and says when a value was written, not what it is.
        let under_seals = |at: usize| {
            seal::value_under(self.keyspace.value(place)) == seal::value_under(&self.args[at])
        };
        options.only_new || options.only_if_equal.is_some_and(|at| !under_seals(at))
    }

    /// Parses the options as Redis does: a word that contradicts an earlier one is a syntax error,
    /// a repeated word is not, and the last expiry given counts.
    fn set_options(&self) -> Result<SetOptions, Refused> {
        let mut options = SetOptions::default();
        let mut at = 3;
        while at < self.args.len() {
            let unit = Unit::ALL.into_iter().find(|unit| self.says(at, unit.option()));
            let has_next = at + 1 < self.args.len();
            let unequalled = options.only_if_equal.is_none();
            if self.says(at, "NX") && !options.only_present && unequalled {
                options.only_new = true;
            } else if self.says(at, "XX") && !options.only_new && unequalled {
                options.only_present = true;
            } else if self.says(at, "IFEQ")
                && !(options.only_new || options.only_present)
                && unequalled
                && has_next
            {
                options.only_if_equal = Some(at + 1);
                at += 1;
            } else if self.says(at, "GET") {
                options.get = true;
            } else if self.says(at, "KEEPTTL") && options.expire.is_none() {
                options.keep_ttl = true;
            } else if let Some(unit) = unit
                && !options.keep_ttl
                && options.expire.is_none_or(|(earlier, _)| earlier == unit)
                && has_next
            {
                options.expire = Some((unit, at + 1));
                at += 1;
            } else {
                return Err(SYNTAX.into());
            }
            at += 1;
        }
        Ok(options)
    }

    /// Returns the last millisecond of a value set with an expiry; the number must be positive.
    fn set_expiry_ms(&self, unit: Unit, at: usize) -> Result<i64, Refused> {
        let number = self.number(at)?;
        Some(number)
            .filter(|number| *number > 0)
            .and_then(|number| unit.at_ms(number, self.now_ms))
            .ok_or_else(|| invalid_expire_time(self.name()))
    }

    pub(super) fn set_nx(&mut self) {
        let place = self.touch(1);
        if place.is_none() {
            self.put(None, 1, 2);
        }
        self.int(i64::from(place.is_none()));
    }

    pub(super) fn set_ex(&mut self) -> Result<(), Refused> {
        let unit = if self.done.name == CommandName::SetEx { Unit::Ex } else { Unit::Px };
        let expires_at_ms = self.set_expiry_ms(unit, 2)?;
        let place = self.touch(1);
        let place = self.put(place, 1, 3);
        self.keyspace.set_expiry(place, Some(expires_at_ms));
        self.ok();
        Ok(())
    }

    pub(super) fn mset(&mut self) -> Result<(), Refused> {
        if self.args.len().is_multiple_of(2) {
            return Err(self.wrong_arity());
        }
        for at in (1..self.args.len()).step_by(2) {
            let place = self.touch(at);
            self.put(place, at, at + 1);
        }
        self.ok();
        Ok(())
    }

    pub(super) fn del(&mut self) {
        for at in 1..self.args.len() {
            if let Some(place) = self.peek(at) {
                self.keyspace.remove(place);
            }
        }
        self.int(i64::from(self.done.found));
    }

    pub(super) fn exists(&mut self) {
        for at in 1..self.args.len() {
            self.peek(at);
        }
        self.int(i64::from(self.done.found));
    }

    /// Runs INCR, DECR, INCRBY and DECRBY. The time to live stays.
    pub(super) fn incr(&mut self) -> Result<(), Refused> {
        let step = match self.done.name {
            CommandName::Incr => 1,
            CommandName::Decr => -1,
            CommandName::DecrBy => {
                let step = self.number(2)?.checked_neg();
                step.ok_or("ERR decrement would overflow")?
            }
            _ => self.number(2)?,
        };
        let place = self.touch(1);
        let number = match place {
            None => 0,
            Some(place) => resp::parse_int(self.keyspace.value(place)).ok_or(NOT_AN_INTEGER)?,
        };
        let number = number.checked_add(step).ok_or("ERR increment or decrement would overflow")?;
        let text = number.to_string();
        match place {
            Some(place) => text.as_bytes().clone_into(self.keyspace.value_mut(place)),
            None => {
                self.insert(1, text.as_bytes());
            }
        }
        self.done.number = Some(number);
        self.int(number);
        Ok(())
    }

    pub(super) fn append(&mut self) -> Result<(), Refused> {
        let args = self.args;
        let Some(place) = self.touch(1) else {
            self.put(None, 1, 2);
            self.int(args[2].len() as i64);
            return Ok(());
        };
        let value = self.keyspace.value_mut(place);
        let len = (value.len() + args[2].len()) as i64;
        if len > resp::MAX_BULK_LEN {
            return Err("ERR string exceeds maximum allowed size (proto-max-bulk-len)".into());
        }
        value.extend_from_slice(&args[2]);
        self.int(len);
        Ok(())
    }

    pub(super) fn str_len(&mut self) {
        let len = self.touch(1).map_or(0, |place| self.keyspace.value(place).len());
        self.int(len as i64);
    }

    /// Finds the key in argument `at` and counts it as found.
    pub(super) fn peek(&mut self, at: usize) -> Option<Place> {
        let place = self.keyspace.peek(self.now_ms, self.session.db, &self.args[at]);
        self.done.found += u32::from(place.is_some());
        place
    }

    /// As `peek`, and counts as a use of the key.
    pub(super) fn touch(&mut self, at: usize) -> Option<Place> {
        let place = self.keyspace.touch(self.now_ms, self.session.db, &self.args[at]);
        self.done.found += u32::from(place.is_some());
        place
    }

    /// Stores argument `value` under argument `key`, which was found at `place`, and clears its
    /// expiry.
    fn put(&mut self, place: Option<Place>, key: usize, value: usize) -> Place {
        let args = self.args;
        let Some(place) = place else { return self.insert(key, &args[value]) };
        args[value].as_ref().clone_into(self.keyspace.value_mut(place));
        self.keyspace.set_expiry(place, None);
        place
    }

    fn insert(&mut self, key: usize, value: &[u8]) -> Place {
        let (place, evicted) = self.keyspace.insert(self.session.db, &self.args[key], value);
        self.done.evicted += u32::from(evicted);
        place
    }

    fn write_value(&mut self, place: Option<Place>) {
        let Some(place) = place else { return resp::write_nil(self.out) };
        let value = self.keyspace.value(place);
        resp::write_bulk_header(self.out, value.len());
        let end = self.out.len() + value.len();
        (self.emit)(value, self.out);
        assert_eq!(self.out.len(), end, "`emit` keeps the length of the value");
        self.out.put_slice(b"\r\n");
    }
}
