//! The engines' own tests on wasm32-unknown-unknown: what decides is pure, or it would not run.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

use super::session::Session;
use crate::needs::{self, on_path};
use crate::paths;
use crate::run::{cargo, output, run};

/// The crates below the seam.
pub(super) const ENGINES: &[&str] =
    &["relevo-core", "relevo-world", "relevo-coordination", "relevo-apps", "relevo-lab"];

pub(super) fn part(session: &mut Session) {
    if !on_path("node") {
        session.missing("the engines' tests on wasm32", "node runs them (Debian: nodejs)");
        return;
    }
    for engine in ENGINES {
        session.check(&format!("{engine} on wasm32"), || {
            let runner = paths::root().join("tests/wasm/run.mjs");
            run(Command::new("timeout").args(["600", "node"]).arg(runner).arg(compiled(engine)?))
        });
    }
}

/// Compiles a crate's tests for wasm32; where the binary lies.
fn compiled(engine: &str) -> Result<PathBuf> {
    let build = ["test", "--lib", "--no-run", "--quiet", "--message-format=json", "--package"];
    let messages = output(cargo(build).arg(engine).args(["--target", needs::WASM]))?;
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter_map(|message| Some(PathBuf::from(message.get("executable")?.as_str()?)))
        .next_back()
        .context("cargo named no test binary")
}
