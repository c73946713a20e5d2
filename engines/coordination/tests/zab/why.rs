//! "Why?" of an acknowledged write: from the reply, by causes alone, to the client's request, and
//! on the way through the acknowledgements of a quorum and the syncs they waited for.

use crate::cluster::{Cluster, Trace};
use relevo_coordination::{Message, QuorumPacket};
use relevo_core::{Duration, HostId, Kind, Party, Seq, TraceEvent};
use std::collections::{BTreeMap, BTreeSet};

type Event = TraceEvent<Message, relevo_coordination::Event>;

/// The events that `from` rests on, itself included. An arrival rests on its sending too.
fn why(trace: &Trace, from: Seq) -> Vec<&Event> {
    let by_seq: BTreeMap<Seq, &Event> = trace.iter().map(|event| (event.seq, event)).collect();
    let mut seen = BTreeSet::new();
    let mut todo = vec![from];
    while let Some(seq) = todo.pop() {
        if let Some(event) = by_seq.get(&seq).filter(|_| seen.insert(seq)) {
            todo.extend(event.causes.iter().copied());
        }
    }
    seen.iter().map(|seq| by_seq[seq]).collect()
}

#[test]
fn a_reply_rests_on_its_request_through_a_quorum_of_acks_and_their_syncs() {
    let mut cluster = Cluster::new(3, 3, 0);
    cluster.until_ready();
    // Several at once, so that syncs are merged.
    let clients: Vec<_> =
        (0..3).map(|host| cluster.connect(HostId(host)).expect("a session").0).collect();
    for (index, conn) in clients.iter().enumerate() {
        for n in 0..4 {
            cluster.create(*conn, n + 1, &format!("/c{index}-{n}"), b"x");
        }
    }
    cluster.until("all are answered", Duration::from_secs(5), |cluster| {
        clients.iter().all(|conn| cluster.has_answer(*conn, 4))
    });
    let replies: Vec<(Seq, i32, Party)> = cluster
        .trace
        .iter()
        .filter_map(|event| match &event.kind {
            Kind::Sent { message: Message::Response { xid, .. }, to, .. } => {
                Some((event.seq, *xid, *to))
            }
            _ => None,
        })
        .collect();
    assert_eq!(replies.len(), 12);
    for (reply, xid, client) in replies {
        let chain = why(&cluster.trace, reply);
        let asked = chain.iter().any(|event| {
            event.party == Some(client)
                && matches!(&event.kind,
                    Kind::Sent { message: Message::Request { xid: of, .. }, .. } if *of == xid)
        });
        assert!(asked, "the reply to {xid} rests on its request");
        let acks: BTreeSet<_> = chain
            .iter()
            .filter_map(|event| match &event.kind {
                Kind::Sent { message: Message::Quorum(QuorumPacket::Ack { zxid }), .. } => {
                    (zxid.counter() > 0).then_some(event.party)
                }
                _ => None,
            })
            .collect();
        assert!(!acks.is_empty(), "the reply to {xid} rests on a follower's ACK");
        let synced: BTreeSet<_> = chain
            .iter()
            .filter(|event| matches!(event.kind, Kind::Durable))
            .filter_map(|event| event.party)
            .collect();
        assert!(synced.len() >= 2, "the reply to {xid} rests on a quorum's syncs: {synced:?}");
    }
}
