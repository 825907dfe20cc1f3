//! The places at which the fault point `cache-split-reply` cuts a reply.

/// Returns one or two places at which to cut a reply of at least two bytes, in order. Half of the
/// cuts fall around line ends, where a parser that reads line by line pauses; some fall before the
/// last byte; the others fall anywhere. `word` is uniform over all 64 bits.
pub(crate) fn cuts(reply: &[u8], word: u64) -> Vec<usize> {
    let [first, second] = [word & 0xffff_ffff, word >> 32];
    let mut cuts = vec![cut(reply, first)];
    if second % 4 == 0 {
        cuts.push(cut(reply, second / 4));
    }
    cuts.sort_unstable();
    cuts.dedup();
    cuts
}

fn cut(reply: &[u8], word: u64) -> usize {
    let (sort, rest) = (word % 8, (word / 8) as usize);
    let last = reply.len() - 1;
    let anywhere = 1 + rest % last;
    match sort {
        // After a line, or between the two bytes that end it.
        0..=3 => {
            let ends = reply.windows(2).filter(|pair| pair == b"\r\n").count();
            let end = reply.windows(2).enumerate().filter(|(_, pair)| pair == b"\r\n");
            let behind = if sort < 2 { 2 } else { 1 };
            let end = end.map(|(at, _)| at + behind).nth(rest % ends.max(1));
            end.filter(|at| *at <= last).unwrap_or(last)
        }
        4 => last,
        _ => anywhere,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn no_part_of_a_cut_reply_is_empty(
            reply in prop::collection::vec(prop_oneof![Just(b'\r'), Just(b'\n'), any::<u8>()], 2..60),
            word: u64,
        ) {
            let cuts = cuts(&reply, word);
            prop_assert!(!cuts.is_empty() && cuts.len() <= 2);
            prop_assert!(cuts.iter().all(|cut| (1..reply.len()).contains(cut)));
            prop_assert!(cuts.windows(2).all(|pair| pair[0] < pair[1]));
        }
    }

    #[test]
    fn a_frame_is_cut_everywhere_and_most_often_around_line_ends() {
        let reply = b"*2\r\n$30\r\nabcdefghijabcdefghijabcdefghij\r\n$-1\r\n";
        let mut counts: BTreeMap<usize, u32> = BTreeMap::new();
        let mut in_three = 0;
        for step in 0..20_000_u64 {
            let cuts = cuts(reply, step.wrapping_mul(0x9e37_79b9_7f4a_7c15));
            in_three += u32::from(cuts.len() == 2);
            for cut in cuts {
                *counts.entry(cut).or_default() += 1;
            }
        }
        assert_eq!(counts.len(), reply.len() - 1);
        let mut places: Vec<_> = counts.into_iter().collect();
        places.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let mut most: Vec<_> = places.iter().take(7).map(|(place, _)| *place).collect();
        most.sort_unstable();
        assert_eq!(most, [3, 4, 8, 9, 40, 41, 45]);
        assert!((4_000..6_000).contains(&in_three), "{in_three}");
    }
}
