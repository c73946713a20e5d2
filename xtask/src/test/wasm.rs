//! The engines' own tests on wasm32-unknown-unknown: what decides is pure, or it would not run.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;
use serde_json::Value;

use super::session::Session;
use crate::needs::{self, on_path};
use crate::paths;
use crate::run::{cargo, output};

/// The crates below the seam.
pub(super) const ENGINES: &[&str] =
    &["relevo-core", "relevo-world", "relevo-coordination", "relevo-apps", "relevo-lab"];

/// Those that have tests, and which of them run here. Of `relevo-coordination` the others read
/// golden files, or make up strings, for which proptest wants a source of entropy.
const TESTS: &[(&str, &[&str])] = &[
    ("relevo-world", &["--tests"]),
    ("relevo-coordination", &["--lib", "--test", "client"]),
    ("relevo-apps", &["--tests"]),
    ("relevo-lab", &["--tests"]),
];

pub(super) fn part(session: &mut Session) {
    if !on_path("node") {
        session.missing("the engines' tests on wasm32", "node runs them (Debian: nodejs)");
        return;
    }
    for (engine, tests) in TESTS {
        let mut binaries = Vec::new();
        let built = session.check(&format!("{engine} for wasm32"), || {
            binaries = compiled(engine, tests)?;
            Ok(())
        });
        if built {
            let runner = paths::root().join("tests/wasm/run.mjs");
            let mut run = Command::new("timeout");
            run.args(["600", "node"]).arg(runner).args(binaries);
            session.counted(&format!("{engine} on wasm32"), &mut run);
        }
    }
}

/// Compiles tests of a crate for wasm32; where the binaries lie.
fn compiled(engine: &str, tests: &[&str]) -> Result<Vec<PathBuf>> {
    let build = ["test", "--no-run", "--quiet", "--message-format=json", "--package", engine];
    let messages = output(cargo(build).args(tests).args(["--target", needs::WASM]))?;
    let binaries = messages.lines().filter_map(|line| {
        let message: Value = serde_json::from_str(line).ok()?;
        Some(PathBuf::from(message.get("executable")?.as_str()?))
    });
    Ok(binaries.collect())
}
