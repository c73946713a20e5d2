//! Whoever does not wait until the lab is under way is judged as well.

use relevo_coordination::PeerState;
use relevo_core::{Fault, Instant, Origin, OutsideInput};
use relevo_exercises::{Run, find, under_way};
use relevo_lab::{Lab, Scenario, Scene};
use relevo_world::Storage;
use std::sync::Arc;

const WALL_START_MS: i64 = 1_767_225_600_000;

/// Stops a server of Z1's lab, one that leads or one that does not, as soon as there is a leader;
/// how many steps are passed five seconds later.
fn passed_after_stopping(seed: u64, role: PeerState) -> usize {
    let page = find("Z1").expect("loads").expect("is there");
    let scenario = Scenario::named("z1").expect("is there");
    let mut lab = Lab::new(&scenario, seed, WALL_START_MS, Storage::Memory);
    let mut scene = lab.scene().clone();
    let mut run = Run::begin(Arc::new(page.exercise), &scene);
    let mut stopped = false;
    while lab.now() < Instant::ZERO + relevo_core::Duration::from_secs(10) {
        assert!(lab.run_one(), "the lab goes on");
        let leads =
            |scene: &Scene| scene.servers.iter().any(|s| s.serving && s.role == PeerState::Leading);
        if !stopped && leads(lab.scene()) {
            assert!(!under_way(lab.scene()), "it is early");
            let servers = &lab.scene().servers;
            let node = servers.iter().find(|s| s.role == role).expect("one has it").host;
            let fault = Fault::Crash { node, power_loss: false };
            lab.input(OutsideInput::Fault { fault, by: Origin::Hand }).expect("it can be stopped");
            stopped = true;
        }
        for event in lab.take_events() {
            run.before(&event, &scene);
            scene.apply(&event);
            run.after(&scene);
        }
    }
    assert!(stopped, "a leader was elected");
    run.steps_passed()
}

#[test]
fn a_server_stopped_before_the_counter_counts_is_stopped() {
    for seed in 1..=20 {
        assert_eq!(passed_after_stopping(seed, PeerState::Following), 1, "seed {seed}");
    }
}

#[test]
fn the_leader_stopped_as_early_is_no_follower() {
    for seed in 1..=20 {
        assert_eq!(passed_after_stopping(seed, PeerState::Leading), 0, "seed {seed}");
    }
}
