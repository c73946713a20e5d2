//! A dying process's connections deliver a seeded prefix of what it sent, then close; nothing of an
//! earlier incarnation is ever delivered.

use crate::toys::{
    Do, Told, append, call, connected, crash, ends, heard, restart, run, send, sync, told, told_in,
    world,
};
use relevo_core::{CloseReason, ConnId, Duration, HostId, Kind, LossReason};
use relevo_world::HostState;
use std::collections::BTreeSet;

#[test]
fn a_prefix_of_what_the_dead_had_sent_arrives_then_the_end() {
    let mut lengths = BTreeSet::new();
    for seed in 0..100 {
        let mut world = connected(seed);
        send(&mut world, 0, 0, 6);
        world.advance_to(world.now());
        crash(&mut world, 0, false);
        run(&mut world, 100);
        let events: Vec<_> = world.drain_trace().collect();
        let told = told_in(&events, 1);
        let heard = heard(&told);
        assert_eq!(heard, (0..heard.len() as u64).collect::<Vec<_>>(), "a prefix");
        assert_eq!(ends(&told), [CloseReason::PeerDied]);
        assert!(matches!(told.last(), Some(Told::Closed { .. })), "the end comes last");
        let of_dead = |reason: &LossReason| *reason == LossReason::SenderDied;
        let lost = events
            .iter()
            .filter(|event| matches!(&event.kind, Kind::Lost { reason, .. } if of_dead(reason)));
        assert_eq!(lost.count() + heard.len(), 6);
        lengths.insert(heard.len());
    }
    assert_eq!(lengths, (0..=6).collect(), "every prefix happens");
}

#[test]
fn what_is_under_way_to_the_dead_is_lost() {
    let mut world = connected(1);
    send(&mut world, 1, 0, 3);
    world.advance_to(world.now());
    crash(&mut world, 0, false);
    restart(&mut world, 0);
    send(&mut world, 1, 3, 1);
    run(&mut world, 100);
    let events: Vec<_> = world.drain_trace().collect();
    let lost = events.iter().filter_map(|event| match event.kind {
        Kind::Lost { reason, .. } => Some(reason),
        _ => None,
    });
    assert_eq!(lost.collect::<Vec<_>>(), [LossReason::ReceiverDied; 4]);
    assert_eq!(heard(&told_in(&events, 0)), []);
}

#[test]
fn nothing_of_an_earlier_incarnation_is_delivered() {
    for seed in 0..50 {
        let mut world = world(seed, 2);
        let everything = Do::All(vec![
            Do::Open(HostId(1)),
            Do::AlarmIn(Duration::from_millis(3)),
            append("a", "bytes"),
            sync("a", 1),
            Do::List,
            Do::Again,
        ]);
        call(&mut world, 0, everything);
        world.advance_to(world.now());
        call(&mut world, 0, Do::Again);
        crash(&mut world, 0, false);
        world.drain_trace();
        restart(&mut world, 0);
        run(&mut world, 100);
        let told = told(&mut world, 0);
        assert!(matches!(told[..], [Told::Booted { .. }]), "seed {seed}: {told:?}");
    }
}

#[test]
fn what_was_written_survives_the_death_of_a_process() {
    let mut world = world(1, 1);
    call(&mut world, 0, append("a", "never synced"));
    world.advance_to(world.now());
    crash(&mut world, 0, false);
    assert!(world.machine(HostId(0)).is_none());
    restart(&mut world, 0);
    call(&mut world, 0, Do::Read { file: "a".into(), offset: 6, length: 100 });
    run(&mut world, 1);
    assert!(told(&mut world, 0).contains(&Told::Read(b"synced".to_vec())));
}

#[test]
fn a_process_that_stops_itself_says_why_and_counts_as_dead() {
    let mut world = connected(1);
    call(&mut world, 0, Do::All(vec![Do::Stop, append("a", "after the end")]));
    run(&mut world, 100);
    let state = world.hosts().next().expect("there is a host").state.clone();
    assert_eq!(state, HostState::Stopped { reason: "it was told to".into() });
    let events: Vec<_> = world.drain_trace().collect();
    assert_eq!(ends(&told_in(&events, 1)), [CloseReason::PeerDied]);
    assert!(!events.iter().any(|event| matches!(event.kind, Kind::Appended { .. })));
    restart(&mut world, 0);
    run(&mut world, 1);
    assert!(matches!(told(&mut world, 0)[..], [Told::Booted { .. }]));
}

#[test]
fn each_incarnation_has_its_own_seed() {
    let mut world = world(1, 2);
    let seed =
        |world: &crate::toys::ToyWorld, host| world.machine(HostId(host)).expect("it runs").seed;
    let mut seeds = BTreeSet::from([seed(&world, 0), seed(&world, 1)]);
    crash(&mut world, 0, false);
    restart(&mut world, 0);
    seeds.insert(seed(&world, 0));
    assert_eq!(seeds.len(), 3);
}

#[test]
fn a_dead_host_refuses_and_a_restarted_one_accepts() {
    let mut world = world(1, 2);
    crash(&mut world, 1, false);
    call(&mut world, 0, Do::Open(HostId(1)));
    run(&mut world, 10);
    assert_eq!(ends(&told(&mut world, 0)), [CloseReason::Refused]);
    restart(&mut world, 1);
    call(&mut world, 0, Do::Open(HostId(1)));
    run(&mut world, 10);
    assert!(told(&mut world, 0).contains(&Told::Opened(ConnId(1))));
}

#[test]
fn a_host_does_not_connect_to_itself_nor_to_nobody() {
    let mut world = world(1, 1);
    for nobody in [0, 9] {
        call(&mut world, 0, Do::Open(HostId(nobody)));
        run(&mut world, 10);
        assert_eq!(ends(&told(&mut world, 0)), [CloseReason::Refused]);
    }
}
