//! Clients that others wrote, unmodified, against our real ports; and Apache ZooKeeper itself,
//! asked the same as ours.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use super::peers;
use super::session::Session;
use crate::needs::on_path;
use crate::paths;
use crate::run::cargo;
use crate::served::Served;

/// Seconds after which a client that still runs has failed.
const PATIENCE: &str = "400";

pub(super) fn part(session: &mut Session) {
    let mut served = None;
    session.check("a server for the clients", || {
        served = Some(serve()?);
        Ok(())
    });
    let Some(served) = served else { return };
    python(session, &served);
    node(session, &served);
    shell(session, &served);
    session.check("the server stops cleanly", || served.stop());
}

fn serve() -> Result<Served> {
    let dir = paths::target().join("clients");
    fs::create_dir_all(&dir)?;
    let binary = paths::target().join("release/relevo");
    let flags = ["--four-letter-words", "*", "--max-client-connections", "0"].map(str::to_owned);
    Served::start(&binary, &flags, &dir.join("server.log"))
}

/// A script of `tests/clients/`, by a program that may not run for ever.
fn script(program: impl AsRef<std::ffi::OsStr>, script: &Path) -> Command {
    let mut command = Command::new("timeout");
    command.args(["--kill-after=10", PATIENCE]).arg(program).arg(script);
    command
}

fn python(session: &mut Session, served: &Served) {
    let python = match kazoo() {
        Ok(python) => python,
        Err(error) => return session.missing("kazoo", &format!("{error:#}")),
    };
    let folder = paths::root().join(KAZOO);
    let mut run = script(&python, &folder.join("run.py"));
    run.args(["--zookeeper", &served.zookeeper.join(","), "--http", &served.http]);
    session.counted("kazoo", &mut run);
    let mut own = script(&python, &folder.join("own_code.py"));
    session.counted("own code", own.args(["--http", &served.http]));
}

const KAZOO: &str = "tests/clients/kazoo";

/// A Python that has kazoo.
pub(super) fn kazoo() -> Result<PathBuf> {
    let requirements = paths::root().join(KAZOO).join("requirements.txt");
    peers::pip(&["--requirement", &requirements.to_string_lossy()])?;
    Ok(peers::venv_program("python"))
}

fn node(session: &mut Session, served: &Served) {
    match peers::npm("tests/clients/node") {
        Ok(folder) => {
            let mut run = script("node", &folder.join("run.cjs"));
            run.arg(served.zookeeper.join(",")).arg(&served.http);
            session.counted("node-zookeeper-client", &mut run);
        }
        Err(error) => session.missing("node-zookeeper-client", &format!("{error:#}")),
    }
}

fn shell(session: &mut Session, served: &Served) {
    if !original() {
        return session.missing("Apache's shell", NO_ORIGINAL);
    }
    let folder = paths::root().join("tests/clients/java-shell");
    let mut run = script("python3", &folder.join("run.py"));
    session.counted("Apache's shell", run.arg(served.zookeeper.join(",")));
}

const NO_ORIGINAL: &str = "Debian's packages zookeeper and default-jre-headless are needed";

fn original() -> bool {
    on_path("java") && Path::new("/usr/share/java/zookeeper.jar").exists()
}

/// Operations and data directories, on both sides.
pub(super) fn differential(session: &mut Session) {
    if !original() {
        return session.missing("beside Apache ZooKeeper", NO_ORIGINAL);
    }
    let run = ["run", "--release", "--quiet", "--package", "relevo-differential", "--", "--binary"];
    let binary = paths::target().join("release/relevo");
    session.counted("beside Apache ZooKeeper", cargo(run).arg(binary));
}
