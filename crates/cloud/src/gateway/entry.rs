//! What relations look like in the cache: their names, and the bytes under them.

use super::numbers::Numbers;
use super::settings;
use super::source::{Entries, Relation};
use crosswire_history::{DeviceId, Digest, Epoch, UserId};
use std::fmt::Write;
use std::hash::Hasher;

/// Whether a value of the wrong kind can pass for one of the right kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueTypes {
    /// A list of numbers, whatever they number.
    One,
    /// The list begins with what it is of.
    Mixed,
}

/// How relations are named and written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Form {
    /// Whether kinds are told apart.
    pub types: ValueTypes,
    /// The numbers in names.
    pub numbers: Numbers,
    /// The most bytes of settings that a value carries; 0 is none.
    pub settings_bytes: usize,
}

/// What a value under a relation's name is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Held {
    /// The relation, as of a commit of the directory; 0, the beginning, if it does not say.
    Entries(Entries, u64),
    /// A change of this commit took the relation away.
    Fence(u64),
    /// Somebody is about to bring it. There was a fence of this commit before, or 0.
    Lease(u64),
}

impl Held {
    /// The commit that what is put in its place must not be older than.
    pub(super) fn commit(&self) -> u64 {
        match *self {
            Self::Entries(_, commit) | Self::Fence(commit) | Self::Lease(commit) => commit,
        }
    }
}

/// The name of a relation in the cache.
pub(super) fn key(form: Form, relation: Relation) -> String {
    let number = |counted| form.numbers.of(counted);
    match relation {
        Relation::Cameras(user) => format!("usr:{}:cams", number(user.0)),
        Relation::Viewers(device, epoch) => format!("cam:{}:{}:acl", number(device.0), epoch.0),
    }
}

fn kind(relation: Relation) -> char {
    match relation {
        Relation::Cameras(_) => 'c',
        Relation::Viewers(..) => 'v',
    }
}

/// A relation as it is written in the cache: `id.epoch` for each, with the kind before it if
/// kinds are told apart, before all `@commit` if it has to say how old it is, and behind all the
/// settings if it carries any.
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

/// A fence, see [`Held::Fence`].
pub(super) fn fence(commit: u64) -> String {
    format!("!{commit}")
}

/// A lease over a fence, see [`Held::Lease`]. No two have the same token.
pub(super) fn lease(fence: u64, token: &str) -> String {
    format!("?{fence} {token}")
}

/// What these bytes are; nothing if they are none of it.
pub(super) fn decode(form: Form, relation: Relation, value: &[u8]) -> Option<Held> {
    let mut text = std::str::from_utf8(value).ok()?;
    if let Some(fence) = text.strip_prefix('!') {
        return Some(Held::Fence(fence.parse().ok()?));
    }
    if let Some((fence, _)) = text.strip_prefix('?').and_then(|lease| lease.split_once(' ')) {
        return Some(Held::Lease(fence.parse().ok()?));
    }
    let mut commit = 0;
    if let Some((told, rest)) = text.strip_prefix('@').and_then(|told| told.split_once(' ')) {
        (commit, text) = (told.parse().ok()?, rest);
    }
    if form.settings_bytes > 0 {
        let (said, carried) = text.split_once(settings::MARK)?;
        text = settings::are_whole(carried).then_some(said)?;
    }
    if form.types == ValueTypes::Mixed {
        text = text.strip_prefix(kind(relation))?;
    }
    let entries = text.split_ascii_whitespace().map(|entry| {
        let (id, epoch) = entry.split_once('.')?;
        Some((id.parse().ok()?, Epoch(epoch.parse().ok()?)))
    });
    Some(Held::Entries(entries.collect::<Option<_>>()?, commit))
}

/// The cameras of a user, by the name and in the form that they have in the cache: for a cache
/// that is warm when a run begins.
pub fn warm_cameras(form: Form, user: UserId, cameras: &[(DeviceId, Epoch)]) -> (String, String) {
    let entries: Vec<_> = cameras.iter().map(|(device, epoch)| (device.0, *epoch)).collect();
    let relation = Relation::Cameras(user);
    (key(form, relation), encode(form, relation, None, &entries))
}

