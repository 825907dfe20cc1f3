//! The representation of relations in the cache: keys and values.

use super::numbers::Numbers;
use super::settings;
use super::source::Entries;
use crate::directory::Relation;
use crosswire_history::{DeviceId, Epoch, UserId};
use std::fmt::Write;

/// The types of cached values, which determine whether a value of the wrong kind can pass for one
/// of the right kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueTypes {
    /// Values of both kinds are plain lists of numbers.
    One,
    /// Each list begins with its kind.
    Mixed,
}

/// The format of keys and values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Form {
    /// The value types.
    pub types: ValueTypes,
    /// The numbering used in keys.
    pub numbers: Numbers,
    /// Maximum length in bytes of the settings in a value; 0 disables settings.
    pub settings_bytes: usize,
}

/// A decoded value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum CachedValue {
    /// The relation as of a directory commit; 0, the beginning, if the value does not name one.
    Entries(Entries, u64),
    /// A fence: the change of this commit invalidated the relation.
    Fence(u64),
    /// A lease: a reader is about to fill the entry. The number is the commit of an earlier fence,
    /// or 0.
    Lease(u64),
}

impl CachedValue {
    /// Returns the commit that a replacement must not be older than.
    pub(super) fn commit(&self) -> u64 {
        match *self {
            Self::Entries(_, commit) | Self::Fence(commit) | Self::Lease(commit) => commit,
        }
    }
}

/// Returns the cache key of a relation.
pub(super) fn key(form: Form, relation: Relation) -> String {
    let number = |counted| form.numbers.of(counted);
    match relation {
        Relation::Cameras(user) => format!("usr:{}:cams", number(user.0)),
        Relation::Viewers(device, epoch) => format!("cam:{}:{}:acl", number(device.0), epoch.0),
    }
}

/// Returns the cache key of the count of a camera's listings.
pub(super) fn count_key(form: Form, device: DeviceId, epoch: Epoch) -> String {
    format!("cam:{}:{}:listed", form.numbers.of(device.0), epoch.0)
}

fn kind(relation: Relation) -> char {
    match relation {
        Relation::Cameras(_) => 'c',
        Relation::Viewers(..) => 'v',
    }
}

/// Encodes a relation: `id.epoch` for each entry, preceded by the kind if value types are mixed,
/// preceded by `@commit` if the value is versioned, and followed by settings if enabled.
pub(super) fn encode(
    form: Form,
    relation: Relation,
    commit: Option<u64>,
    entries: &[(u32, Epoch)],
) -> String {
    let mut text = String::with_capacity(12 + 8 * entries.len());
    // Writing to a string does not fail.
    if let Some(commit) = commit {
        let _ = write!(text, "@{commit} ");
    }
    if form.types == ValueTypes::Mixed {
        text.push(kind(relation));
    }
    for (id, epoch) in entries {
        let _ = write!(text, "{id}.{} ", epoch.0);
    }
    if form.settings_bytes > 0 {
        settings::write(relation, form.settings_bytes, &mut text);
    }
    text
}

/// Encodes a fence; see [`CachedValue::Fence`].
pub(super) fn fence(commit: u64) -> String {
    format!("!{commit}")
}

/// Encodes a lease over a fence; see [`CachedValue::Lease`]. Each lease has a unique token.
pub(super) fn lease(fence: u64, token: &str) -> String {
    format!("?{fence} {token}")
}

/// Decodes a value; `None` if it is malformed.
pub(super) fn decode(form: Form, relation: Relation, value: &[u8]) -> Option<CachedValue> {
    let mut text = std::str::from_utf8(value).ok()?;
    if let Some(fence) = text.strip_prefix('!') {
        return Some(CachedValue::Fence(fence.parse().ok()?));
    }
    if let Some((fence, _)) = text.strip_prefix('?').and_then(|lease| lease.split_once(' ')) {
        return Some(CachedValue::Lease(fence.parse().ok()?));
    }
    let mut commit = 0;
    if let Some((digits, rest)) = text.strip_prefix('@').and_then(|text| text.split_once(' ')) {
        (commit, text) = (digits.parse().ok()?, rest);
    }
    if form.settings_bytes > 0 {
        let (said, carried) = text.split_once(settings::MARK)?;
        if !settings::are_whole(carried) {
            return None;
        }
        text = said;
    }
    if form.types == ValueTypes::Mixed {
        text = text.strip_prefix(kind(relation))?;
    }
    let entries = text.split_ascii_whitespace().map(|entry| {
        let (id, epoch) = entry.split_once('.')?;
        Some((id.parse().ok()?, Epoch(epoch.parse().ok()?)))
    });
    Some(CachedValue::Entries(entries.collect::<Option<_>>()?, commit))
}

