//! `relevo exercise`: lists, checks and proves the exercises.

use super::cli::{CheckFlags, ExerciseCommand, SeedRange};
use super::{hand_in, live};
use crate::failure::Failure;
use relevo_exercises::{Finding, LoadError, Page, Proof, audit, load_folder, prove};
use serde_json::json;

/// The seeds an exercise's solution is played with.
const SEEDS: SeedRange = SeedRange { first: 1, end: 4 };
/// Of more seeds than this, only what fails is shown.
const MOST_SHOWN: u64 = 10;

/// Does what was asked with an exercise.
pub(super) fn run(what: &ExerciseCommand) -> Result<(), Failure> {
    match what {
        ExerciseCommand::List { json } => list(*json),
        ExerciseCommand::Check(flags) => check(flags),
        ExerciseCommand::Prove { folder: Some(folder), seeds, json, .. } => {
            let page = load_folder(folder).map_err(|broken| unloaded(&broken))?;
            judge(&page, *seeds, *json, true)
        }
        ExerciseCommand::Prove { id, seeds, json, .. } => {
            judge(&page(id.as_deref().unwrap_or_default())?, *seeds, *json, true)
        }
    }
}

fn check(flags: &CheckFlags) -> Result<(), Failure> {
    if let Some(file) = &flags.hand_in {
        return hand_in::run(file, flags.json);
    }
    // clap lets nobody come here without it.
    let id = flags.id.as_deref().unwrap_or_default();
    match &flags.lab {
        Some(lab) => live::run(&page(id)?, &flags.http, lab, flags.json),
        None => judge(&page(id)?, SEEDS, flags.json, false),
    }
}

fn list(as_json: bool) -> Result<(), Failure> {
    for Page { exercise, es, en, .. } in all()? {
        let (id, minutes) = (&exercise.id, exercise.minutes);
        if as_json {
            let (steps, questions) = (exercise.steps.len(), exercise.questions.len());
            let titles = json!({"id": id, "es": es.title, "en": en.title, "minutes": minutes,
                "module": exercise.module, "steps": steps, "questions": questions});
            println!("{titles}");
        } else {
            println!("{id}  {} / {}  ({minutes} min)", es.title, en.title);
        }
    }
    Ok(())
}

/// Plays an exercise's solutions and shows what became of its checks; with `whole` also what must
/// stay red, what contradicts the predictions, and what the author has still to write.
fn judge(page: &Page, seeds: SeedRange, as_json: bool, whole: bool) -> Result<(), Failure> {
    let mut known: Vec<String> = all()?.iter().map(|page| page.exercise.id.clone()).collect();
    known.push(page.exercise.id.clone());
    let missing = if whole { audit(page, &known) } else { Vec::new() };
    for what in &missing {
        if as_json {
            println!("{}", json!({"must": "be whole", "holds": false, "sees": what}));
        } else {
            println!("FAILED {}: {what}", page.exercise.id);
        }
    }
    let mut holds = missing.is_empty();
    let few = seeds.end - seeds.first <= MOST_SHOWN;
    let wanted =
        |finding: &Finding| !finding.holds || few && (whole || finding.must.contains("green"));
    for seed in seeds.first..seeds.end {
        let proof = prove(page, seed).map_err(Failure::Internal)?;
        holds &= proof.holds();
        show(&proof, seed, as_json, wanted);
    }
    if as_json {
        let verdict = if holds { "ok" } else { "violated" };
        println!("{}", json!({"verdict": verdict, "exercise": page.exercise.id}));
    }
    if holds { Ok(()) } else { Err(Failure::Verdict) }
}

fn show(proof: &Proof, seed: u64, as_json: bool, wanted: impl Fn(&Finding) -> bool) {
    for finding in proof.findings.iter().filter(|finding| wanted(finding)) {
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
}

fn page(id: &str) -> Result<Page, Failure> {
    let page = all()?.into_iter().find(|page| page.exercise.id.eq_ignore_ascii_case(id));
    page.ok_or_else(|| {
        Failure::start(format!("no exercise `{id}`"), "none has this id", "see: exercise list")
    })
}

pub(super) fn all() -> Result<Vec<Page>, Failure> {
    relevo_exercises::all().map_err(|broken| unloaded(&broken))
}

fn unloaded(broken: &LoadError) -> Failure {
    Failure::start("cannot load an exercise", broken, "see exercises/AUTHORING.md")
}
