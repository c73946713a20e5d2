//! `relevo exercise`: lists, checks and proves the exercises.

use super::cli::ExerciseCommand;
use crate::failure::Failure;
use relevo_exercises::{Page, Proof, prove};
use serde_json::json;

/// The seeds an exercise is proved with.
const SEEDS: std::ops::RangeInclusive<u64> = 1..=3;

/// Does what was asked with an exercise.
pub(super) fn run(what: &ExerciseCommand) -> Result<(), Failure> {
    match what {
        ExerciseCommand::List { json } => list(*json),
        ExerciseCommand::Check { id, json } => judge(id, *json, |must| must.contains("green")),
        ExerciseCommand::Prove { id, json } => judge(id, *json, |_| true),
    }
}

fn list(as_json: bool) -> Result<(), Failure> {
    for Page { exercise, es, en } in all()? {
        let (id, minutes) = (&exercise.id, exercise.minutes);
        if as_json {
            println!("{}", json!({"id": id, "es": es.title, "en": en.title, "minutes": minutes}));
        } else {
            println!("{id}  {} / {}  ({minutes} min)", es.title, en.title);
        }
    }
    Ok(())
}

/// Proves an exercise and shows those of its findings that are `wanted`.
fn judge(id: &str, as_json: bool, wanted: impl Fn(&str) -> bool) -> Result<(), Failure> {
    let page = all()?.into_iter().find(|page| page.exercise.id.eq_ignore_ascii_case(id));
    let page = page.ok_or_else(|| {
        Failure::start(format!("no exercise `{id}`"), "none has this id", "see: exercise list")
    })?;
    let mut holds = true;
    for seed in SEEDS {
        let proof = prove(&page, seed).map_err(Failure::Internal)?;
        holds &= show(&proof, seed, as_json, &wanted);
    }
    if as_json {
        let verdict = if holds { "ok" } else { "violated" };
        println!("{}", json!({"verdict": verdict, "exercise": page.exercise.id}));
    }
    if holds { Ok(()) } else { Err(Failure::Verdict) }
}

fn show(proof: &Proof, seed: u64, as_json: bool, wanted: impl Fn(&str) -> bool) -> bool {
    let mut holds = true;
    for finding in proof.findings.iter().filter(|finding| wanted(&finding.must)) {
        holds &= finding.holds;
        let (must, sees) = (&finding.must, &finding.sees);
        if as_json {
            println!(
                "{}",
                json!({"seed": seed, "must": must, "holds": finding.holds, "sees": sees})
            );
        } else {
            let mark = if finding.holds { "ok    " } else { "FAILED" };
            println!("{mark} {} seed {seed}: {must} ({sees})", proof.id);
        }
    }
    holds
}

fn all() -> Result<Vec<Page>, Failure> {
    relevo_exercises::all().map_err(|broken| Failure::Internal(broken.to_string()))
}
