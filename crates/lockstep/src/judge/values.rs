//! What calls return: each value and each error, against the replies that were sent.

use super::{Seen, TraceInvariant, TraceJudge, name};
use crate::schedule::{CallId, Form, Request, Single};
use crate::trace::{Asked, CommandId, Seal, answered_by, number_of};
use serde_json::Value;

impl TraceJudge<'_> {
    pub(super) fn returned(&mut self, call: CallId, value: &Value) {
        let Some(request) = self.requests.get(&call).copied() else { return };
        if let Request::Mget(keys) = request
            && self.may_be_odd(call, value, |asked| matches!(asked, Asked::Mget(of) if of == keys))
        {
            return self.failed(call, &value.to_string());
        }
        let wrong_shape = |expected: usize| {
            format!("call {call}, {request}, is handed {value}, where {expected} replies belong")
        };
        match (request, value) {
            (Request::One(single), _) => self.reply(call, single, value),
            (Request::Mget(keys), Value::Array(values)) if values.len() == keys.len() => {
                for (key, value) in keys.iter().zip(values) {
                    self.value(call, key, Some(keys), value);
                }
            }
            (Request::Pipeline(singles) | Request::Transaction(singles), Value::Array(values))
                if values.len() == singles.len() =>
            {
                for (single, value) in singles.iter().zip(values) {
                    match value.get("error").and_then(Value::as_str) {
                        Some(text) => self.failed(call, text),
                        None => self.reply(call, single, value),
                    }
                }
            }
            (Request::Mget(keys), _) => self.misfit(call, wrong_shape(keys.len()), value),
            // The transaction was not carried out.
            (Request::Transaction(singles), _)
                if self.may_be_odd(call, value, |asked| is_exec_of(asked, singles)) =>
            {
                self.failed(call, &value.to_string());
            }
            (Request::Pipeline(singles) | Request::Transaction(singles), _) => {
                self.misfit(call, wrong_shape(singles.len()), value);
            }
        }
    }

    /// Judges a value that does not fit the request at all.
    fn misfit(&mut self, call: CallId, told: String, value: &Value) {
        self.tested(TraceInvariant::Correlation);
        self.breach(TraceInvariant::Correlation, told);
        self.failed(call, &value.to_string());
    }

    /// Returns whether a value without another's seal may be the reply to a command of the call
    /// that was answered in another form than the usual one.
    fn may_be_odd(&self, call: CallId, value: &Value, is_it: impl Fn(&Asked) -> bool) -> bool {
        let began = self.began.get(&call).copied().unwrap_or_default();
        self.commands.iter().any(|(command, of)| {
            is_it(of.asked)
                && (of.arrived > began || self.cache.exists)
                && of.odd_form().is_some_and(|form| fits(form, *command, value))
        })
    }

    fn reply(&mut self, call: CallId, single: &Single, value: &Value) {
        match single {
            Single::Get(key) => self.value(call, key, None, value),
            Single::Set(key) => self.stored(call, key, value),
            Single::Increment(key) => self.added(call, key, value),
            // No reply belongs to it; what a library makes of its own failure is its own affair.
            Single::Unencodable(_) => self.failed(call, &value.to_string()),
        }
    }

    /// Judges a value returned for a key, by GET or by MGET of `keys`.
    fn value(&mut self, call: CallId, key: &String, keys: Option<&Vec<String>>, value: &Value) {
        self.tested(TraceInvariant::Provenance);
        self.tested(TraceInvariant::Correlation);
        let caches = self.cache.exists;
        let reads = |asked: &Asked| {
            let get = |part: &Asked| matches!(part, Asked::Get(of) if of == key);
            asked.parts().iter().any(get)
        };
        let one = |asked: &Asked| {
            let alone = keys.is_none() && reads(asked);
            alone || (caches && asked.keys().contains(key))
        };
        if self.may_be_odd(call, value, one) {
            return self.failed(call, &value.to_string());
        }
        let seal = value.as_str().and_then(Seal::read);
        if seal.as_ref().is_none_or(|seal| seal.key != *key) {
            let told = format!("call {call} is handed {value} as the value of \"{key}\"");
            self.breach(TraceInvariant::Provenance, told);
        }
        let Some(seal) = seal else {
            let told = format!("call {call} is handed {value}, which is no reply to its command");
            return self.breach(TraceInvariant::Correlation, told);
        };
        let of = self.commands.get(&seal.command);
        let began = self.began.get(&call).copied().unwrap_or_default();
        let same = |asked: &Asked| match (asked, keys) {
            (asked, None) => reads(asked),
            (Asked::Mget(asked), Some(keys)) if asked == keys => true,
            // The library asked for some of the keys at a time.
            (Asked::Get(_) | Asked::Mget(_), Some(_)) => {
                asked.keys().contains(key) && of.is_some_and(|of| of.call == Some(call))
            }
            _ => false,
        };
        if of.is_some_and(|of| same(of.asked) && of.arrived > began && of.may_have_value()) {
            return;
        }
        if self.is_cached(key, &seal) {
            return self.stale(call, &seal);
        }
        let whose = of.map_or_else(
            || "nothing".to_owned(),
            |of| format!("{} of {}", of.asked, name(of.call)),
        );
        let told = format!("call {call} is handed {value}, the reply to {whose}");
        self.breach(TraceInvariant::Correlation, told);
    }

    /// Judges a value returned for a SET.
    fn stored(&mut self, call: CallId, key: &str, value: &Value) {
        self.tested(TraceInvariant::Correlation);
        let stores = |asked: &Asked| {
            let set = |part: &Asked| matches!(part, Asked::Set(of, _) if of == key);
            asked.parts().iter().any(set)
        };
        let odd = |of: &Seen| {
            let same = stores(of.asked);
            same && of.call == Some(call) && of.odd_form().is_some()
        };
        if self.commands.values().any(odd) {
            return self.failed(call, &value.to_string());
        }
        let is_ok = *value == Value::Bool(true) || *value == "OK";
        let mine = |of: &Seen| {
            let same = stores(of.asked);
            same && of.call == Some(call) && of.is_said()
        };
        if !is_ok {
            let told = format!(
                "call {call} is handed {value} for its SET of \"{key}\", which is no reply to a SET"
            );
            self.breach(TraceInvariant::Correlation, told);
        } else if !self.commands.values().any(mine) {
            let told = format!(
                "call {call} is told that its SET of \"{key}\" is done, which no reply has said"
            );
            self.breach(TraceInvariant::Correlation, told);
        }
    }

    /// Judges a number returned for an INCR.
    fn added(&mut self, call: CallId, key: &str, value: &Value) {
        self.tested(TraceInvariant::Correlation);
        let is_it = |asked: &Asked| {
            let add = |part: &Asked| matches!(part, Asked::Increment(of) if of == key);
            asked.parts().iter().any(add)
        };
        if self.may_be_odd(call, value, is_it) {
            return self.failed(call, &value.to_string());
        }
        let began = self.began.get(&call).copied().unwrap_or_default();
        let number = match value {
            Value::String(text) => text.parse().ok(),
            other => other.as_u64(),
        };
        let mine = |(command, of): (&CommandId, &Seen)| {
            let same = is_it(of.asked) && of.arrived > began && of.has_value();
            same && number == Some(number_of(*command))
        };
        if self.commands.iter().any(mine) {
            return;
        }
        let of = number.and_then(answered_by).and_then(|command| self.commands.get(&command));
        let what = match of {
            Some(of) => format!("the reply to {} of {}", of.asked, name(of.call)),
            None => "which is no reply to it".to_owned(),
        };
        let told = format!("call {call} is handed {value} for its INCR of \"{key}\", {what}");
        self.breach(TraceInvariant::Correlation, told);
    }

    /// Judges a text returned in place of a value: a seal in it must belong to the call.
    pub(super) fn failed(&mut self, call: CallId, text: &str) {
        for seal in Seal::all_in(text) {
            self.tested(TraceInvariant::Correlation);
            // A text may contain what only looks like a seal.
            let Some(of) = self.commands.get(&seal.command) else { continue };
            let began = self.began.get(&call).copied().unwrap_or_default();
            let mine = of.call == Some(call);
            let alike = of.arrived > began && self.asks_for(call, of.asked);
            // A cache may have kept what it makes of an odd reply, too.
            let cached = self.cache.exists && self.asks_for_key(call, &seal.key);
            if of.asked.keys().contains(&seal.key) && !mine && !alike && !cached {
                let told = format!(
                    "call {call} is handed an error with {seal}, the reply to {} of {}",
                    of.asked,
                    name(of.call)
                );
                self.breach(TraceInvariant::Correlation, told);
            }
        }
    }

    /// Returns whether a call is about a key.
    fn asks_for_key(&self, call: CallId, key: &String) -> bool {
        match self.requests.get(&call) {
            Some(Request::Mget(keys)) => keys.contains(key),
            Some(request) => request.singles().iter().any(|single| single.key() == key),
            None => false,
        }
    }

    /// Returns whether a call sends a command like this one.
    fn asks_for(&self, call: CallId, asked: &Asked) -> bool {
        let single = |single: &Single| match (single, asked) {
            (Single::Get(key), Asked::Get(asked))
            | (Single::Increment(key), Asked::Increment(asked)) => key == asked,
            _ => false,
        };
        match self.requests.get(&call) {
            Some(Request::One(one)) => single(one),
            Some(Request::Pipeline(singles)) => singles.iter().any(single),
            Some(Request::Transaction(singles)) => is_exec_of(asked, singles),
            Some(Request::Mget(keys)) => matches!(asked, Asked::Mget(asked) if asked == keys),
            None => false,
        }
    }
}

/// Returns whether a command may be the transaction of these commands.
fn is_exec_of(asked: &Asked, singles: &[Single]) -> bool {
    asked.keys().iter().eq(singles.iter().map(Single::key))
}

/// Returns whether a library may return this value for a reply in this form. Libraries differ in
/// what they make of "no value", and of a reply that they did not expect.
fn fits(form: Form, command: CommandId, value: &Value) -> bool {
    match form {
        Form::Value => false,
        Form::Nil | Form::Empty => match value {
            Value::Null | Value::Bool(false) => true,
            Value::String(text) => text.is_empty(),
            Value::Array(values) => values.iter().all(|value| fits(form, command, value)),
            _ => false,
        },
        Form::Nested => value.is_array(),
        Form::OtherType => match value {
            Value::Number(number) => {
                number.as_u64().is_some_and(|found| found == 1 || found == u64::from(command))
            }
            Value::String(text) => *text == command.to_string() || text == "1",
            Value::Array(values) => values.is_empty(),
            _ => false,
        },
    }
}
