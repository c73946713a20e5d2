//! Partitions and cut links: what is sent across them waits, nothing opens, until all is healed.

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
fn what_is_sent_across_a_cut_waits_in_silence_until_it_is_healed() {
    for cut in cuts() {
        let mut world = connected(1);
        send(&mut world, 0, 0, 3);
        send(&mut world, 1, 10, 3);
        world.advance_to(world.now());
        fault(&mut world, cut.clone());
        send(&mut world, 0, 3, 1);
        send(&mut world, 1, 13, 1);
        run(&mut world, 600_000);
        let events: Vec<_> = world.drain_trace().collect();
        let (there, back) = ways(&cut);
        let (ping, pong) = ([0, 1, 2, 3], [10, 11, 12, 13]);
        let arrives = |cut: bool, what: [u64; 4]| if cut { vec![] } else { what.to_vec() };
        assert_eq!(heard(&told_in(&events, 1)), arrives(there, ping));
        assert_eq!(heard(&told_in(&events, 0)), arrives(back, pong));
        for toy in [0, 1] {
            assert_eq!(ends(&told_in(&events, toy)), [], "nobody is told");
        }
        let waiting = if there { 4 } else { 0 } + if back { 4 } else { 0 };
        assert_eq!(world.in_flight().count(), waiting);

        fault(&mut world, Fault::Heal);
        let healed = world.now();
        assert!(world.in_flight().all(|message| message.arrives > healed), "a latency later");
        run(&mut world, 100);
        let events: Vec<_> = world.drain_trace().collect();
        assert_eq!(heard(&told_in(&events, 1)), arrives(!there, ping));
        assert_eq!(heard(&told_in(&events, 0)), arrives(!back, pong));
    }
}

/// Whether a cut stops what host 0 sends, and what host 1 sends.
fn ways(cut: &Fault) -> (bool, bool) {
    match cut {
        Fault::CutLink { from: HostId(0), .. } => (true, false),
        Fault::CutLink { .. } => (false, true),
        _ => (true, true),
    }
}

#[test]
fn whoever_loses_patience_across_a_cut_is_heard_when_it_is_healed() {
    let mut world = connected(1);
    fault(&mut world, Fault::Partition { groups: vec![] });
    send(&mut world, 1, 7, 1);
    call(&mut world, 0, Do::Close);
    run(&mut world, 10_000);
    assert_eq!(ends(&told(&mut world, 1)), [], "the other does not know");
    fault(&mut world, Fault::Heal);
    run(&mut world, 100);
    let events: Vec<_> = world.drain_trace().collect();
    assert_eq!(heard(&told_in(&events, 0)), [], "it no longer listens");
    assert_eq!(ends(&told_in(&events, 1)), [CloseReason::ByPeer]);
    assert_eq!(world.in_flight().count(), 0);
}

#[test]
fn no_connection_opens_across_a_cut_until_it_is_healed() {
    for cut in cuts() {
        let mut world = world(1, 2);
        fault(&mut world, cut);
        for (from, to) in [(0, 1), (1, 0)] {
            call(&mut world, from, Do::Open(HostId(to)));
            run(&mut world, 990);
            assert_eq!(ends(&told(&mut world, from)), [], "it asks for a second");
            run(&mut world, 20);
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
        run(&mut world, 1_100);
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
