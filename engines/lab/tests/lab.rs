//! A lab as its drivers use it.

use relevo_core::{Duration, Fault, Instant, Origin, OutsideInput};
use relevo_lab::{ForkError, Lab, LabEvent, Scenario};
use relevo_world::Storage;
use std::sync::Arc;

fn lab(name: &str, seed: u64) -> Lab {
    Lab::new(&Scenario::named(name).unwrap(), seed, 1_700_000_000_000, Storage::Memory)
}

fn ms(ms: u64) -> Instant {
    Instant::ZERO + Duration::from_millis(ms)
}

fn crash(lab: &mut Lab, name: &str) {
    let node = lab.host_named(name).unwrap();
    let fault = Fault::Crash { node, power_loss: true };
    lab.input(OutsideInput::Fault { fault, by: Origin::Hand }).unwrap();
}

fn leader(lab: &Lab) -> String {
    lab.scene().leader().expect("someone leads").name.to_string()
}

#[test]
fn an_ensemble_becomes_ready_within_300_ms() {
    for seed in 1..20 {
        let mut lab = lab("main", seed);
        lab.advance_to(ms(300));
        assert!(lab.ready(), "seed {seed}: {:?}", lab.nodes());
    }
}
