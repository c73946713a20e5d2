//! A queue of 1 MiB tells its sender to wait; one of 64 MiB breaks its connection.

use crate::toys::{Do, Told, call, connected, ends, fault, run, told, told_in, under_way};
use relevo_core::{CloseReason, Fault, HostId};
use relevo_world::{BLOCKED_AT, OVERFLOW_AT};

fn send(bytes: u64) -> Do {
    let size = 64 * 1024;
    Do::Send { first: 0, count: bytes / size, size }
}

#[test]
fn a_full_queue_says_blocked_once_and_writable_when_there_is_room() {
    let mut world = connected(1);
    world.drain_trace();
    call(&mut world, 0, send(BLOCKED_AT - 64 * 1024));
    world.advance_to(world.now());
    assert_eq!(told(&mut world, 0), [], "just under the limit");
    call(&mut world, 0, send(2 * BLOCKED_AT));
    world.advance_to(world.now());
    assert_eq!(told(&mut world, 0), [Told::Blocked]);
    run(&mut world, 100);
    assert_eq!(told(&mut world, 0), [Told::Writable]);
}

#[test]
fn writable_comes_only_under_the_limit() {
    let mut world = connected(1);
    fault(&mut world, Fault::Pause { node: HostId(1) });
    world.drain_trace();
    call(&mut world, 0, send(2 * BLOCKED_AT));
    run(&mut world, 1000);
    assert_eq!(told(&mut world, 0), [Told::Blocked], "a frozen reader drains nothing");
    fault(&mut world, Fault::Resume { node: HostId(1) });
    run(&mut world, 1);
    assert_eq!(told(&mut world, 0), [Told::Writable]);
}

#[test]
fn a_link_with_64_mib_queued_breaks() {
    let mut world = connected(1);
    fault(&mut world, Fault::Pause { node: HostId(1) });
    world.drain_trace();
    call(&mut world, 0, send(OVERFLOW_AT - 64 * 1024));
    run(&mut world, 10);
    assert_eq!(told(&mut world, 0), [Told::Blocked]);
    call(&mut world, 0, send(64 * 1024));
    run(&mut world, 10);
    fault(&mut world, Fault::Resume { node: HostId(1) });
    run(&mut world, 10);
    let events: Vec<_> = world.drain_trace().collect();
    for toy in [0, 1] {
        assert_eq!(ends(&told_in(&events, toy)), [CloseReason::Overflow]);
    }
    assert_eq!(under_way(&world, 0), []);
}
