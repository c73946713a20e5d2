//! `relevo exercise check --hand-in FILE`: the teacher's side of what the page exports.

use super::exercise::all;
use crate::failure::Failure;
use crate::server::build_id;
use relevo_exercises::{Borne, HandInError, Review, review};
use serde_json::json;
use std::path::Path;

/// No hand-in is as long as that.
const LONGEST: u64 = 16 << 20;

/// Reviews a file: what was done, exercise by exercise, and what does not fit; a verdict if
/// something does not.
pub(super) fn run(file: &Path, as_json: bool) -> Result<(), Failure> {
    let named = file.display();
    let unread = |why: String| {
        let help = "give the Markdown file that the page exports from the map of the course";
        Failure::start(format!("cannot read {named}"), why, help)
    };
    let length = std::fs::metadata(file).map_err(|why| unread(why.to_string()))?.len();
    if length > LONGEST {
        return Err(unread(format!("it has {length} bytes, and {LONGEST} are the most")));
    }
    let text = std::fs::read_to_string(file).map_err(|why| unread(why.to_string()))?;
    let reviews = review(&text, &all()?, &build_id()).map_err(|why| match why {
        HandInError::Empty => unread("it holds no work: it has no block of data".into()),
        HandInError::Broken(number) => {
            unread(format!("block of data {number} was changed and cannot be read"))
        }
    })?;
    if let Some(whose) = whose(&reviews).filter(|_| !as_json) {
        println!("{whose}");
    }
    for reviewed in &reviews {
        if as_json {
            println!("{}", as_line(reviewed));
        } else {
            print!("{}", told(reviewed));
        }
    }
    let whole = reviews.iter().all(|reviewed| reviewed.problems.is_empty());
    if as_json {
        let verdict = if whole { "ok" } else { "violated" };
        println!("{}", json!({"verdict": verdict, "exercises": reviews.len()}));
    }
    if whole { Ok(()) } else { Err(Failure::Verdict) }
}

fn as_line(it: &Review) -> serde_json::Value {
    let hints: usize = it.work.hints.values().sum();
    json!({
        "exercise": it.work.exercise, "title": it.title, "finished": it.work.finished,
        "steps": it.steps, "passed": it.work.checks, "shown": it.work.shown, "hints": hints,
        "predicted": it.work.predicted, "contradicted": it.work.contradicted,
        "borne_out": borne_out(it), "explained": !it.work.explanation.trim().is_empty(),
        "questions": it.questions, "answered": it.tally.answered, "tried": it.tally.tried,
        "right_at_first": it.tally.right, "to_read": it.to_read,
        "name": it.work.name, "date": it.work.date, "seed": it.work.seed, "build": it.work.build,
        "compared": it.compared, "problems": it.problems,
    })
}

/// Whether what happened is what was predicted; none where nothing was, or nothing has happened.
fn borne_out(it: &Review) -> Option<bool> {
    match it.borne? {
        Borne::Out => Some(true),
        Borne::Not => Some(false),
        Borne::Seen | Borne::Untested => None,
    }
}

/// Whose the file is, as its first exercise says.
fn whose(reviews: &[Review]) -> Option<String> {
    let work = &reviews.first()?.work;
    let said = [work.name.trim(), work.date.trim()];
    let said: Vec<&str> = said.into_iter().filter(|it| !it.is_empty()).collect();
    (!said.is_empty()).then(|| said.join(", "))
}

fn told(it: &Review) -> String {
    let Review { work, title, steps, questions, tally, to_read, .. } = it;
    let mark = if it.problems.is_empty() { "ok    " } else { "FAILED" };
    let done = if work.finished { "finished" } else { "not finished" };
    let hints: usize = work.hints.values().sum();
    let mut text = format!("{mark} {} {title}: {done}", work.exercise);
    let borne = it.borne.map(|borne| match borne {
        Borne::Out => "borne out",
        Borne::Not => "contradicted",
        Borne::Seen => "\"I don't know\"",
        Borne::Untested => "not put to the test",
    });
    if let Some(borne) = borne {
        let explained = if work.explanation.trim().is_empty() { "" } else { ", and explained" };
        text.push_str(&format!("; prediction {borne}{explained}"));
    }
    if *steps > 0 {
        let (passed, shown) = (work.checks.len(), work.shown.len());
        text.push_str(&format!(
            "; {passed} of {steps} steps, {shown} by \"show me\"; {hints} hints; seed {}",
            work.seed
        ));
    }
    if *questions > 0 {
        text.push_str(&format!(
            "; {} of {questions} questions answered, {} of {} right at the first go, {to_read} to read",
            tally.answered, tally.right, tally.tried
        ));
    }
    text.push('\n');
    if !it.compared && it.problems.is_empty() {
        let build = &work.build;
        text.push_str(&format!(
            "       made with build {build:?}, not this one: text and data were not compared\n"
        ));
    }
    for problem in &it.problems {
        text.push_str(&format!("       {problem}\n"));
    }
    text
}
