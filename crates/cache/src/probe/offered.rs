//! The ends of the calls that only some clients offer.

use super::{Open, Probe};
use crate::client::CacheError;
use crate::offers::{Changes, Lookup};
use crosswire_history::{CallOutcome, Fact};

impl Probe {
    /// Ends a read that may have returned that its key is known to be absent.
    pub(super) fn looked_up(
        &self,
        open: Open<'_>,
        result: Result<Lookup, CacheError>,
    ) -> Result<Lookup, CacheError> {
        let value = match result {
            Ok(Lookup::Value(sealed)) => Ok(Some(sealed)),
            Ok(Lookup::Unknown) => Ok(None),
            Ok(Lookup::Absent) => {
                let (call, asked) = (open.call, open.keys[0]);
                open.check_founded(asked);
                self.record(Fact::KnownAbsent { call, key: asked });
                let returned = self.tap.origin_of_absence(asked);
                self.record(Fact::Value { call, asked, returned });
                open.end(CallOutcome::Hit);
                return Ok(Lookup::Absent);
            }
            Err(error) => Err(error),
        };
        let value = self.answered(open, value)?;
        Ok(value.map_or(Lookup::Unknown, Lookup::Value))
    }

    /// Ends a call that counted, and records where its number came from.
    pub(super) fn counted(&self, open: Open<'_>, result: &Result<i64, CacheError>) {
        let (call, asked) = (open.call, open.keys[0]);
        if let Ok(number) = *result {
            open.check_founded(asked);
            let origin = self.tap.origin_of_number(self.node, (call, asked), number);
            if let Some(returned) = origin {
                self.record(Fact::Value { call, asked, returned });
            }
        }
        open.end_with(result);
    }

    /// Ends a call that asked which keys have changed, and records its answer.
    pub(super) fn told(&self, open: Open<'_>, result: &Result<Changes, CacheError>) {
        let call = open.call;
        match result {
            Ok(Changes::Any) => self.record(Fact::AnyChanged { call }),
            Ok(Changes::Keys(keys)) => {
                for key in keys {
                    self.record(Fact::NamedChanged { call, key: self.key(key) });
                }
            }
            Err(_) => {}
        }
        open.end(match result {
            Ok(Changes::Keys(keys)) if keys.is_empty() => CallOutcome::Miss,
            Ok(_) => CallOutcome::Hit,
            Err(_) => CallOutcome::Error,
        });
    }
}
