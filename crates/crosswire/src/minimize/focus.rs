//! Narrows a plan to its story: the moment after which nothing matters, and the devices that the
//! story names.

use super::passes;
use super::size::Seen;
use crosswire_plan::Plan;
use crosswire_plan::script::Part;
use std::collections::BTreeSet;

/// Returns plans that keep only what the story is about, the boldest first.
pub(super) fn focused(plan: &Plan, seen: &Seen) -> Vec<Plan> {
    let mut less = Vec::new();
    let ended = until(plan, seen.at_ms, slack_ms(seen.at_ms));
    let named = Named::in_story(&seen.story);
    if plan.script.is_some() && named != Named::default() {
        let mut only = ended.clone().unwrap_or_else(|| plan.clone());
        if let Some(script) = &mut only.script {
            script.cameras.retain(|part| named.cameras.contains(&part.number));
            script.phones.retain(|part| named.phones.contains(&part.number));
        }
        only.changes.retain(|change| named.cameras.contains(&change.device));
        less.push(only);
    }
    less.extend(ended);
    less.extend(without_idlers(plan));
    less.push(cold(plan));
    less.retain(|less| less != plan && passes::is_sound(less));
    less
}

/// Returns the margin after the moment of the failure at which a try ends: with another execution
/// seed the failure may occur a little later.
pub(super) fn slack_ms(at_ms: u64) -> u64 {
    (at_ms / 4).max(1_000)
}

/// Returns the plan, ended `more_ms` after a moment; `None` if it ends before that anyway.
pub(super) fn until(plan: &Plan, at_ms: u64, more_ms: u64) -> Option<Plan> {
    let end_ms = at_ms.saturating_add(more_ms);
    if end_ms >= plan.duration_ms {
        return None;
    }
    let mut less = plan.clone();
    passes::cut(&mut less, end_ms);
    Some(less)
}

/// Returns the plan without the phones that do nothing.
fn without_idlers(plan: &Plan) -> Option<Plan> {
    let mut less = plan.clone();
    less.script.as_mut()?.phones.retain(|part: &Part| !part.acts.is_empty());
    Some(less)
}

/// Returns the plan with an empty cache at the start: its runs start faster.
fn cold(plan: &Plan) -> Plan {
    let mut less = plan.clone();
    less.cache.cold_share = 1.0;
    less
}

/// The devices that a story names. The violation most likely needs them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Named {
    /// The numbers of the cameras.
    pub(super) cameras: BTreeSet<u32>,
    /// The numbers of the users, which are also the numbers of their phones.
    pub(super) phones: BTreeSet<u32>,
}

impl Named {
    pub(super) fn in_story(story: &[String]) -> Self {
        Self { cameras: numbers("camera-", story), phones: numbers("user-", story) }
    }
}

/// Returns the numbers that follow `prefix` in a story.
fn numbers(prefix: &str, story: &[String]) -> BTreeSet<u32> {
    let after = story.iter().flat_map(|line| line.split(prefix).skip(1));
    let digits = after.map(|rest| rest.split(|c: char| !c.is_ascii_digit()).next().unwrap_or(""));
    digits.filter_map(|digits| digits.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::minimize::size::Size;
    use crosswire_plan::{Act, Script, Seed, draw};

    #[test]
    fn everything_the_story_does_not_name_and_everything_after_it_is_left_out() {
        let scenario = crate::scenarios::scenario("reconnect-storm").expect("a scenario");
        let mut plan = draw(&scenario, Seed(1));
        let part = |number| Part { number, acts: vec![Act(2_000, 0), Act(9_000, 1)] };
        let parts = || (0..40).map(part).collect();
        plan.script = Some(Script { cameras: parts(), phones: parts() });
        let story = vec![
            "1.000 camera-17, user-8's in epoch-1, records camera-17/4".to_owned(),
            "4.000 user-7 sees user-8's camera-17/4 in the list".to_owned(),
        ];
        let seen = Seen { size: Size::default(), at_ms: 4_000, story };
        let focused = focused(&plan, &seen);
        let script = focused[0].script.as_ref().expect("a script");
        let numbers = |parts: &[Part]| parts.iter().map(|part| part.number).collect::<Vec<_>>();
        assert_eq!((numbers(&script.cameras), numbers(&script.phones)), (vec![17], vec![7, 8]));
        assert_eq!((focused[0].duration_ms, script.acts()), (5_000, 3));
        assert_eq!(focused[1].script.as_ref().map(Script::acts), Some(80));
    }
}
