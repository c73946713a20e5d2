//! What an author has still to write: everything that can be said of an exercise without a lab.

use crate::load::MODULE_FOLDERS;
use crate::{
    Exercise, FIGURES, HINTS, Language, MODULES, Page, Question, QuestionWords, Span, StarterText,
    Words, spans,
};
use relevo_lab::Scenario;
use std::collections::BTreeSet;

/// The most words a brief may have.
const BRIEF_WORDS: usize = 120;

/// What is missing or too much, a sentence each; nothing where the exercise is whole. `known` are
/// the ids of all exercises.
pub fn audit(page: &Page, known: &[String]) -> Vec<String> {
    let mut missing = structure(&page.exercise, known);
    for language in Language::ALL {
        let words = page.words(language);
        let file = format!("{}.toml", language.code());
        let texts = texts(&page.exercise, words).into_iter().chain(terms(page, language));
        missing.extend(texts.map(|what| format!("{file}: {what}")));
    }
    missing.extend(page.starters.iter().filter_map(starter));
    missing
}

/// A program is there in both languages, with other words and the same code.
fn starter(starter: &StarterText) -> Option<String> {
    let (es, en) = (statements(&starter.es), statements(&starter.en));
    let what = if starter.es == starter.en {
        "the Spanish text is the English one".to_owned()
    } else if let Some((es, en)) = es.iter().zip(&en).find(|(es, en)| es != en) {
        format!("where Spanish has {es:?} English has {en:?}")
    } else if es.len() != en.len() {
        format!("{} lines of code in Spanish and {} in English", es.len(), en.len())
    } else {
        return None;
    };
    Some(format!("starters/*/{}: {what}", starter.name))
}

/// A Python program's lines without what a person reads: docstrings, comments, and strings.
fn statements(program: &str) -> Vec<String> {
    let outside = program.split("\"\"\"").step_by(2).collect::<String>();
    let code = |line: &str| {
        let code = line.split('#').next().unwrap_or_default();
        code.split('"').step_by(2).collect::<String>().trim().to_owned()
    };
    outside.lines().map(code).filter(|line| !line.is_empty()).collect()
}

fn structure(exercise: &Exercise, known: &[String]) -> Vec<String> {
    let mut missing = Vec::new();
    for id in exercise.prerequisites.iter().filter(|id| !known.contains(id)) {
        missing.push(format!("exercise.toml: there is no exercise {id:?} to do first"));
    }
    let figures = exercise.steps.iter().filter_map(|step| step.figure.as_deref());
    for figure in figures.chain([exercise.figure.as_str()]).filter(|it| !FIGURES.contains(it)) {
        missing.push(format!("exercise.toml: no figure {figure:?}; there are {FIGURES:?}"));
    }
    missing.extend(place(exercise));
    match exercise.scenario.as_deref() {
        Some(name) if Scenario::named(name).is_none() => {
            missing.push(format!("exercise.toml: there is no scenario {name:?}"));
        }
        Some(_) if exercise.steps.is_empty() => {
            missing.push("exercise.toml: a scenario needs steps".into());
        }
        None if !exercise.steps.is_empty() => {
            missing.push("exercise.toml: steps need a scenario".into());
        }
        None if exercise.questions.is_empty() => {
            missing.push("exercise.toml: there is neither a step nor a question".into());
        }
        _ => {}
    }
    missing.extend(steps(exercise).map(|what| format!("exercise.toml: {what}")));
    missing.extend(exercise.questions.iter().filter_map(question));
    missing.extend(position(exercise));
    missing
}

/// Where the right answer stands must tell nothing: of several questions that have one right
/// answer each, no place has more than half, rounded up.
fn position(exercise: &Exercise) -> Option<String> {
    let right = |question: &Question| {
        let mut right = question.options.iter().enumerate().filter(|(_, option)| option.right);
        let (place, _) = right.next()?;
        right.next().is_none().then_some(place)
    };
    let places: Vec<usize> = exercise.questions.iter().filter_map(right).collect();
    let most = places.len().div_ceil(2);
    let told = |place: &usize| places.iter().filter(|it| *it == place).count() > most;
    let place = places.iter().copied().find(told).filter(|_| places.len() > 2)?;
    let (nth, count) = (place + 1, places.len());
    Some(format!("exercise.toml: of {count} questions too many have their right answer at {nth}"))
}

/// Its module, and its place on the map of the course.
fn place(exercise: &Exercise) -> Option<String> {
    let (id, module) = (&exercise.id, &exercise.module);
    if !MODULE_FOLDERS.contains(&module.as_str()) {
        return Some(format!("exercise.toml: no module {module:?}; there are {MODULE_FOLDERS:?}"));
    }
    let on_map = MODULES.iter().find(|it| it.ids().any(|known| known == *id));
    let Some(on_map) = on_map else {
        return Some(format!("exercise.toml: the map of the course, src/map.rs, has no {id}"));
    };
    let task = |name: &String| on_map.tasks.iter().any(|task| task.name == name);
    let unknown = exercise.answers.iter().find(|name| !task(name))?;
    Some(format!("exercise.toml: the map of the course, src/map.rs, has no task {unknown:?}"))
}

