//! A lab as its drivers use it.

use relevo_apps::{AppEvent, CounterEvent};
use relevo_coordination::{ConnectRequest, Message, QuorumPacket, Request, Zxid};
use relevo_core::{
    Address, ConnId, Duration, Fault, HostId, Instant, Kind, Origin, OutsideId, OutsideInput,
    Party, Seq,
};
use relevo_lab::{Event, ForkError, Lab, LabEvent, Scenario};
use relevo_world::Storage;
use std::collections::BTreeSet;
use std::sync::Arc;

fn lab(name: &str, seed: u64) -> Lab {
    let scenario = Scenario::named(name).expect("it is built in");
    Lab::new(&scenario, seed, 1_700_000_000_000, Storage::Memory)
}

fn ms(ms: u64) -> Instant {
    Instant::ZERO + Duration::from_millis(ms)
}

fn crash(lab: &mut Lab, node: HostId) {
    let fault = Fault::Crash { node, power_loss: true };
    lab.input(OutsideInput::Fault { fault, by: Origin::Hand }).expect("it runs");
}

fn leader(lab: &Lab) -> HostId {
    lab.scene().leader().expect("someone leads").host
}

/// Numbers acknowledged to the counter, with their events.
fn counted(events: &[Arc<LabEvent>]) -> Vec<(u64, Seq)> {
    let number = |event: &Arc<LabEvent>| match &event.kind {
        Kind::State(Event::App(AppEvent::Counter(CounterEvent::Acknowledged {
            number, ..
        }))) => Some((*number, event.seq)),
        _ => None,
    };
    events.iter().filter_map(number).collect()
}

fn connect(lab: &mut Lab) -> ConnId {
    let to = Address::new(HostId(0), relevo_coordination::CLIENT);
    let (ip, port) = ([127, 0, 0, 1].into(), 40_000);
    let connect = OutsideInput::Connect { outside: OutsideId(1), to, ip, port };
    let entered = lab.input(connect).expect("the server runs");
    let conn = entered.conn.expect("a connection has an id");
    let hello = Message::Connect(ConnectRequest { timeout_ms: 4_000, ..Default::default() });
    lab.input(OutsideInput::Message { conn, message: hello }).expect("it is open");
    conn
}

#[test]
fn an_ensemble_becomes_ready_within_300_ms() {
    for seed in 1..20 {
        let mut lab = lab("main", seed);
        lab.advance_to(ms(300));
        assert!(lab.ready(), "seed {seed}: {:?}", lab.nodes());
    }
}

#[test]
fn the_counter_skips_no_number_whoever_dies() {
    for seed in 1..8 {
        let mut lab = lab("first-minute", seed);
        lab.advance_to(ms(3_000));
        let node = leader(&lab);
        crash(&mut lab, node);
        lab.advance_to(ms(6_000));
        let fault = Fault::Restart { node };
        lab.input(OutsideInput::Fault { fault, by: Origin::Hand }).unwrap();
        lab.advance_to(ms(10_000));
        let numbers: Vec<u64> =
            counted(&lab.take_events()).into_iter().map(|(number, _)| number).collect();
        assert!(numbers.len() > 60, "seed {seed}: {} numbers in ten seconds", numbers.len());
        assert!(numbers.iter().copied().eq(1..=numbers.len() as u64), "seed {seed}: {numbers:?}");
        assert!(!lab.is_violated(), "seed {seed}: {:?}", lab.verdicts());
    }
}

#[test]
fn the_same_seed_and_inputs_give_the_same_trace() {
    let run = |seed| {
        let mut lab = lab("first-minute", seed);
        lab.advance_to(ms(1_500));
        crash(&mut lab, HostId(1));
        lab.advance_to(ms(3_000));
        lab.take_events()
    };
    assert_eq!(run(5), run(5));
    assert_ne!(run(5), run(6));
}

#[test]
fn stepping_one_by_one_is_the_same_as_running() {
    let mut stepped = lab("first-minute", 3);
    while stepped.next_due().is_some_and(|due| due <= ms(800)) {
        stepped.run_one();
    }
    let mut run = lab("first-minute", 3);
    run.advance_to(ms(800));
    assert_eq!(stepped.take_events(), run.take_events());
}

