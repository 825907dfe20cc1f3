//! The commands that a caching client uses most, against a list of entries that is searched from
//! front to back. The model states the rules again and calls none of the store's code.

use super::Fixture;
use proptest::{collection::vec, prelude::*};

#[derive(Clone, Debug)]
enum Step {
    Get(u8),
    Mget(Vec<u8>),
    Set(u8, i64, Life),
    Del(Vec<u8>),
    Expire(u8, i64),
    Ttl(u8),
    Incr(u8),
    DbSize,
    Wait(u64),
}

#[derive(Clone, Copy, Debug)]
enum Life {
    Forever,
    Px(i64),
    Keep,
}

fn step() -> impl Strategy<Value = Step> {
    let key = 0_u8..4;
    let keys = vec(key.clone(), 1..4);
    let life = prop_oneof![
        Just(Life::Forever),
        Just(Life::Keep),
        // Close to the waits below, so that tests hit the boundaries.
        (1_i64..5).prop_map(Life::Px),
        (1_i64..3_000).prop_map(Life::Px),
    ];
    prop_oneof![
        key.clone().prop_map(Step::Get),
        keys.clone().prop_map(Step::Mget),
        (key.clone(), prop_oneof![-2_i64..3, Just(i64::MAX)], life)
            .prop_map(|(key, value, life)| Step::Set(key, value, life)),
        keys.prop_map(Step::Del),
        (key.clone(), -1_i64..3).prop_map(|(key, seconds)| Step::Expire(key, seconds)),
        key.clone().prop_map(Step::Ttl),
        key.prop_map(Step::Incr),
        Just(Step::DbSize),
        prop_oneof![0_u64..5, 0_u64..1_500].prop_map(Step::Wait),
    ]
}

#[derive(Default)]
struct Model {
    /// Key, value, and the last millisecond at which the key exists.
    entries: Vec<(u8, i64, Option<i64>)>,
}

impl Model {
    fn position(&self, key: u8) -> Option<usize> {
        self.entries.iter().position(|entry| entry.0 == key)
    }

    fn bulk(&self, key: u8) -> String {
        match self.position(key) {
            None => r"$-1\r\n".to_owned(),
            Some(at) => {
                let text = self.entries[at].1.to_string();
                format!(r"${}\r\n{text}\r\n", text.len())
            }
        }
    }

    fn delete(&mut self, key: u8) -> i64 {
        let before = self.entries.len();
        self.entries.retain(|entry| entry.0 != key);
        (before - self.entries.len()) as i64
    }

    /// Returns the reply, with line ends escaped.
    fn answer(&mut self, now: i64, step: &Step) -> String {
        self.entries.retain(|entry| entry.2.is_none_or(|last| now <= last));
        let number = match step {
            Step::Get(key) => return self.bulk(*key),
            Step::Mget(keys) => {
                let values: String = keys.iter().map(|key| self.bulk(*key)).collect();
                return format!(r"*{}\r\n{values}", keys.len());
            }
            Step::Set(key, value, life) => {
                let old = self.position(*key).and_then(|at| self.entries[at].2);
                let last = match life {
                    Life::Forever => None,
                    Life::Px(ms) => Some(now + ms),
                    Life::Keep => old,
                };
                self.delete(*key);
                self.entries.push((*key, *value, last));
                return r"+OK\r\n".to_owned();
            }
            Step::Del(keys) => keys.iter().map(|key| self.delete(*key)).sum(),
            Step::Expire(key, seconds) => match self.position(*key) {
                None => 0,
                Some(_) if *seconds <= 0 => self.delete(*key),
                Some(at) => {
                    self.entries[at].2 = Some(now + seconds * 1000);
                    1
                }
            },
            Step::Ttl(key) => match self.position(*key).map(|at| self.entries[at].2) {
                None => -2,
                Some(None) => -1,
                Some(Some(last)) => (last - now + 500) / 1000,
            },
            Step::Incr(key) => {
                let at = self.position(*key).unwrap_or_else(|| {
                    self.entries.push((*key, 0, None));
                    self.entries.len() - 1
                });
                match self.entries[at].1.checked_add(1) {
                    None => {
                        return r"-ERR increment or decrement would overflow\r\n".to_owned();
                    }
                    Some(number) => {
                        self.entries[at].1 = number;
                        number
                    }
                }
            }
            Step::DbSize => self.entries.len() as i64,
            Step::Wait(_) => return String::new(),
        };
        format!(r":{number}\r\n")
    }
}

fn line(step: &Step) -> String {
    let many = |name: &str, keys: &[u8]| {
        keys.iter().fold(name.to_owned(), |line, key| format!("{line} {key}"))
    };
    match step {
        Step::Get(key) => format!("GET {key}"),
        Step::Mget(keys) => many("MGET", keys),
        Step::Set(key, value, Life::Forever) => format!("SET {key} {value}"),
        Step::Set(key, value, Life::Px(ms)) => format!("SET {key} {value} PX {ms}"),
        Step::Set(key, value, Life::Keep) => format!("SET {key} {value} KEEPTTL"),
        Step::Del(keys) => many("DEL", keys),
        Step::Expire(key, seconds) => format!("EXPIRE {key} {seconds}"),
        Step::Ttl(key) => format!("TTL {key}"),
        Step::Incr(key) => format!("INCR {key}"),
        Step::DbSize => "DBSIZE".to_owned(),
        Step::Wait(_) => String::new(),
    }
}

proptest! {
    #[test]
    fn the_store_answers_as_the_model(steps in vec(step(), 1..120)) {
        let mut fixture = Fixture::new(0);
        let mut model = Model::default();
        for step in steps {
            if let Step::Wait(ms) = step {
                fixture.now_ms += ms;
                continue;
            }
            let expected = model.answer(fixture.now_ms as i64, &step);
            prop_assert_eq!(fixture.reply(&line(&step)), expected, "{:?}", step);
        }
    }
}