/// Returns the key and the value of a user's cameras, for filling a warm cache before the run
/// begins.
pub fn warm_cameras(form: Form, user: UserId, cameras: &[(DeviceId, Epoch)]) -> (String, String) {
    let entries: Vec<_> = cameras.iter().map(|(device, epoch)| (device.0, *epoch)).collect();
    let relation = Relation::Cameras(user);
    (key(form, relation), encode(form, relation, None, &entries))
}

/// Returns the key and the value of a camera's viewers. See [`warm_cameras`].
pub fn warm_viewers(
    form: Form,
    (device, epoch): (DeviceId, Epoch),
    viewers: &[UserId],
) -> (String, String) {
    let entries: Vec<_> = viewers.iter().map(|user| (user.0, epoch)).collect();
    let relation = Relation::Viewers(device, epoch);
    (key(form, relation), encode(form, relation, None, &entries))
}

/// Returns the relation with this cache key, if there is one.
pub fn relation_of(name: &str) -> Option<Relation> {
    if let Some(user) = name.strip_prefix("usr:") {
        let user = Numbers::counted(user.strip_suffix(":cams")?.parse().ok()?);
        return Some(Relation::Cameras(UserId(user)));
    }
    let (device, epoch) = name.strip_prefix("cam:")?.strip_suffix(":acl")?.split_once(':')?;
    let device = Numbers::counted(device.parse().ok()?);
    Some(Relation::Viewers(DeviceId(device), Epoch(epoch.parse().ok()?)))
}

/// Returns the cache key of a relation.
pub fn relation_key(form: Form, relation: Relation) -> String {
    key(form, relation)
}

/// Decodes the entries of a cached relation: ids of cameras or users, each with an epoch of the
/// camera. Returns `None` for fences, leases and malformed values.
pub fn relation_entries(form: Form, relation: Relation, value: &[u8]) -> Option<Vec<(u32, Epoch)>> {
    match decode(form, relation, value)? {
        CachedValue::Entries(entries, _) => Some(entries),
        CachedValue::Fence(_) | CachedValue::Lease(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const CAMERAS: Relation = Relation::Cameras(UserId(7));
    const VIEWERS: Relation = Relation::Viewers(DeviceId(7), Epoch(1));

    fn form(types: ValueTypes) -> Form {
        Form { types, numbers: Numbers::Dense, settings_bytes: 0 }
    }

    proptest! {
        #[test]
        fn encoding_round_trips(
            entries in prop::collection::vec(any::<(u32, u32)>(), 0..9), commit in any::<Option<u64>>(),
            settings_bytes in prop_oneof![Just(0), 1_usize..3_000],
        ) {
            let entries: Vec<_> = entries.into_iter().map(|(id, epoch)| (id, Epoch(epoch))).collect();
            for types in [ValueTypes::One, ValueTypes::Mixed] {
                let form = Form { settings_bytes, ..form(types) };
                let text = encode(form, CAMERAS, commit, &entries);
                let held = CachedValue::Entries(entries.clone(), commit.unwrap_or(0));
                prop_assert_eq!(decode(form, CAMERAS, text.as_bytes()), Some(held));
            }
        }

        #[test]
        fn fences_and_leases_are_distinguished(commit in any::<u64>(), token in "[ -~]{0,20}") {
            let decoded = |text: String| decode(form(ValueTypes::Mixed), VIEWERS, text.as_bytes());
            prop_assert_eq!(decoded(fence(commit)), Some(CachedValue::Fence(commit)));
            prop_assert_eq!(decoded(lease(commit, &token)), Some(CachedValue::Lease(commit)));
        }
    }

    #[test]
    fn a_key_identifies_its_relation() {
        let sparse = Form { numbers: Numbers::Sparse, ..form(ValueTypes::One) };
        for relation in [CAMERAS, VIEWERS, Relation::Viewers(DeviceId(40), Epoch(2))] {
            for form in [form(ValueTypes::One), sparse] {
                assert_eq!(relation_of(&key(form, relation)), Some(relation));
            }
        }
        for other in ["usr:7", "usr:x:cams", "cam:4:acl", "cam:4:2:acl:7", "v2:usr:7:cams", ""] {
            assert_eq!(relation_of(other), None, "{other}");
        }
    }

    #[test]
    fn only_mixed_types_distinguish_kinds() {
        let crossed = |form| {
            let viewers = encode(form, VIEWERS, None, &[(7, Epoch(1))]);
            decode(form, CAMERAS, viewers.as_bytes())
        };
        for settings_bytes in [0, 2_000] {
            let form = |types| Form { settings_bytes, ..form(types) };
            let one = crossed(form(ValueTypes::One));
            assert_eq!(one, Some(CachedValue::Entries(vec![(7, Epoch(1))], 0)));
            assert_eq!(crossed(form(ValueTypes::Mixed)), None);
        }
    }
}
