//! `cargo xtask serve`: from a fresh clone to an answering page.

use std::os::unix::process::CommandExt;
use std::process::Command;

use anyhow::{Context, Result};

use crate::build::{self, Profile};
use crate::run::say;

/// Builds and becomes the server.
///
/// Release unless asked otherwise: it costs a stranger under a minute more, once, and what they
/// then see moves as it is meant to. `--dev` is for those who change the code: an edit is on the
/// page in seconds.
pub(crate) fn command(args: &[String]) -> Result<()> {
    let (profile, flags) = match args.split_first() {
        Some((first, rest)) if first == "--dev" => (Profile::Dev, rest),
        _ => (Profile::Release, args),
    };
    say("building page and server; the first time takes a few minutes");
    let binary = build::all(profile)?;
    // Replaces this process, so that Ctrl-C, SIGTERM and the exit code are the server's own.
    let error = Command::new(&binary).arg("serve").args(flags).exec();
    Err(error).with_context(|| format!("cannot start {}", binary.display()))
}
