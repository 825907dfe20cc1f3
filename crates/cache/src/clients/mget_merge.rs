//! Ways to merge the answers of several nodes to one multi-get.

use crate::client::CacheError;
use bytes::Bytes;

/// One node's answer for its share of the keys: a value or a miss for each.
pub type Answer = Result<Vec<Option<Bytes>>, CacheError>;

/// Merges the nodes' answers.
pub trait MgetMerge: Send + Sync + 'static {
    /// Returns a value or a miss for each of the caller's `count` keys. `shares[i]` are the
    /// positions, in the caller's list, of the keys asked of the `i`-th node, and `answers[i]` is
    /// its answer.
    fn merge(
        count: usize,
        shares: &[Vec<usize>],
        answers: Vec<Answer>,
    ) -> Result<Vec<Option<Bytes>>, CacheError>;
}

fn place(count: usize, pairs: impl Iterator<Item = (usize, Option<Bytes>)>) -> Vec<Option<Bytes>> {
    let mut values = vec![None; count];
    for (at, value) in pairs {
        values[at] = value;
    }
    values
}

/// Correct. Each node's values go to the positions of that node's keys. A failed node is a miss for
/// that node's keys and no others.
pub struct ByIndex;

impl MgetMerge for ByIndex {
    fn merge(
        count: usize,
        shares: &[Vec<usize>],
        answers: Vec<Answer>,
    ) -> Result<Vec<Option<Bytes>>, CacheError> {
        let answered =
            shares.iter().zip(answers).filter_map(|(share, answer)| Some((share, answer.ok()?)));
        let pairs = answered.flat_map(|(share, values)| share.iter().copied().zip(values));
        Ok(place(count, pairs))
    }
}

/// Correct and strict: if one node fails, the whole multi-get fails.
pub struct StrictByIndex;

impl MgetMerge for StrictByIndex {
    fn merge(
        count: usize,
        shares: &[Vec<usize>],
        answers: Vec<Answer>,
    ) -> Result<Vec<Option<Bytes>>, CacheError> {
        let answers = answers.into_iter().collect::<Result<Vec<_>, _>>()?;
        let pairs = shares.iter().zip(answers);
        let pairs = pairs.flat_map(|(share, values)| share.iter().copied().zip(values));
        Ok(place(count, pairs))
    }
}

/// Mechanism 7, multiget misalignment. The values of the nodes that answered are concatenated and
/// zipped with the keys, so if a node failed, every later value goes to another key. Trigger: a
/// node that dies or does not answer in time. The bug is easy to write: `flatten` over `Result`s
/// drops errors silently.
pub struct Zip;

impl MgetMerge for Zip {
    fn merge(
        count: usize,
        shares: &[Vec<usize>],
        answers: Vec<Answer>,
    ) -> Result<Vec<Option<Bytes>>, CacheError> {
        let values = answers.into_iter().flatten().flatten();
        Ok(place(count, shares.iter().flatten().copied().zip(values)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::unnecessary_wraps, reason = "the type of a node's answer")]
    fn value(text: &'static str) -> Option<Bytes> {
        Some(Bytes::from_static(text.as_bytes()))
    }

    fn failed() -> Answer {
        Err(CacheError::Timeout)
    }

    #[test]
    fn all_three_agree_if_no_node_fails() {
        let shares = [vec![1], vec![0, 2]];
        let answers = || vec![Ok(vec![value("b")]), Ok(vec![value("a"), None])];
        let expected = Ok(vec![value("a"), value("b"), None]);
        assert_eq!(ByIndex::merge(3, &shares, answers()), expected);
        assert_eq!(StrictByIndex::merge(3, &shares, answers()), expected);
        assert_eq!(Zip::merge(3, &shares, answers()), expected);
    }

    #[test]
    fn a_failed_node_is_a_miss_an_error_or_a_mix_up() {
        let shares = [vec![1], vec![0, 2]];
        let answers = || vec![failed(), Ok(vec![value("a"), value("c")])];
        assert_eq!(ByIndex::merge(3, &shares, answers()), Ok(vec![value("a"), None, value("c")]));
        assert_eq!(StrictByIndex::merge(3, &shares, answers()), Err(CacheError::Timeout));
        assert_eq!(Zip::merge(3, &shares, answers()), Ok(vec![value("c"), value("a"), None]));
    }
}
