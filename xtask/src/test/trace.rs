//! The same scenario and seed natively and in wasm: the same trace, byte for byte.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use wasm_bindgen_cli_support::Bindgen;

use super::session::Session;
use crate::needs::{self, on_path};
use crate::paths;
use crate::run::{cargo, output, run};

/// Everything that faults can do happens in a schedule; the first minute has the counter.
const RUNS: &[(&str, &str)] = &[("first-minute", "1"), ("schedule", "1"), ("schedule", "2")];

/// Calls the one exported function.
const SCRIPT: &str = "const [glue, scenario, seed] = process.argv.slice(1); \
                      console.log(require(glue).trace_hash(scenario, +seed));";

pub(super) fn part(session: &mut Session) {
    if !on_path("node") {
        session.missing("traces natively and in wasm", "node runs them (Debian: nodejs)");
        return;
    }
    let mut glue = None;
    session.check("a lab compiled to wasm", || {
        glue.insert(compiled()?).try_exists().map(drop).map_err(Into::into)
    });
    let Some(glue) = glue else { return };
    for (scenario, seed) in RUNS {
        session.check(&format!("the trace of {scenario}, seed {seed}"), || {
            let native = native(scenario, seed)?;
            let mut node = Command::new("timeout");
            node.args(["600", "node", "-e", SCRIPT]).arg(&glue).args([scenario, seed]);
            let wasm = output(&mut node)?;
            ensure!(native == wasm.trim(), "natively {native}, in wasm {}", wasm.trim());
            Ok(())
        });
    }
}

/// What `relevo simulate` says the trace's hash is.
fn native(scenario: &str, seed: &str) -> Result<String> {
    let mut relevo = Command::new(paths::target().join("release/relevo"));
    let told = output(relevo.args(["simulate", scenario, "--seed", seed, "--json"]))?;
    let last: Value = serde_json::from_str(told.lines().last().context("it printed nothing")?)?;
    Ok(last["trace_hash"].as_str().context("the last line has no trace_hash")?.to_owned())
}

/// The lab in wasm with what makes it callable from node.
fn compiled() -> Result<PathBuf> {
    let build = ["build", "--quiet", "--package", "relevo-trace-test", "--target"];
    run(cargo(build).arg(needs::WASM))?;
    let target = paths::target();
    let out = target.join("trace-glue");
    let mut bindgen = Bindgen::new();
    bindgen
        .input_path(target.join(needs::WASM).join("debug/relevo_trace_test.wasm"))
        .out_name("trace")
        .typescript(false)
        .nodejs(true)?;
    bindgen.generate(&out)?;
    Ok(out.join("trace.js"))
}
