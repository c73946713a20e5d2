//! The page in a real browser, as a person uses it. The scripts are in `tests/browser/`.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Result;

use super::session::Session;
use super::{clients, peers};
use crate::needs::on_path;
use crate::paths;

pub(super) fn part(session: &mut Session) {
    if !on_path("chromium") {
        session.missing("the page in a browser", "apt-get install -y chromium");
        return;
    }
    let server = paths::target().join("release/relevo");
    match node("run.mjs", &server) {
        Ok(mut node) => {
            match clients::kazoo() {
                Ok(python) => drop(node.env("LEARNER_PYTHON", python)),
                Err(error) => session.missing("own code beside the page", &format!("{error:#}")),
            }
            session.counted("the page in a browser", &mut node);
        }
        Err(error) => session.missing("the page in a browser", &format!("{error:#}")),
    }
}

/// A script of `tests/browser/`, ready to run against a server's binary.
///
/// It takes its pictures into `artefacts/`.
pub(crate) fn node(script: &str, server: &Path) -> Result<Command> {
    let dir = peers::npm("tests/browser")?;
    let artefacts = paths::root().join("artefacts");
    fs::create_dir_all(&artefacts)?;
    let mut node = Command::new("timeout");
    node.args(["--kill-after=10", "2400", "node"]).arg(dir.join(script));
    node.env("RELEVO_BINARY", server).env("ARTEFACTS", artefacts);
    Ok(node)
}
