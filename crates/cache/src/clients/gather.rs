//! How the answers of several nodes to one multi-get are put together.

use crate::client::CacheError;
use bytes::Bytes;

/// What one node said to its share of the keys: a value or a miss for each.
pub type Answer = Result<Vec<Option<Bytes>>, CacheError>;

/// Puts answers together.
pub trait Gather: Send + Sync + 'static {
    /// `shares[i]` are the places, in the caller's list, of the keys that the `i`-th node was
    /// asked for, and `answers[i]` is what it said. Gives one value or miss for each of the
    /// caller's `count` keys.
    fn gather(
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

/// Right. Each node's values go to the places of that node's keys. A node that fails is a miss
/// for its own keys and no others.
pub struct ByIndex;

impl Gather for ByIndex {
    fn gather(
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

/// Right, and strict: if one node fails, the whole multi-get fails.
pub struct StrictByIndex;

impl Gather for StrictByIndex {
    fn gather(
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

/// Mechanism 7, multiget misalignment. The values of the nodes that answered are laid one behind
/// the other and zipped with the keys; where a node failed, every value behind it belongs to
/// another key. A node that dies or does not answer in time wakes it. `flatten` over `Result`s
/// drops the errors without a word, which is how it comes to be written.
pub struct Zip;

impl Gather for Zip {
    fn gather(
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

    #[expect(clippy::unnecessary_wraps, reason = "a value, as a node gives it")]
    fn value(text: &'static str) -> Option<Bytes> {
        Some(Bytes::from_static(text.as_bytes()))
    }

    fn failed() -> Answer {
        Err(CacheError::Timeout)
    }

    #[test]
    fn with_all_nodes_there_all_three_agree() {
        let shares = [vec![1], vec![0, 2]];
        let answers = || vec![Ok(vec![value("b")]), Ok(vec![value("a"), None])];
        let expected = Ok(vec![value("a"), value("b"), None]);
        assert_eq!(ByIndex::gather(3, &shares, answers()), expected);
        assert_eq!(StrictByIndex::gather(3, &shares, answers()), expected);
        assert_eq!(Zip::gather(3, &shares, answers()), expected);
    }

    #[test]
    fn a_failed_node_is_a_miss_an_error_or_a_mix_up() {
        let shares = [vec![1], vec![0, 2]];
        let answers = || vec![failed(), Ok(vec![value("a"), value("c")])];
        assert_eq!(ByIndex::gather(3, &shares, answers()), Ok(vec![value("a"), None, value("c")]));
        assert_eq!(StrictByIndex::gather(3, &shares, answers()), Err(CacheError::Timeout));
        assert_eq!(Zip::gather(3, &shares, answers()), Ok(vec![value("c"), value("a"), None]));
    }
}