#[test]
fn a_fork_has_the_same_past_and_a_future_of_its_own() {
    let mut lab = lab("first-minute", 9);
    lab.advance_to(ms(2_500));
    connect(&mut lab);
    lab.advance_to(ms(5_000));
    let outside = |party: &Party| matches!(party, Party::Outside(_));
    let open = |lab: &Lab| lab.scene().connections.values().filter(|c| outside(&c.from)).count();
    assert_eq!(open(&lab), 1);
    let node = leader(&lab);
    crash(&mut lab, node);
    lab.advance_to(ms(8_000));
    let original = lab.take_events();
    let mut fork = lab.fork(ms(5_000)).unwrap();
    let (_, past) = fork.history();
    assert_eq!(fork.now(), ms(5_000));
    let before = |event: &&Arc<LabEvent>| event.at < ms(5_000);
    let first = past.first().expect("it has a past").seq;
    let same = original.iter().filter(|event| event.seq >= first).filter(before);
    assert!(past.iter().filter(before).eq(same), "the past is the same");
    assert_eq!(open(&fork), 0, "nobody outside can follow into a fork");
    fork.advance_to(ms(8_000));
    assert_eq!(leader(&fork), node, "in the fork nobody stopped it");
    assert!(!fork.is_violated());
    assert!(fork.fork(ms(3_000)).is_ok(), "a fork can be forked");
}

#[test]
fn what_cannot_be_forked_says_why() {
    let mut memory = lab("main", 1);
    memory.advance_to(ms(100));
    let too_late = memory.fork(ms(200)).err();
    assert_eq!(too_late, Some(ForkError::Future { at: ms(200), now: ms(100) }));
    let durable = Lab::new(&Scenario::default(), 1, 0, Storage::External);
    assert_eq!(durable.fork(Instant::ZERO).err(), Some(ForkError::Durable));
}

#[test]
fn a_recording_drops_its_oldest_part_when_it_is_full() {
    let mut lab = lab("main", 1);
    lab.advance_to(ms(1_000));
    let conn = connect(&mut lab);
    lab.advance_to(ms(2_500));
    let data = bytes::Bytes::from(vec![7; 1_000_000]);
    for xid in 1..80 {
        let set = Request::SetData { path: "/".into(), data: Some(data.clone()), version: -1 };
        lab.input(OutsideInput::Message { conn, message: Message::Request { xid, request: set } })
            .unwrap();
        lab.advance_to(lab.now() + Duration::from_millis(100));
    }
    assert!(lab.oldest() > ms(2_000), "{:?}", lab.oldest());
    let oldest = lab.oldest();
    let refused = lab.fork(ms(1_000)).err();
    assert_eq!(refused, Some(ForkError::TooOld { at: ms(1_000), oldest }));
    assert!(lab.fork(lab.oldest()).is_ok());
}

#[test]
fn why_leads_from_an_acknowledged_write_to_the_request_through_a_quorum_of_syncs() {
    let mut lab = lab("first-minute", 4);
    lab.advance_to(ms(4_000));
    let events = lab.take_events();
    let (_, acknowledged) = *counted(&events).last().expect("it counts");
    let chain = relevo_lab::why(&events, acknowledged);
    let told: Vec<&Arc<LabEvent>> =
        chain.iter().map(|seq| relevo_lab::event(&events, *seq).unwrap()).collect();
    let request = told.iter().any(|event| {
        let set = |message: &Message| {
            matches!(message, Message::Request { request: Request::SetData { .. }, .. })
        };
        matches!(&event.kind, Kind::Sent { message, .. } if set(message))
    });
    let acks = told.iter().filter(|event| {
        let ack = |m: &Message| {
            matches!(m, Message::Quorum(QuorumPacket::Ack { zxid }) if *zxid > Zxid(0))
        };
        matches!(&event.kind, Kind::Sent { message, .. } if ack(message))
    });
    let synced: BTreeSet<Option<Party>> = told
        .iter()
        .filter(|event| matches!(event.kind, Kind::Durable))
        .map(|event| event.party)
        .collect();
    assert!(request, "the client's request is reached");
    assert!(acks.count() >= 1, "through an acknowledgement sent to the leader");
    assert!(synced.len() >= 2, "and the syncs of a quorum: {synced:?}");
    let roots = told.iter().filter(|event| event.causes.is_empty());
    for root in roots {
        let expected = matches!(root.kind, Kind::Fault { .. } | Kind::Call { .. } | Kind::Deadline);
        assert!(expected, "{root:?} is no root");
    }
}

#[test]
fn the_scene_at_the_end_of_history_is_the_scene_now() {
    let mut lab = lab("first-minute", 2);
    lab.advance_to(ms(3_300));
    crash(&mut lab, HostId(2));
    lab.advance_to(ms(5_100));
    let (mut scene, events) = lab.history();
    for event in &events {
        scene.apply(event);
    }
    assert_eq!(&scene, lab.scene());
}
