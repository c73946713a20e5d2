//! Programs outside: they connect, speak, close and stop reading; what is for them leaves the world.

use crate::toys::{
    Do, PORT, Told, ToyConfig, ToyWorld, Word, call, config, crash, ends, fault, heard, run, send,
    told, told_in, world,
};
use relevo_core::{
    Address, CloseReason, ConnId, Fault, HostId, Kind, OutsideId, OutsideInput, OutsideOutput,
    Party,
};
use relevo_world::{CommandError, Storage, World};
use std::net::{IpAddr, Ipv4Addr};

fn connect(world: &mut ToyWorld) -> ConnId {
    let input = OutsideInput::Connect {
        outside: OutsideId(3),
        to: Address::new(HostId(0), PORT),
        ip: IpAddr::V4(Ipv4Addr::LOCALHOST),
        port: 5000,
    };
    world.input(input).expect("the host is there").conn.expect("a connection was made")
}

fn say(world: &mut ToyWorld, conn: ConnId, number: u64) {
    let message = Word { number, size: 10 };
    world.input(OutsideInput::Message { conn, message }).expect("it is open");
}

#[test]
fn a_program_outside_speaks_with_a_machine() {
    let mut world = World::new(config(1));
    world.add_host("echo", ToyConfig { echoes: true }, Storage::Memory);
    let conn = connect(&mut world);
    say(&mut world, conn, 1);
    say(&mut world, conn, 5);
    run(&mut world, 20);
    let out: Vec<_> = world.drain_outside().collect();
    let message = |number| OutsideOutput::Message { conn, message: Word { number, size: 10 } };
    assert_eq!(out, [message(2), message(6)]);
    let events: Vec<_> = world.drain_trace().collect();
    let outside = Party::Outside(OutsideId(3));
    let roots = events.iter().filter(|e| e.causes.is_empty() && e.party == Some(outside));
    assert_eq!(roots.count(), 3, "one opening, two messages");
}

#[test]
fn a_machine_can_close_on_a_program_and_the_other_way_round() {
    let mut world = world(1, 1);
    let conn = connect(&mut world);
    run(&mut world, 10);
    send(&mut world, 0, 7, 1);
    call(&mut world, 0, Do::Close);
    run(&mut world, 10);
    let message = Word { number: 7, size: 100 };
    let out: Vec<_> = world.drain_outside().collect();
    let closed = OutsideOutput::Closed { conn, reason: CloseReason::ByPeer };
    assert_eq!(out, [OutsideOutput::Message { conn, message }, closed]);

    let conn = connect(&mut world);
    say(&mut world, conn, 1);
    let reason = CloseReason::Malformed;
    world.input(OutsideInput::Close { conn, reason }).expect("it is open");
    world.drain_trace();
    run(&mut world, 10);
    let told = told(&mut world, 0);
    assert_eq!(heard(&told), [1], "what came before the end arrives");
    assert_eq!(ends(&told), [reason]);
    assert_eq!(
        world.input(OutsideInput::Close { conn, reason }),
        Err(CommandError::UnknownConnection { conn })
    );
}

#[test]
fn a_dead_host_closes_its_programs_and_refuses_new_ones() {
    let mut world = world(1, 1);
    let conn = connect(&mut world);
    run(&mut world, 10);
    crash(&mut world, 0, false);
    run(&mut world, 10);
    let out: Vec<_> = world.drain_outside().collect();
    assert_eq!(out, [OutsideOutput::Closed { conn, reason: CloseReason::PeerDied }]);
    let conn = connect(&mut world);
    run(&mut world, 10);
    let out: Vec<_> = world.drain_outside().collect();
    assert_eq!(out, [OutsideOutput::Closed { conn, reason: CloseReason::Refused }]);
}

#[test]
fn a_slow_socket_blocks_the_machine() {
    let mut world = world(1, 1);
    let conn = connect(&mut world);
    run(&mut world, 10);
    send(&mut world, 0, 1, 1);
    run(&mut world, 10);
    world.drain_trace();
    world.input(OutsideInput::Blocked { conn }).expect("it is open");
    run(&mut world, 1);
    assert_eq!(told(&mut world, 0), [Told::Blocked]);
    world.input(OutsideInput::Writable { conn }).expect("it is open");
    run(&mut world, 1);
    assert_eq!(told(&mut world, 0), [Told::Writable]);
}

#[test]
fn their_messages_can_be_held_and_dropped_like_any_other() {
    let mut world = world(1, 1);
    let conn = connect(&mut world);
    run(&mut world, 10);
    say(&mut world, conn, 1);
    say(&mut world, conn, 2);
    let message = world.in_flight().nth(1).expect("two are under way").message;
    fault(&mut world, Fault::Hold { message });
    run(&mut world, 50);
    assert_eq!(heard(&told(&mut world, 0)), [1]);
    fault(&mut world, Fault::Drop { message });
    run(&mut world, 50);
    let events: Vec<_> = world.drain_trace().collect();
    assert_eq!(ends(&told_in(&events, 0)), [CloseReason::Broken]);
    let closed = OutsideOutput::Closed { conn, reason: CloseReason::Broken };
    assert_eq!(world.drain_outside().collect::<Vec<_>>(), [closed]);
    assert!(events.iter().any(|event| matches!(event.kind, Kind::Lost { .. })));
}
