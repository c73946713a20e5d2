//! The same seed natively and in wasm: the same trace, byte for byte.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, ensure};
use wasm_bindgen_cli_support::Bindgen;

use super::session::Session;
use crate::needs::{self, on_path};
use crate::paths;
use crate::run::{cargo, output, run};

const SEEDS: [&str; 3] = ["1", "2", "3"];

/// Calls the one exported function for each argument.
const SCRIPT: &str = "const { trace_hash } = require(process.argv[1]); \
                      for (const seed of process.argv.slice(2)) console.log(trace_hash(+seed));";

pub(super) fn part(session: &mut Session) {
    if !on_path("node") {
        session.missing("traces natively and in wasm", "node runs them (Debian: nodejs)");
        return;
    }
    session.check("traces natively and in wasm", || {
        let native = native()?;
        let wasm = wasm()?;
        ensure!(native.lines().count() == SEEDS.len(), "one hash a seed was expected: {native}");
        ensure!(native == wasm, "natively:\n{native}in wasm:\n{wasm}");
        eprint!("{native}");
        Ok(())
    });
}

fn native() -> Result<String> {
    let native = ["run", "--release", "--quiet", "--package", "relevo-trace-test", "--"];
    output(cargo(native).args(SEEDS))
}

fn wasm() -> Result<String> {
    let build = ["build", "--quiet", "--lib", "--package", "relevo-trace-test", "--target"];
    run(cargo(build).arg(needs::WASM))?;
    let glue = glue()?;
    output(Command::new("node").args(["-e", SCRIPT]).arg(glue).args(SEEDS))
}

/// The wasm with what makes it callable from node.
fn glue() -> Result<PathBuf> {
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
