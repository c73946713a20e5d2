//! Snapshots and SNAP of a tree large enough to be sliced, while clients go on.

#![cfg(not(target_arch = "wasm32"))]

#[path = "../examples/bench_world/large_tree.rs"]
mod large_tree;

use relevo_core::Duration;

/// `cargo xtask bench world --large` measures the same with a million znodes. Each phase here is
/// more than a hundred slices and several syncs long, and what is asked waits for one of each, so
/// that more of them change nothing but how long a phase lasts.
#[test]
fn long_work_keeps_nobody_waiting() {
    for (what, phase) in ["the snapshots", "the SNAP"].iter().zip(large_tree::measure(24_000)) {
        assert!(phase.lasted >= Duration::from_millis(4), "{what} lasted {:?}", phase.lasted);
        assert!(phase.writes.len() >= 40, "{what}: {} writes", phase.writes.len());
        assert!(!phase.pings.is_empty(), "{what}: no pings");
        let (write, ping) = (phase.write_percentile(99), phase.slowest_ping());
        assert!(write < Duration::from_millis(50), "{what}: writes took {write:?}");
        assert!(ping < large_tree::HALF_TICK, "{what}: a ping took {ping:?}");
    }
}
