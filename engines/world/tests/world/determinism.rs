//! The same seed and inputs give the same trace, however the world is driven.

use crate::chaos::{play, script, world};
use crate::toys::{ToyEvent, ToyWorld};
use relevo_core::{Duration, Instant};
use sha2::{Digest, Sha256};

fn bytes(events: &[ToyEvent]) -> Vec<u8> {
    postcard::to_stdvec(events).expect("events can be written")
}

fn state(world: &ToyWorld) -> String {
    let hosts: Vec<_> = world.hosts().collect();
    let machines = world.hosts().map(|host| world.machine(host.id));
    let machines: Vec<_> = machines.map(|machine| machine.map(|toy| &toy.heard)).collect();
    format!("{:?} {:?} {} {hosts:?} {machines:?}", world.now(), world.seq(), world.steps())
}

#[test]
fn the_same_seed_gives_the_same_trace_and_another_one_another() {
    let trace = |seed| {
        let mut world = world(seed, true);
        play(&mut world, &script(1, 200));
        bytes(&world.drain_trace().collect::<Vec<_>>())
    };
    assert_eq!(trace(1), trace(1));
    assert_ne!(trace(1), trace(2));
}

/// Natively and in wasm: the hash is compared with one number, so any platform that runs this test
/// proves its own.
#[test]
fn the_trace_is_the_same_on_every_platform() {
    let mut hash = Sha256::new();
    for seed in 0..20 {
        let mut world = world(seed, true);
        play(&mut world, &script(seed, 200));
        hash.update(bytes(&world.drain_trace().collect::<Vec<_>>()));
    }
    let hash: String = hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hash, "330cc1a9332b4448");
}

#[test]
fn keeping_the_trace_changes_nothing() {
    for seed in 0..30 {
        let states = [true, false].map(|trace| {
            let mut world = world(seed, trace);
            play(&mut world, &script(seed, 200));
            state(&world)
        });
        assert_eq!(states[0], states[1], "seed {seed}");
    }
}

#[test]
fn a_clone_goes_on_as_its_original_does() {
    for seed in 0..30 {
        let script = script(seed, 300);
        let (before, after) = script.split_at(150);
        let mut original = world(seed, true);
        for (at, input) in before {
            original.advance_to(*at);
            let _ = original.input(input.clone());
        }
        original.drain_trace();
        let mut clone = original.clone();
        play(&mut original, after);
        play(&mut clone, after);
        let traces =
            [original, clone].map(|mut world| bytes(&world.drain_trace().collect::<Vec<_>>()));
        assert_eq!(traces[0], traces[1], "seed {seed}");
    }
}

#[test]
fn single_steps_give_what_a_leap_gives() {
    for seed in 0..30 {
        let script = script(seed, 200);
        let end = Instant(script.last().expect("it is long").0.0 + 200_000_000);
        let mut leaps = world(seed, true);
        play(&mut leaps, &script);
        let mut walks = world(seed, true);
        for (at, input) in &script {
            while walks.next_due().is_some_and(|due| due <= *at) {
                let (due, seq) = (walks.next_due(), walks.seq());
                assert!(walks.run_one());
                assert_eq!(due, Some(walks.now()));
                let _ = seq;
            }
            walks.advance_to(*at);
            let _ = walks.input(input.clone());
        }
        while walks.now() < end {
            walks.advance_to((walks.now() + Duration::from_micros(777)).min(end));
        }
        let traces =
            [leaps, walks].map(|mut world| bytes(&world.drain_trace().collect::<Vec<_>>()));
        assert_eq!(traces[0], traces[1], "seed {seed}");
    }
}
