//! A frozen process handles nothing; what is for it waits and is handled, in order, at `Resume`.

use crate::toys::{
    Do, Told, append, call, connected, ends, fault, heard, run, send, sync, told, told_in, world,
};
use relevo_core::{CloseReason, ConnId, Duration, Fault, HostId, Kind, Token};

const FROZEN: Fault = Fault::Pause { node: HostId(1) };
const THAWED: Fault = Fault::Resume { node: HostId(1) };

#[test]
fn inputs_wait_in_order_and_are_handled_at_resume() {
    let mut world = connected(1);
    fault(&mut world, FROZEN);
    world.drain_trace();
    send(&mut world, 0, 0, 2);
    run(&mut world, 50);
    call(&mut world, 1, Do::Again);
    send(&mut world, 0, 2, 1);
    run(&mut world, 50);
    assert_eq!(told(&mut world, 1), []);
    assert_eq!(world.in_flight().count(), 3, "they are still under way");

    fault(&mut world, THAWED);
    let resumed = world.now();
    run(&mut world, 1);
    let events: Vec<_> = world.drain_trace().collect();
    let told = told_in(&events, 1);
    assert_eq!(heard(&told), [0, 1, 2]);
    let delivered = events.iter().filter(|event| matches!(event.kind, Kind::Delivered { .. }));
    assert!(delivered.clone().all(|event| event.at == resumed));
    assert_eq!(told.last(), Some(&Told::Turn), "a turn comes after what was due");
}

#[test]
fn the_kernel_accepts_while_the_process_is_frozen() {
    let mut world = world(1, 2);
    fault(&mut world, FROZEN);
    call(&mut world, 0, Do::Open(HostId(1)));
    run(&mut world, 10);
    assert_eq!(told(&mut world, 0).last(), Some(&Told::Opened(ConnId(0))));
    send(&mut world, 0, 7, 1);
    run(&mut world, 10);
    fault(&mut world, THAWED);
    run(&mut world, 1);
    let told = told(&mut world, 1);
    assert_eq!(told[0], Told::Accepted(ConnId(0)));
    assert_eq!(heard(&told), [7]);
}

#[test]
fn deadlines_and_syncs_wait_too() {
    let mut world = connected(1);
    let ask = Do::All(vec![Do::AlarmIn(Duration::from_millis(5)), append("a", "b"), sync("a", 3)]);
    call(&mut world, 1, ask);
    world.advance_to(world.now());
    fault(&mut world, FROZEN);
    world.drain_trace();
    run(&mut world, 100);
    assert_eq!(told(&mut world, 1), []);
    fault(&mut world, THAWED);
    run(&mut world, 0);
    let told = told(&mut world, 1);
    assert_eq!(told.len(), 2);
    assert!(told.contains(&Told::Durable(Token(3))));
}

#[test]
fn nothing_waits_for_one_that_dies_frozen() {
    let mut world = connected(1);
    fault(&mut world, FROZEN);
    send(&mut world, 0, 0, 2);
    run(&mut world, 10);
    crate::toys::crash(&mut world, 1, false);
    crate::toys::restart(&mut world, 1);
    world.drain_trace();
    run(&mut world, 10);
    let events: Vec<_> = world.drain_trace().collect();
    assert!(matches!(told_in(&events, 1)[..], [Told::Booted { .. }]));
    assert_eq!(ends(&told_in(&events, 0)), [CloseReason::PeerDied]);
}

#[test]
fn a_frozen_world_has_nothing_due() {
    let mut world = connected(1);
    fault(&mut world, FROZEN);
    send(&mut world, 0, 0, 2);
    world.advance_to(world.now());
    assert_eq!(world.next_due(), None);
    assert!(!world.run_one());
}