/// The viewers of a camera. See [`warm_cameras`].
pub fn warm_viewers(
    form: Form,
    (device, epoch): (DeviceId, Epoch),
    viewers: &[UserId],
) -> (String, String) {
    let entries: Vec<_> = viewers.iter().map(|user| (user.0, epoch)).collect();
    let relation = Relation::Viewers(device, epoch);
    (key(form, relation), encode(form, relation, None, &entries))
}

/// The relation that has this name in the cache, if one has.
pub fn relation_of(name: &str) -> Option<Relation> {
    if let Some(user) = name.strip_prefix("usr:") {
        let user = Numbers::counted(user.strip_suffix(":cams")?.parse().ok()?);
        return Some(Relation::Cameras(UserId(user)));
    }
    let (device, epoch) = name.strip_prefix("cam:")?.strip_suffix(":acl")?.split_once(':')?;
    let device = Numbers::counted(device.parse().ok()?);
    Some(Relation::Viewers(DeviceId(device), Epoch(epoch.parse().ok()?)))
}

/// The name that a relation has in the cache.
pub fn relation_key(form: Form, relation: Relation) -> String {
    key(form, relation)
}

/// What a value in the cache says of a relation: numbers of cameras or of users, each with an
/// epoch of the camera. Nothing if it says nothing of it.
pub fn relation_entries(form: Form, relation: Relation, value: &[u8]) -> Option<Vec<(u32, Epoch)>> {
    match decode(form, relation, value)? {
        Held::Entries(entries, _) => Some(entries),
        Held::Fence(_) | Held::Lease(_) => None,
    }
}

/// A number that changes when the set of cameras does.
pub(super) fn fingerprint(cameras: &[(DeviceId, Epoch)]) -> u64 {
    let mut digest = Digest::default();
    for (device, epoch) in cameras {
        digest.write_u32(device.0);
        digest.write_u32(epoch.0);
    }
    digest.finish()
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
        fn what_is_written_is_read(
            entries in prop::collection::vec(any::<(u32, u32)>(), 0..9), commit in any::<Option<u64>>(),
            settings_bytes in prop_oneof![Just(0), 1_usize..3_000],
        ) {
            let entries: Vec<_> = entries.into_iter().map(|(id, epoch)| (id, Epoch(epoch))).collect();
            for types in [ValueTypes::One, ValueTypes::Mixed] {
                let form = Form { settings_bytes, ..form(types) };
                let text = encode(form, CAMERAS, commit, &entries);
                let held = Held::Entries(entries.clone(), commit.unwrap_or(0));
                prop_assert_eq!(decode(form, CAMERAS, text.as_bytes()), Some(held));
            }
        }

        #[test]
        fn fences_and_leases_are_told_apart(commit in any::<u64>(), token in "[ -~]{0,20}") {
            let read = |text: String| decode(form(ValueTypes::Mixed), VIEWERS, text.as_bytes());
            prop_assert_eq!(read(fence(commit)), Some(Held::Fence(commit)));
            prop_assert_eq!(read(lease(commit, &token)), Some(Held::Lease(commit)));
        }
    }

    #[test]
    fn a_name_tells_the_relation() {
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
    fn only_mixed_types_tell_kinds_apart() {
        let crossed = |form| {
            let viewers = encode(form, VIEWERS, None, &[(7, Epoch(1))]);
            decode(form, CAMERAS, viewers.as_bytes())
        };
        for settings_bytes in [0, 2_000] {
            let form = |types| Form { settings_bytes, ..form(types) };
            let one = crossed(form(ValueTypes::One));
            assert_eq!(one, Some(Held::Entries(vec![(7, Epoch(1))], 0)));
            assert_eq!(crossed(form(ValueTypes::Mixed)), None);
        }
    }
}
