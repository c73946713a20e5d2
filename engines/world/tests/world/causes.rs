//! Every event names its causes; roots are only client calls, faults and deadlines.

use crate::chaos::{play, script, world};
use crate::toys::{Do, Told, ToyEvent, append, call, connected, run, send, sync};
use relevo_core::{Kind, Party};
use std::collections::BTreeMap;

fn may_be_root(event: &ToyEvent) -> bool {
    let is_outside = matches!(event.party, Some(Party::Outside(_)));
    match &event.kind {
        Kind::Fault { .. } | Kind::Call { .. } | Kind::Deadline => true,
        Kind::Opening { .. } | Kind::Sent { .. } | Kind::Closed { reason: None, .. } => is_outside,
        _ => false,
    }
}

#[test]
fn every_event_of_a_hundred_seeds_rests_on_earlier_ones_or_is_a_root() {
    let mut kinds = BTreeMap::<String, u32>::new();
    for seed in 0..100 {
        let mut world = world(seed, true);
        play(&mut world, &script(seed, 300));
        for (event, number) in world.drain_trace().zip(1..) {
            assert_eq!(event.seq.0, number, "numbers have no gaps");
            assert_eq!(event.causes.is_empty(), may_be_root(&event), "seed {seed}: {event:?}");
            let sound = |cause: &relevo_core::Seq| cause.0 > 0 && *cause < event.seq;
            assert!(event.causes.iter().all(sound), "seed {seed}: {event:?}");
            let name = format!("{:?}", event.kind);
            let name = name.split([' ', '(']).next().expect("every kind has a name");
            *kinds.entry(name.into()).or_default() += 1;
        }
    }
    for kind in ["Lost", "Durable", "Torn", "DiskFailed", "Closed", "Renamed", "Deadline"] {
        assert!(kinds.get(kind).is_some_and(|&count| count >= 20), "{kind}: {kinds:?}");
    }
}

#[test]
fn a_message_leads_back_from_what_it_did_to_the_call_that_sent_it() {
    let mut world = connected(1);
    world.drain_trace();
    send(&mut world, 0, 7, 1);
    run(&mut world, 10);
    let events: Vec<_> = world.drain_trace().collect();
    let by_seq: BTreeMap<_, _> = events.iter().map(|event| (event.seq, event)).collect();
    let heard = |event: &&ToyEvent| matches!(event.kind, Kind::State(Told::Heard { .. }));
    let mut event = events.iter().find(heard).expect("it was heard");
    let mut chain = Vec::new();
    while let Some(cause) = event.causes.first() {
        event = by_seq[cause];
        chain.push(&event.kind);
    }
    assert!(matches!(chain[..], [Kind::Delivered { .. }, Kind::Sent { .. }, Kind::Call { .. }]));
}

#[test]
fn what_follows_from_durability_leads_back_to_the_append() {
    let mut world = connected(1);
    world.drain_trace();
    call(&mut world, 0, append("a", "x"));
    run(&mut world, 1);
    call(&mut world, 0, sync("a", 1));
    run(&mut world, 1);
    call(&mut world, 0, Do::All(vec![append("b", "y"), sync("b", 2)]));
    run(&mut world, 20);
    let events: Vec<_> = world.drain_trace().collect();
    let appended = |event: &&ToyEvent| matches!(event.kind, Kind::Appended { .. });
    let appended = events.iter().find(appended).expect("it was written").seq;
    let durable = events.iter().find(|event| event.kind == Kind::Durable).expect("it was synced");
    assert_eq!(durable.causes[..], [appended]);
}
