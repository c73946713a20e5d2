//! A simulation in wasm, as a hash, to be compared with the same one natively.
//!
//! The same build, scenario and seed must give the same trace, byte for byte, on every platform:
//! on that stand recordings, forks, permalinks and the replay of failing seeds. What could make
//! them differ is what engines are forbidden: pointer width, hash order, floats, a clock. The test
//! command compares this with `relevo simulate`.

use relevo_lab::simulate::{self, Simulation};
use wasm_bindgen::prelude::wasm_bindgen;

/// The hash of a built-in scenario's trace; empty where there is no such scenario.
#[wasm_bindgen]
pub fn trace_hash(scenario: &str, seed: u32) -> String {
    let Some(simulation) = Simulation::named(scenario) else { return String::new() };
    let report = simulate::run(&simulation, u64::from(seed), &mut |_, _| {});
    report.trace_hash.unwrap_or_default()
}
