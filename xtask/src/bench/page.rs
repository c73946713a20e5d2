//! The page in a real browser: bytes of the first load, first picture, frames a second with 300
//! messages in flight, and memory over time. Measured by the script that drives the browser.

use anyhow::{Context, Result};

use crate::build::{self, Profile};
use crate::run::run;
use crate::test::browser;

pub(super) fn bench(args: &[&str], json: bool) -> Result<()> {
    let server = build::all(Profile::Release)?;
    let mut node = browser::node("bench.mjs", &server).context("preparing the browser")?;
    node.args(args).args(json.then_some("--json"));
    run(&mut node)
}