fn steps(exercise: &Exercise) -> impl Iterator<Item = String> {
    let bare = |step: &&crate::Step| step.wrong.is_empty();
    let without = exercise.steps.iter().filter(bare);
    let without = without.map(|step| format!("step {:?} needs a wrong answer", step.id));
    let played = exercise.steps.iter().filter(|step| step.solution.is_empty());
    let played = played.map(|step| format!("step {:?} needs a solution", step.id));
    let tested = exercise.predict.iter().filter_map(|predict| {
        let there = exercise.steps.iter().any(|step| step.id == predict.step);
        (!there)
            .then(|| format!("the prediction is tested in {:?}, which is no step", predict.step))
    });
    let right = exercise.predict.iter().filter_map(|predict| {
        let right = predict.choices.iter().filter(|choice| choice.contradicted_by.is_none());
        (right.count() != 1).then(|| "the prediction needs exactly one right choice".to_owned())
    });
    without.chain(played).chain(tested).chain(right).collect::<Vec<_>>().into_iter()
}

fn question(question: &Question) -> Option<String> {
    let right = question.options.iter().filter(|option| option.right).count();
    let what = match (question.open, question.options.len()) {
        (true, 0) => return None,
        (true, _) => "is open and has options",
        (false, 0 | 1) => "needs two options at least, or `open = true`",
        (false, _) if right == 0 => "has no right option",
        (false, all) if right == all => "has no wrong option",
        (false, _) => return None,
    };
    Some(format!("exercise.toml: question {:?} {what}", question.id))
}

fn texts(exercise: &Exercise, words: &Words) -> Vec<String> {
    let mut missing: Vec<String> = words
        .texts()
        .into_iter()
        .filter(|(place, text)| text.trim().is_empty() && place != "nuance")
        .map(|(place, _)| format!("{place} is empty"))
        .collect();
    let brief = words.brief.split_whitespace().count();
    if brief > BRIEF_WORDS {
        missing.push(format!("the brief has {brief} words; {BRIEF_WORDS} are the most"));
    }
    if words.nuance.trim().is_empty() && !exercise.steps.is_empty() {
        missing.push("there is no nuance".into());
    }
    let steps = exercise.steps.iter().map(|step| &step.id).collect();
    missing.extend(differ("step", &steps, &words.steps.keys().collect()));
    for (id, step) in words.steps.iter().filter(|(_, step)| step.hints.len() != HINTS) {
        missing.push(format!("step {id:?} has {} hints; three are told", step.hints.len()));
    }
    missing.extend(prediction(exercise, words));
    let questions = exercise.questions.iter().map(|question| &question.id).collect();
    missing.extend(differ("question", &questions, &words.questions.keys().collect()));
    for question in &exercise.questions {
        if let Some(words) = words.questions.get(&question.id) {
            missing.extend(answers(question, words));
        }
    }
    missing
}

fn prediction(exercise: &Exercise, words: &Words) -> Vec<String> {
    let said = match (&exercise.predict, &words.predict) {
        (None, None) => return Vec::new(),
        (Some(_), Some(said)) => said,
        (Some(_), None) => return vec!["the prediction has no words".into()],
        (None, Some(_)) => {
            return vec!["there are words for a prediction, and none is made".into()];
        }
    };
    let choices = exercise.choices().iter().map(|choice| &choice.id).collect();
    let mut missing = differ("choice", &choices, &said.choices.keys().collect());
    for choice in exercise.choices() {
        let Some(words) = said.choices.get(&choice.id) else { continue };
        match (&choice.contradicted_by, &words.misconception) {
            (Some(_), None) => {
                missing.push(format!("choice {:?} names no misconception", choice.id))
            }
            (None, Some(_)) => {
                missing.push(format!("choice {:?} is right and names a misconception", choice.id));
            }
            _ => {}
        }
    }
    missing
}

fn answers(question: &Question, words: &QuestionWords) -> Vec<String> {
    let id = &question.id;
    let options = question.options.iter().map(|option| &option.id).collect();
    let mut missing =
        differ(&format!("question {id:?}: option"), &options, &words.options.keys().collect());
    if question.open && words.model.is_none() {
        missing.push(format!("question {id:?} has no model answer"));
    }
    if question.open && words.rubric.is_empty() {
        missing.push(format!("question {id:?} has no rubric"));
    }
    missing
}

/// What the structure has and the words lack, and the other way round.
fn differ(what: &str, has: &BTreeSet<&String>, said: &BTreeSet<&String>) -> Vec<String> {
    let lacking = has.difference(said).map(|id| format!("{what} {id:?} has no words"));
    let beyond = said.difference(has).map(|id| format!("{what} {id:?} has words and is none"));
    lacking.chain(beyond).collect()
}

/// Terms that the glossary does not have, and marks without their end.
fn terms(page: &Page, language: Language) -> Vec<String> {
    let mut missing = Vec::new();
    for (place, text) in page.words(language).texts() {
        let id = |span| match span {
            Span::Term { id, .. } => Some(id),
            Span::Text(_) | Span::Weight(_) => None,
        };
        let ids: Vec<&str> = spans(text).into_iter().filter_map(id).collect();
        if [text.matches("[[").count(), text.matches("]]").count()] != [ids.len(); 2] {
            missing.push(format!("{place}: a [[term]] is not whole"));
        }
        for id in ids.into_iter().filter(|id| page.term(language, id).is_none()) {
            missing.push(format!("{place}: the glossary has no [[{id}]]"));
        }
    }
    missing
}
