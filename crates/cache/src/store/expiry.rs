//! Commands about a key's time to live, and their units.

use super::{Call, CommandName, Refused};

/// The unit of a time in a command.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    /// Seconds from now.
    Ex,
    /// Milliseconds from now.
    Px,
    /// Seconds of Unix time.
    ExAt,
    /// Milliseconds of Unix time.
    PxAt,
}

impl Unit {
    pub(super) const ALL: [Self; 4] = [Self::Ex, Self::Px, Self::ExAt, Self::PxAt];

    /// Returns the option of SET.
    pub(super) fn option(self) -> &'static str {
        match self {
            Self::Ex => "EX",
            Self::Px => "PX",
            Self::ExAt => "EXAT",
            Self::PxAt => "PXAT",
        }
    }

    /// Converts to a millisecond of Unix time; `None` when it is out of range.
    pub(super) fn at_ms(self, number: i64, now_ms: i64) -> Option<i64> {
        let number = match self {
            Self::Ex | Self::ExAt => number.checked_mul(1000)?,
            Self::Px | Self::PxAt => number,
        };
        match self {
            Self::Ex | Self::Px => number.checked_add(now_ms),
            Self::ExAt | Self::PxAt => Some(number),
        }
    }
}

pub(super) fn invalid_expire_time(command: &str) -> Refused {
    format!("ERR invalid expire time in '{command}' command").into()
}

/// The conditions of EXPIRE and related commands.
#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a word of the command")]
struct Conditions {
    /// NX: the key does not expire yet.
    none_yet: bool,
    /// XX: the key expires already.
    has_one: bool,
    /// GT: the key expires before the new time.
    later: bool,
    /// LT: the key expires after the new time, or never.
    earlier: bool,
}

impl Conditions {
    fn allow(&self, current: Option<i64>, new: i64) -> bool {
        !((self.none_yet && current.is_some())
            || (self.has_one && current.is_none())
            || (self.later && current.is_none_or(|current| new <= current))
            || (self.earlier && current.is_some_and(|current| new >= current)))
    }
}

impl Call<'_> {
    /// Runs EXPIRE, PEXPIRE, EXPIREAT and PEXPIREAT. A time that is not in the future deletes the
    /// key.
    pub(super) fn expire(&mut self) -> Result<(), Refused> {
        let conditions = self.conditions()?;
        let unit = match self.done.name {
            CommandName::Expire => Unit::Ex,
            CommandName::PExpire => Unit::Px,
            CommandName::ExpireAt => Unit::ExAt,
            _ => Unit::PxAt,
        };
        let at_ms = unit
            .at_ms(self.number(2)?, self.now_ms)
            .ok_or_else(|| invalid_expire_time(self.name()))?;
        let place = self
            .touch(1)
            .filter(|place| conditions.allow(self.keyspace.expires_at_ms(*place), at_ms));
        match place {
            Some(place) if at_ms <= self.now_ms => self.keyspace.remove(place),
            Some(place) => self.keyspace.set_expiry(place, Some(at_ms)),
            None => {}
        }
        self.int(i64::from(place.is_some()));
        Ok(())
    }

    fn conditions(&self) -> Result<Conditions, Refused> {
        let mut found = Conditions::default();
        for at in 3..self.args.len() {
            let flag = match () {
                () if self.says(at, "NX") => &mut found.none_yet,
                () if self.says(at, "XX") => &mut found.has_one,
                () if self.says(at, "GT") => &mut found.later,
                () if self.says(at, "LT") => &mut found.earlier,
                () => {
                    return Err(Refused::quoting("ERR Unsupported option ", &self.args[at], ""));
                }
            };
            *flag = true;
        }
        let Conditions { none_yet, has_one, later, earlier } = found;
        if none_yet && (has_one || later || earlier) {
            let text = "NX and XX, GT or LT options at the same time are not compatible";
            return Err(format!("ERR {text}").into());
        }
        if later && earlier {
            return Err("ERR GT and LT options at the same time are not compatible".into());
        }
        Ok(found)
    }

    /// Runs TTL, rounded to the nearest second, and PTTL.
    pub(super) fn ttl(&mut self) {
        let left = match self.peek(1).map(|place| self.keyspace.expires_at_ms(place)) {
            None => -2,
            Some(None) => -1,
            Some(Some(at_ms)) => {
                // Not negative, since the key would be gone.
                let left_ms = at_ms - self.now_ms;
                let in_seconds = self.done.name == CommandName::Ttl;
                // A plain sum would overflow at the last possible millisecond.
                if in_seconds { left_ms / 1000 + i64::from(left_ms % 1000 >= 500) } else { left_ms }
            }
        };
        self.int(left);
    }

    pub(super) fn persist(&mut self) {
        let place = self.touch(1).filter(|place| self.keyspace.expires_at_ms(*place).is_some());
        if let Some(place) = place {
            self.keyspace.set_expiry(place, None);
        }
        self.int(i64::from(place.is_some()));
    }
}
