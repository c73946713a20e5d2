//! What the binary runs in virtual time: fault schedules, and the exercises' proofs.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::session::Session;
use crate::run::{output, run};
use crate::{bugs, paths};

/// The standard seeds, 1 to 2,000.
const SEEDS: &str = "1..2001";

/// The seeds every exercise is proved with: labs, and moments at which a learner acts.
const PROOFS: &str = "1..101";

fn relevo() -> PathBuf {
    paths::target().join("release/relevo")
}

/// Every seed's faults, healing and verdicts; too rare a fault fails the run as a violation does.
pub(super) fn schedules(session: &mut Session) {
    session.check("2,000 schedules", || {
        let mut simulate = Command::new("timeout");
        simulate.arg("1200").arg(relevo());
        run(simulate.args(["simulate", "schedule", "--seeds", SEEDS]))
    });
}

/// The proof that the checkers look: each bug is caught by one of these seeds, and the engine
/// without it passes them.
pub(super) fn bugs(session: &mut Session) {
    session.check("planted bugs", || bugs::command(&[]));
}

/// Every check red before, green after the solution, red after each wrong answer.
pub(super) fn exercises(session: &mut Session) {
    let mut ids = Vec::new();
    session.check("the exercises are listed", || {
        ids = listed()?;
        Ok(())
    });
    for id in ids {
        session.check(&format!("the proof of {id}"), || {
            let mut prove = Command::new("timeout");
            prove.arg("300").arg(relevo()).args(["exercise", "prove", &id, "--seeds", PROOFS]);
            run(&mut prove)
        });
    }
}

fn listed() -> Result<Vec<String>> {
    let listed = output(Command::new(relevo()).args(["exercise", "list", "--json"]))?;
    let ids: Vec<String> = listed
        .lines()
        .map(|line| {
            let exercise: Value = serde_json::from_str(line)?;
            Ok(exercise["id"].as_str().context("an exercise without an id")?.to_owned())
        })
        .collect::<Result<_>>()?;
    ensure!(!ids.is_empty(), "there is no exercise");
    Ok(ids)
}
