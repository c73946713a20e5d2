//! `cargo xtask bugs`: every planted bug, the first seed whose schedule shows it, and the checker
//! that sees it; the engine without it passes the same seeds.

use anyhow::{Result, ensure};

use crate::run::{cargo, run};

pub(crate) fn command(args: &[String]) -> Result<()> {
    ensure!(args.is_empty(), "`bugs` knows no flags; not `{}`", args.join(" "));
    run(&mut example())
}

/// The bugs are behind a feature, so that no shipped binary can have them.
fn example() -> std::process::Command {
    cargo([
        "run",
        "--release",
        "--quiet",
        "--package",
        "relevo-lab",
        "--features",
        "bugs",
        "--example",
        "bugs",
    ])
}
