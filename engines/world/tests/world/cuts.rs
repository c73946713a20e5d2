//! Partitions and cut links: connections across them break, new ones fail, until all is healed.

use crate::toys::{Do, Told, call, connected, ends, fault, heard, run, send, told, told_in, world};
use relevo_core::{CloseReason, Fault, HostId};

fn cuts() -> [Fault; 3] {
    let (a, b) = (HostId(0), HostId(1));
    let groups = vec![vec![a], vec![b]];
    [
        Fault::Partition { groups },
        Fault::CutLink { from: a, to: b },
        Fault::CutLink { from: b, to: a },
    ]
}

#[test]
fn a_cut_breaks_connections_at_both_ends_and_loses_what_is_under_way() {
    for cut in cuts() {
        let mut world = connected(1);
        send(&mut world, 0, 0, 3);
        send(&mut world, 1, 0, 3);
        world.advance_to(world.now());
        fault(&mut world, cut);
        run(&mut world, 100);
        let events: Vec<_> = world.drain_trace().collect();
        for toy in [0, 1] {
            assert_eq!(heard(&told_in(&events, toy)), []);
            assert_eq!(ends(&told_in(&events, toy)), [CloseReason::Broken]);
        }
        assert_eq!(world.in_flight().count(), 0);
    }
}

#[test]
fn no_connection_opens_across_a_cut_until_it_is_healed() {
    for cut in cuts() {
        let mut world = world(1, 2);
        fault(&mut world, cut);
        for (from, to) in [(0, 1), (1, 0)] {
            call(&mut world, from, Do::Open(HostId(to)));
            run(&mut world, 10);
            assert_eq!(ends(&told(&mut world, from)), [CloseReason::Broken]);
        }
        fault(&mut world, Fault::Heal);
        call(&mut world, 0, Do::Open(HostId(1)));
        run(&mut world, 10);
        assert!(matches!(told(&mut world, 1)[..], [Told::Accepted(_)]));
    }
}

#[test]
fn an_opening_under_way_fails_too() {
    for cut in cuts() {
        let mut world = world(1, 2);
        call(&mut world, 0, Do::Open(HostId(1)));
        world.advance_to(world.now());
        world.drain_trace();
        fault(&mut world, cut);
        run(&mut world, 10);
        let events: Vec<_> = world.drain_trace().collect();
        assert_eq!(ends(&told_in(&events, 0)), [CloseReason::Broken]);
        assert_eq!(told_in(&events, 1), [], "it never heard of it");
    }
}

#[test]
fn a_partition_leaves_groups_whole_and_cuts_off_whoever_is_in_none() {
    let mut world = world(1, 4);
    fault(&mut world, Fault::Partition { groups: vec![vec![HostId(0), HostId(1)]] });
    let mut reaches = |from: u32, to: u32| {
        call(&mut world, from, Do::Open(HostId(to)));
        run(&mut world, 10);
        ends(&told(&mut world, from)).is_empty()
    };
    assert!(reaches(0, 1));
    assert!(!reaches(0, 2));
    assert!(!reaches(2, 3), "two in no group do not reach each other");
}

#[test]
fn other_connections_stay() {
    let mut world = world(1, 3);
    call(&mut world, 0, Do::Open(HostId(2)));
    run(&mut world, 10);
    fault(&mut world, Fault::CutLink { from: HostId(0), to: HostId(1) });
    send(&mut world, 0, 5, 1);
    run(&mut world, 10);
    assert_eq!(heard(&told(&mut world, 2)), [5]);
}
