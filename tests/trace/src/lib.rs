//! Half a minute of a lab's life with every kind of crash in it, as a hash.
//!
//! The same seed and inputs must give the same trace, byte for byte, natively and in wasm: on that
//! stand recordings, forks, permalinks and the replay of failing seeds. `cargo xtask test` runs
//! this both ways and compares. What could make them differ is what engines are forbidden: pointer
//! width, hash order, floats, a clock.

use relevo_core::{Duration, Fault, HostId, Instant, Origin, OutsideInput};
use relevo_lab::{Lab, Scenario};
use relevo_world::Storage;
use sha2::{Digest, Sha256};

/// The hash of one seed's trace: a first minute with a process death, a power loss, a pause, a cut
/// and their mending.
pub fn trace_hash(seed: u64) -> String {
    let scenario = Scenario::named("first-minute").expect("it is built in");
    let mut lab = Lab::new(&scenario, seed, 1_700_000_000_000, Storage::Memory);
    let mut digest = Sha256::new();
    let mut events = 0_u64;
    for second in 0..30 {
        for fault in faults(&lab, second) {
            lab.input(OutsideInput::Fault { fault, by: Origin::Script }).expect("can be applied");
        }
        lab.advance_to(Instant(0) + Duration::from_secs(second + 1));
        for event in lab.take_events() {
            let bytes = postcard::to_stdvec(&*event).expect("every event can be written");
            digest.update(bytes);
            events += 1;
        }
    }
    let hash: String = digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{events} {hash}")
}

/// What is done to the lab at the beginning of a second.
fn faults(lab: &Lab, second: u64) -> Vec<Fault> {
    let leader = || role(lab, "leader");
    let follower = || role(lab, "follower");
    let crash = |node, power_loss| Fault::Crash { node, power_loss };
    let crashed = || {
        let node = lab.nodes().into_iter().find(|node| node.state == "crashed")?;
        Some(Fault::Restart { node: node.host })
    };
    match second {
        3 => leader().map(|node| crash(node, false)).into_iter().collect(),
        9 | 17 => crashed().into_iter().collect(),
        12 => follower().map(|node| crash(node, true)).into_iter().collect(),
        20 => match (leader(), follower()) {
            (Some(from), Some(to)) => vec![Fault::CutLink { from, to }],
            _ => Vec::new(),
        },
        26 => vec![Fault::Heal],
        _ => Vec::new(),
    }
}

fn role(lab: &Lab, role: &str) -> Option<HostId> {
    lab.nodes().into_iter().find(|node| node.role == role).map(|node| node.host)
}

#[cfg(target_arch = "wasm32")]
mod exported {
    use wasm_bindgen::prelude::wasm_bindgen;

    /// The hash of one seed's trace, for JavaScript.
    #[wasm_bindgen]
    pub fn trace_hash(seed: u32) -> String {
        super::trace_hash(u64::from(seed))
    }
}
