use crate::LabEvent;
use relevo_core::Seq;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

/// How many events one answer holds at most; whoever wants more asks for one of the last.
const LONGEST_ANSWER: usize = 400;

/// Why `from` happened: first the shortest chain from it back to a root (a client's call, a fault,
/// a deadline), then everything else it rests on, nearest first.
///
/// `events` are ordered by number; causes before the first of them are left out, and where `from`
/// is not among them the answer is empty.
pub fn why(events: &[Arc<LabEvent>], from: Seq) -> Vec<Seq> {
    let Some(reached) = reach(events, from) else { return Vec::new() };
    let mut answer = shortest(events, &reached);
    let told: BTreeSet<Seq> = answer.iter().copied().collect();
    answer.extend(reached.order.iter().filter(|seq| !told.contains(seq)));
    answer
}

/// The event of this number.
pub fn event(events: &[Arc<LabEvent>], seq: Seq) -> Option<&Arc<LabEvent>> {
    events.binary_search_by_key(&seq, |event| event.seq).ok().map(|index| &events[index])
}

struct Reached {
    /// Breadth first.
    order: Vec<Seq>,
    /// Which effect led to it.
    effect: BTreeMap<Seq, Seq>,
}

fn reach(events: &[Arc<LabEvent>], from: Seq) -> Option<Reached> {
    event(events, from)?;
    let mut reached = Reached { order: Vec::new(), effect: BTreeMap::new() };
    let mut waiting = VecDeque::from([from]);
    let mut seen = BTreeSet::from([from]);
    while let Some(seq) = waiting.pop_front() {
        let Some(found) = event(events, seq) else { continue };
        reached.order.push(seq);
        if reached.order.len() == LONGEST_ANSWER {
            break;
        }
        for &cause in &found.causes {
            // A cause is older than its effect; anything else would be a loop.
            if cause < seq && seen.insert(cause) {
                reached.effect.insert(cause, seq);
                waiting.push_back(cause);
            }
        }
    }
    Some(reached)
}

/// From the question to the nearest root; where the trace does not reach back to one, to the
/// oldest event known.
fn shortest(events: &[Arc<LabEvent>], reached: &Reached) -> Vec<Seq> {
    let is_root = |seq: &Seq| event(events, *seq).is_some_and(|event| event.causes.is_empty());
    let root = reached.order.iter().copied().find(is_root);
    let Some(root) = root.or_else(|| reached.order.iter().copied().min()) else {
        return Vec::new();
    };
    let mut chain = vec![root];
    let mut at = root;
    while let Some(&effect) = reached.effect.get(&at) {
        chain.push(effect);
        at = effect;
    }
    chain.reverse();
    chain
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Story;
    use relevo_core::Kind;

    fn trace(causes: &[&[u64]]) -> Vec<Arc<LabEvent>> {
        let mut story = Story::new();
        let event = |causes: &&[u64]| {
            let mut event = story.event(Some(0), 1, Kind::Deadline);
            event.causes = causes.iter().copied().map(Seq).collect();
            Arc::new(event)
        };
        causes.iter().map(event).collect()
    }

    #[test]
    fn the_shortest_chain_to_a_root_comes_first_and_nothing_is_missing() {
        let events = trace(&[&[], &[1], &[2], &[], &[3, 4], &[]]);
        let answer = why(&events, Seq(5));
        assert_eq!(answer, [Seq(5), Seq(4), Seq(3), Seq(2), Seq(1)]);
    }

    #[test]
    fn a_trace_that_begins_later_is_followed_as_far_as_it_goes() {
        let events = trace(&[&[], &[1], &[2], &[3]]);
        assert_eq!(why(&events[2..], Seq(4)), [Seq(4), Seq(3)]);
        assert!(why(&events, Seq(99)).is_empty());
    }
}
