//! One request and what led from it to its answer.

use relevo_core::{Instant, Kind, Party, Seq};
use relevo_lab::{LabEvent, MessageKind, Scene, message_kind, why};
use std::collections::BTreeSet;
use std::sync::Arc;

/// So many events are looked at for an answer; whoever waits longer has lost it.
const FARTHEST: usize = 6_000;

/// A client's request, followed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Followed {
    /// The event of its sending.
    pub request: Seq,
    pub sent: Instant,
    /// What lies between it and its answer.
    pub events: BTreeSet<Seq>,
    pub answered: bool,
}

/// The client's request an event rests on, nearest first.
pub(crate) fn request_of(events: &[Arc<LabEvent>], scene: &Scene, from: Seq) -> Option<Seq> {
    let is_request = |seq: &Seq| {
        relevo_lab::event(events, *seq).is_some_and(|event| match (&event.kind, event.party) {
            (Kind::Sent { message, .. }, Some(party)) => {
                message_kind(message) == MessageKind::Request && scene.clients.contains_key(&party)
            }
            _ => false,
        })
    };
    why(events, from).into_iter().filter(is_request).max()
}

/// Follows a request as far as the events tell.
pub(crate) fn follow(events: &[Arc<LabEvent>], request: Seq) -> Option<Followed> {
    let first = events.binary_search_by_key(&request, |event| event.seq).ok()?;
    let client = events[first].party?;
    let mut after = BTreeSet::from([request]);
    let mut answer = None;
    for event in events[first + 1..].iter().take(FARTHEST) {
        if !event.causes.iter().any(|cause| after.contains(cause)) {
            continue;
        }
        after.insert(event.seq);
        if answers(event, client, events) {
            answer = Some(event.seq);
            break;
        }
    }
    let sent = events[first].at;
    let Some(answer) = answer else {
        return Some(Followed { request, sent, events: after, answered: false });
    };
    // Of all that followed, only what the answer rests on.
    let mut between = BTreeSet::from([answer]);
    for event in events[first..].iter().rev().skip_while(|event| event.seq > answer) {
        if between.contains(&event.seq) {
            between.extend(event.causes.iter().filter(|cause| after.contains(cause)));
        }
    }
    Some(Followed { request, sent, events: between, answered: true })
}

fn answers(event: &LabEvent, client: Party, events: &[Arc<LabEvent>]) -> bool {
    let Kind::Delivered { message, .. } = &event.kind else { return false };
    let sent = relevo_lab::event(events, *message);
    let response = sent.is_some_and(|sent| match &sent.kind {
        Kind::Sent { message, .. } => message_kind(message) == MessageKind::Response,
        _ => false,
    });
    event.party == Some(client) && response
}

#[cfg(test)]
mod tests {
    use super::*;
    use relevo_lab::{Lab, Scenario};

    /// A write is followed from the counter through the quorum and back, and nothing else is.
    #[test]
    fn a_write_is_followed_to_its_answer() {
        let scenario = Scenario::named("first-minute").expect("it is built in");
        let lab = Lab::rebuild(&scenario, 3, 0, &[], Instant(8_000_000_000)).expect("it goes");
        let (_, events) = lab.history();
        let acknowledged = events.iter().rev().find(|event| {
            let client = event.party.is_some_and(|party| lab.scene().clients.contains_key(&party));
            client && event.party.is_some_and(|party| answers(event, party, &events))
        });
        let last = acknowledged.expect("the counter was answered").seq;
        let request = request_of(&events, lab.scene(), last).expect("someone asked");
        let followed = follow(&events, request).expect("it is kept");
        assert!(followed.answered && followed.events.contains(&last));
        let kinds: BTreeSet<MessageKind> = followed
            .events
            .iter()
            .filter_map(|seq| match &relevo_lab::event(&events, *seq)?.kind {
                Kind::Sent { message, .. } => Some(message_kind(message)),
                _ => None,
            })
            .collect();
        for kind in [MessageKind::Request, MessageKind::Proposal, MessageKind::Ack] {
            assert!(kinds.contains(&kind), "{kind:?} is missing among {kinds:?}");
        }
        assert!(!kinds.contains(&MessageKind::Ping), "heartbeats lead to no answer");
    }
}
