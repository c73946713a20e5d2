//! What can be said of the sources without running them.

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail, ensure};

use super::session::Session;
use super::{peers, wasm};
use crate::needs;
use crate::paths;
use crate::run::{cargo, output, run};

/// The longest a source file may be; tests apart, see [`code_lines`].
const LINES: usize = 700;

/// What no engine may depend on: a runtime, a socket library, the browser.
const ABOVE_THE_SEAM: &[&str] = &["tokio", "mio", "socket2", "hyper", "web-sys", "gloo"];

pub(super) fn part(session: &mut Session) {
    session.check("rustfmt", || run(&mut cargo(["fmt", "--all", "--check"])));
    session.check("clippy", || {
        let all = ["clippy", "--workspace", "--exclude", "relevo-web", "--all-targets", "--quiet"];
        run(cargo(all).args(["--", "-D", "warnings"]))
    });
    session.check("clippy on the page", || {
        let page = ["clippy", "--package", "relevo-web", "--quiet", "--target", needs::WASM];
        run(cargo(page).args(["--", "-D", "warnings"]))
    });
    // The page's where it is at home: what clippy has checked there is not checked anew.
    session.check("docs", || {
        let doc = ["doc", "--workspace", "--exclude", "relevo-web", "--no-deps", "--quiet"];
        run(cargo(doc).env("RUSTDOCFLAGS", "-D warnings"))?;
        let page = ["doc", "--package", "relevo-web", "--no-deps", "--quiet", "--target"];
        run(cargo(page).arg(needs::WASM).env("RUSTDOCFLAGS", "-D warnings"))
    });
    tool(session, "cargo-deny", &["check", "bans", "licenses", "sources"]);
    tool(session, "typos", &[]);
    session.check("the engines depend on no runtime and no browser", layers);
    session.check("no file is too long", lengths);
}

/// Runs a tool of the tests' virtual environment, or of the machine.
fn tool(session: &mut Session, name: &str, args: &[&str]) {
    let installed = peers::venv_program(name);
    let program: OsString = match (installed.exists(), needs::on_path(name)) {
        (true, _) => installed.into(),
        (false, true) => name.into(),
        (false, false) => return session.missing(name, &format!("cargo install --locked {name}")),
    };
    session.check(name, || run(Command::new(program).args(args).current_dir(paths::root())));
}

/// Whether everything below the seam stays below it.
fn layers() -> Result<()> {
    for engine in wasm::ENGINES {
        let tree = ["tree", "--edges", "normal", "--prefix", "none", "--package", engine];
        let tree = output(&mut cargo(tree))?;
        let names = tree.lines().filter_map(|line| line.split(' ').next());
        for name in names {
            ensure!(!ABOVE_THE_SEAM.contains(&name), "{engine} depends on {name}");
        }
    }
    Ok(())
}

/// Whether every source file can be read in one sitting.
fn lengths() -> Result<()> {
    let listed = output(Command::new("git").args(["ls-files", "*.rs"]).current_dir(paths::root()))?;
    let long: Vec<String> = listed
        .lines()
        .filter_map(|file| {
            let lines = code_lines(&paths::root().join(file));
            (lines > LINES).then(|| format!("{file} has {lines} lines"))
        })
        .collect();
    if long.is_empty() { Ok(()) } else { bail!("{}; {LINES} at most", long.join(", ")) }
}

/// Lines before a file's tests.
fn code_lines(file: &Path) -> usize {
    let text = fs::read_to_string(file).unwrap_or_default();
    text.lines().take_while(|line| !line.starts_with("mod tests {")).count()
}
