//! Finds the decisive step of a story.

use super::builder::is_delivery;

/// Returns the index of the decisive step of a story: the last one before the deliveries at its
/// end, which are only its consequences. Without such a step, the last delivery is decisive. A text
/// whose lines have no times, such as the message of a panic, has no decisive step.
pub fn decisive(steps: &[String]) -> Option<usize> {
    let mut texts = Vec::new();
    for step in steps {
        let (time, text) = step.split_once(' ')?;
        time.parse::<f64>().ok()?;
        texts.push(text);
    }
    let last = texts.len().checked_sub(1)?;
    Some(texts.iter().rposition(|text| !is_delivery(text)).unwrap_or(last))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(steps: &[&str]) -> Option<usize> {
        decisive(&steps.iter().map(|step| (*step).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn what_a_user_sees_in_the_end_is_a_consequence() {
        let steps = [
            "2.896 camera-52, user-9's in epoch-1, records camera-52/1",
            "7.760 call-57 is handed the reply to call-56",
            "7.834 user-0 sees user-9's camera-52/1 in the list",
            "8.100 user-0, who may watch camera-1, sees the thumbnail of user-9's camera-52/1",
        ];
        assert_eq!(of(&steps), Some(1));
        assert_eq!(of(&steps[..2]), Some(1));
        assert_eq!(of(&steps[2..]), Some(1), "nothing comes before the deliveries");
    }

    #[test]
    fn a_request_of_a_user_is_no_delivery() {
        let steps = ["1.000 user-0 asks gateway-0 for a video (request-38)"];
        assert_eq!(of(&["0.500 cache-0 goes down", steps[0]]), Some(1));
    }

    #[test]
    fn a_panic_has_no_decisive_step() {
        assert_eq!(of(&[]), None);
        assert_eq!(of(&["7 is even", "or not"]), None);
        assert_eq!(of(&["index out of bounds"]), None);
    }
}
