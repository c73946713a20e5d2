//! The page in a real browser, as a person uses it. The scripts are in `tests/browser/`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::session::Session;
use crate::needs::on_path;
use crate::paths;
use crate::run::run;

pub(super) fn part(session: &mut Session) {
    if !on_path("chromium") {
        session.missing("the page in a browser", "apt-get install -y chromium");
        return;
    }
    let server = paths::target().join("release/relevo");
    match node("run.mjs", &server) {
        Ok(mut node) => session.counted("the page in a browser", &mut node),
        Err(error) => session.missing("the page in a browser", &format!("{error:#}")),
    }
}

/// A script of `tests/browser/`, ready to run against a server's binary.
///
/// It runs from a copy below `target/`, beside what npm installs for it, so that the sources stay
/// as git has them.
pub(crate) fn node(script: &str, server: &Path) -> Result<Command> {
    let dir = installed()?;
    let artefacts = paths::root().join("artefacts");
    fs::create_dir_all(&artefacts)?;
    let mut node = Command::new("timeout");
    node.args(["--kill-after=10", "1200", "node"]).arg(dir.join(script));
    node.env("RELEVO_BINARY", server).env("ARTEFACTS", artefacts);
    Ok(node)
}

/// Copies the scripts and installs exactly what their lock file says.
fn installed() -> Result<PathBuf> {
    let from = paths::root().join("tests/browser");
    let to = paths::target().join("browser");
    fs::create_dir_all(&to)?;
    let lock =
        fs::read(from.join("package-lock.json")).context("tests/browser has no lock file")?;
    let fresh = fs::read(to.join("package-lock.json")).is_ok_and(|there| there == lock)
        && to.join("node_modules").is_dir();
    for entry in fs::read_dir(&from)? {
        let path = entry?.path();
        if let (true, Some(name)) = (path.is_file(), path.file_name()) {
            fs::copy(&path, to.join(name))?;
        }
    }
    if !fresh {
        let mut npm = Command::new("npm");
        npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(&to);
        run(&mut npm).context("npm could not install what the browser tests need")?;
    }
    Ok(to)
}
