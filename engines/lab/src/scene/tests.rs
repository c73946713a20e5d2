use super::*;
use crate::testing::Story;
use relevo_apps::{AppEvent, CounterEvent};
use relevo_coordination::{Event, Message, QuorumPacket, Txn, TxnBody};
use relevo_core::{Fault, Kind, Origin};

fn txn(counter: u32, number: &str) -> Arc<Txn> {
    let data = Some(bytes::Bytes::copy_from_slice(number.as_bytes()));
    Arc::new(Txn {
        session: SessionId(1),
        cxid: 1,
        zxid: Zxid::new(Epoch(1), counter),
        time_ms: 0,
        body: TxnBody::SetData { path: "/counter".into(), data, version: 1 },
        digest: None,
    })
}

fn fault(story: &mut Story, at: u64, fault: Fault) -> crate::LabEvent {
    story.event(None, at, Kind::Fault { fault, by: Origin::Hand })
}

#[test]
fn an_entry_is_logged_durable_and_committed_in_turn() {
    let mut story = Story::new();
    let mut scene = story.scene();
    let txn = txn(43, "43");
    let zxid = txn.zxid;
    scene.apply(&story.state(0, 1, Event::Logged(txn.clone())));
    let entry = scene.servers[0].log[0].clone();
    assert_eq!((&*entry.label, entry.durable, entry.committed), ("43", false, false));
    scene.apply(&story.state(0, 2, Event::LogDurable { zxid }));
    assert!(scene.servers[0].log[0].durable);
    scene.apply(&story.state(0, 3, Event::Applied { txn, replay: false }));
    assert!(scene.servers[0].log[0].committed);
}

#[test]
fn a_replayed_entry_is_not_known_to_be_committed() {
    let mut story = Story::new();
    let mut scene = story.scene();
    let txn = txn(43, "43");
    scene.apply(&story.state(0, 1, Event::Logged(txn.clone())));
    scene.apply(&story.state(0, 2, Event::Applied { txn, replay: true }));
    assert!(!scene.servers[0].log[0].committed);
}

#[test]
fn truncated_entries_are_struck_and_the_log_goes_on() {
    let mut story = Story::new();
    let mut scene = story.scene();
    for counter in 1..=3 {
        scene.apply(&story.state(1, 1, Event::Logged(txn(counter, "9"))));
    }
    scene.apply(&story.state(1, 2, Event::LogTruncated { zxid: Zxid::new(Epoch(1), 2) }));
    let lost: Vec<bool> = scene.servers[1].log.iter().map(|entry| entry.lost).collect();
    assert_eq!(lost, [false, false, true]);
}

#[test]
fn a_log_keeps_its_last_entries_and_counts_the_others() {
    let mut story = Story::new();
    let mut scene = story.scene();
    for counter in 1..=30 {
        scene.apply(&story.state(1, 1, Event::Logged(txn(counter, "9"))));
    }
    assert_eq!(scene.servers[1].log.len(), STRIP_LENGTH);
    assert_eq!(scene.servers[1].log_before, 30 - STRIP_LENGTH as u64);
}

#[test]
fn what_follows_a_held_message_on_its_connection_is_held_too() {
    let mut story = Story::new();
    let mut scene = story.scene();
    let message = || Message::Quorum(QuorumPacket::UpToDate);
    let first = story.sent(0, 1, 1, 9, message());
    scene.apply(&first);
    scene.apply(&fault(&mut story, 2, Fault::Hold { message: first.seq }));
    let behind = story.sent(0, 1, 3, 11, message());
    let beside = story.sent(0, 2, 3, 11, message());
    scene.apply(&behind);
    scene.apply(&beside);
    assert!(scene.flights[&first.seq].held && scene.flights[&behind.seq].held);
    assert!(!scene.flights[&beside.seq].held);
    scene.apply(&fault(&mut story, 50, Fault::Release { message: first.seq }));
    assert!(scene.flights.values().all(|flight| !flight.held));
    assert_eq!(scene.flights[&first.seq].arrives, Instant(50));
}

#[test]
fn a_partition_cuts_both_ways_and_healing_mends_all() {
    let mut story = Story::new();
    let mut scene = story.scene();
    let groups = vec![vec![HostId(0)], vec![HostId(1), HostId(2), HostId(3)]];
    scene.apply(&fault(&mut story, 1, Fault::CutLink { from: HostId(1), to: HostId(2) }));
    scene.apply(&fault(&mut story, 1, Fault::Partition { groups }));
    assert!(scene.cuts.contains(&(HostId(0), HostId(1))));
    assert!(scene.cuts.contains(&(HostId(3), HostId(0))));
    assert!(scene.cuts.contains(&(HostId(1), HostId(2))));
    assert!(!scene.cuts.contains(&(HostId(2), HostId(1))));
    scene.apply(&fault(&mut story, 2, Fault::Heal));
    assert!(scene.cuts.is_empty());
}

#[test]
fn what_is_on_a_way_that_is_cut_waits_until_it_is_healed() {
    let mut story = Story::new();
    let mut scene = story.scene();
    let message = || Message::Quorum(QuorumPacket::UpToDate);
    let there = story.sent(0, 1, 1, 9, message());
    scene.apply(&there);
    scene.apply(&fault(&mut story, 2, Fault::CutLink { from: HostId(0), to: HostId(1) }));
    let later = story.sent(0, 1, 3, 11, message());
    let back = story.sent(1, 0, 3, 11, message());
    scene.apply(&later);
    scene.apply(&back);
    assert!(scene.flights[&there.seq].held && scene.flights[&later.seq].held);
    assert!(!scene.flights[&back.seq].held);
    scene.apply(&fault(&mut story, 50, Fault::Heal));
    assert!(scene.flights.values().all(|flight| !flight.held));
    assert_eq!(scene.flights[&later.seq].arrives, Instant(58), "it leaves anew");
}

#[test]
fn a_crashed_leader_leads_no_more() {
    let mut story = Story::new();
    let mut scene = story.scene();
    let leads =
        Event::RoleChanged { role: PeerState::Leading, leader: Some(ServerId(1)), round: 1 };
    scene.apply(&story.state(0, 1, leads));
    assert!(scene.leader().is_none(), "its quorum has not acknowledged it yet");
    scene.apply(&story.established(0, 2));
    assert_eq!(scene.leader().unwrap().host, HostId(0));
    scene.apply(&fault(&mut story, 3, Fault::Crash { node: HostId(0), power_loss: true }));
    assert!(scene.leader().is_none());
    assert_eq!(scene.servers[0].state, ProcessState::Crashed { power_loss: true });
}

#[test]
fn the_counter_shows_what_it_waits_for_and_what_it_was_told() {
    let mut story = Story::new();
    let mut scene = story.scene();
    for news in [
        CounterEvent::Writing { number: 41, attempt: 1 },
        CounterEvent::Acknowledged { number: 41, zxid: Zxid(9) },
        CounterEvent::Writing { number: 42, attempt: 2 },
    ] {
        scene.apply(&story.state(3, 1, AppEvent::Counter(news)));
    }
    let Work::Counter { acknowledged, pending, attempts } =
        &scene.clients[&Party::Host(HostId(3))].work
    else {
        panic!("not a counter")
    };
    assert_eq!((acknowledged.back(), *pending, *attempts), (Some(&41), Some(42), 2));
}
