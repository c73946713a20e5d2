//! `cargo xtask build`: the page, then the one binary that carries it.

use std::path::PathBuf;

use anyhow::{Result, bail};

use crate::run::{cargo, run, say, timed};
use crate::{needs, page, paths};

/// How something is compiled.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    /// Quick to compile; the server reads the page from disk.
    Dev,
    /// What is shipped and measured; the page is embedded.
    Release,
}

pub(crate) fn command(args: &[String]) -> Result<()> {
    let profile = match args {
        [] => Profile::Release,
        [dev] if dev == "--dev" => Profile::Dev,
        _ => bail!("`build` knows one flag, --dev; not `{}`", args.join(" ")),
    };
    let binary = all(profile)?;
    say(&format!("built {}", binary.display()));
    Ok(())
}

/// Builds page and server; the path of the binary.
pub(crate) fn all(profile: Profile) -> Result<PathBuf> {
    needs::c_compiler()?;
    needs::wasm_target()?;
    page::build(profile)?;
    server(profile)
}

/// Builds the server alone, around the page as it lies there.
pub(crate) fn server(profile: Profile) -> Result<PathBuf> {
    let (flags, dir): (&[&str], _) = match profile {
        Profile::Dev => (&[], "debug"),
        Profile::Release => (&["--release"], "release"),
    };
    timed("building the server", || {
        run(cargo(["build", "--package", "relevo", "--bin", "relevo"]).args(flags))
    })?;
    Ok(paths::target().join(dir).join("relevo"))
}
