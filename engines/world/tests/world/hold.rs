//! A message can be held, and everything behind it waits; dropped, and its connection breaks there.

use crate::toys::{connected, ends, fault, heard, run, send, told, told_in, under_way};
use relevo_core::{CloseReason, Fault, Kind, LossReason};

#[test]
fn a_held_message_stops_what_is_behind_it_in_its_direction_only() {
    let mut world = connected(1);
    send(&mut world, 0, 0, 5);
    send(&mut world, 1, 100, 2);
    world.advance_to(world.now());
    let message = under_way(&world, 0)[2];
    fault(&mut world, Fault::Hold { message });
    run(&mut world, 1000);
    let events: Vec<_> = world.drain_trace().collect();
    assert_eq!(heard(&told_in(&events, 1)), [0, 1]);
    assert_eq!(heard(&told_in(&events, 0)), [100, 101], "the other direction goes on");
    assert_eq!(under_way(&world, 0).len(), 3);

    fault(&mut world, Fault::Release { message });
    run(&mut world, 0);
    assert_eq!(heard(&told(&mut world, 1)), [2, 3, 4], "what was late is there at once");
}

#[test]
fn every_held_message_needs_its_own_release() {
    let mut world = connected(2);
    send(&mut world, 0, 0, 4);
    world.advance_to(world.now());
    let words = under_way(&world, 0);
    fault(&mut world, Fault::Hold { message: words[3] });
    fault(&mut world, Fault::Hold { message: words[0] });
    run(&mut world, 100);
    assert_eq!(heard(&told(&mut world, 1)), []);
    fault(&mut world, Fault::Release { message: words[0] });
    run(&mut world, 100);
    assert_eq!(heard(&told(&mut world, 1)), [0, 1, 2]);
    assert!(world.in_flight().all(|flight| flight.held));
}

#[test]
fn a_dropped_message_breaks_its_connection_where_it_was() {
    for held in [false, true] {
        let mut world = connected(3);
        send(&mut world, 0, 0, 5);
        world.advance_to(world.now());
        let words = under_way(&world, 0);
        if held {
            fault(&mut world, Fault::Hold { message: words[2] });
            run(&mut world, 100);
        }
        fault(&mut world, Fault::Drop { message: words[2] });
        run(&mut world, 100);
        let events: Vec<_> = world.drain_trace().collect();
        assert_eq!(heard(&told_in(&events, 1)), [0, 1], "what was before it arrives");
        for toy in [0, 1] {
            assert_eq!(ends(&told_in(&events, toy)), [CloseReason::Broken], "both ends learn");
        }
        let lost = events.iter().filter_map(|event| match event.kind {
            Kind::Lost { message, reason, .. } => Some((message, reason)),
            _ => None,
        });
        let broken = LossReason::ConnectionBroken;
        let mut lost: Vec<_> = lost.collect();
        lost.sort_unstable_by_key(|&(message, _)| message);
        let expected = [(words[2], LossReason::Dropped), (words[3], broken), (words[4], broken)];
        assert_eq!(lost, expected);
        assert_eq!(world.in_flight().count(), 0);
    }
}

#[test]
fn what_a_sender_says_before_it_learns_of_the_break_is_lost_and_traced() {
    let mut world = connected(4);
    send(&mut world, 0, 0, 1);
    world.advance_to(world.now());
    let message = under_way(&world, 0)[0];
    fault(&mut world, Fault::Drop { message });
    send(&mut world, 0, 1, 1);
    send(&mut world, 1, 2, 1);
    run(&mut world, 100);
    let events: Vec<_> = world.drain_trace().collect();
    let lost = events.iter().filter(|event| matches!(event.kind, Kind::Lost { .. })).count();
    assert_eq!(lost, 3);
    assert_eq!(heard(&told_in(&events, 0)), []);
}
