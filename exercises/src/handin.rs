//! What a learner hands in: one Markdown file that a person reads, with a block of data for each
//! exercise, from which a page takes the work up again.

use crate::{Language, Page, Span, spans};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A learner's work on one exercise.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct HandIn {
    /// The exercise's id.
    pub exercise: String,
    /// The seed of the lab it was last done in: with it, what was done can be done again.
    pub seed: u64,
    /// The build it was done with.
    pub build: String,
    /// The answer committed to before time moved: a choice's id, or `?`.
    pub predicted: Option<String>,
    /// Whether what happened contradicted it.
    pub contradicted: bool,
    /// The learner's explanation afterwards.
    pub explanation: String,
    /// Steps whose check turned green.
    pub checks: Vec<String>,
    /// Hints read, by step.
    pub hints: BTreeMap<String, usize>,
    /// Steps that "show me" played.
    pub shown: BTreeSet<String>,
    /// Answers to questions, by their ids.
    pub answers: BTreeMap<String, HandInAnswer>,
    /// Whether it was finished.
    pub finished: bool,
}

/// An answer to one question.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct HandInAnswer {
    /// The options chosen, in the order of choosing.
    pub chosen: Vec<String>,
    /// The answer in the learner's own words.
    pub text: String,
    /// Whether the model answer was opened.
    pub opened: bool,
    /// The points of the rubric that the learner found in their own answer.
    pub ticked: BTreeSet<usize>,
}

/// What is not a hand-in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HandInError {
    /// No block of data was found.
    Empty,
    /// The block of this number, from 1, cannot be read.
    Broken(usize),
}

/// Opens a block of data.
pub(crate) const OPEN: &str = "```relevo";
/// Closes it.
pub(crate) const CLOSE: &str = "```";

/// The file of these exercises, each with its work.
pub fn render(work: &[(&Page, HandIn)], language: Language) -> String {
    let w = Said::of(language);
    let mut text = ["# ", w.title, "\n\n", w.lead, "\n"].concat();
    for (page, hand_in) in work {
        section(&mut text, page, hand_in, language, &w);
    }
    text
}

/// The work that a file holds.
///
/// # Errors
///
/// Where there is none, or a block of data was changed so that it cannot be read.
pub fn parse(text: &str) -> Result<Vec<HandIn>, HandInError> {
    let mut found: Vec<HandIn> = Vec::new();
    let mut lines = text.lines();
    // A learner's own words stand in quotes, so that a mark of theirs never begins a line.
    while lines.by_ref().any(|line| line.trim_end() == OPEN) {
        let data: String = lines.by_ref().take_while(|line| line.trim_end() != CLOSE).collect();
        let hand_in = serde_json::from_str(&data);
        found.push(hand_in.map_err(|_| HandInError::Broken(found.len() + 1))?);
    }
    if found.is_empty() { Err(HandInError::Empty) } else { Ok(found) }
}

/// The words around the work.
struct Said {
    title: &'static str,
    lead: &'static str,
    prediction: &'static str,
    unknown: &'static str,
    contradicted: &'static str,
    explanation: &'static str,
    checked: &'static str,
    open: &'static str,
    hints: &'static str,
    shown: &'static str,
    questions: &'static str,
    replay: &'static str,
}

impl Said {
    fn of(language: Language) -> Said {
        match language {
            Language::Es => Said {
                title: "Entrega de Relevo",
                lead: "Los bloques de datos permiten volver a abrir este archivo en la página; no \
                       los cambies.",
                prediction: "Predicción",
                unknown: "No lo sé",
                contradicted: "lo que pasó la contradijo",
                explanation: "Explicación",
                checked: "comprobado",
                open: "sin comprobar",
                hints: "pistas leídas:",
                shown: "con «Enséñamelo»",
                questions: "Preguntas",
                replay: "Semilla {0}, versión {1}.",
            },
            Language::En => Said {
                title: "Relevo hand-in",
                lead: "The blocks of data let a page open this file again; leave them as they are.",
                prediction: "Prediction",
                unknown: "I don't know",
                contradicted: "what happened contradicted it",
                explanation: "Explanation",
                checked: "checked",
                open: "not checked",
                hints: "hints read:",
                shown: "by “Show me”",
                questions: "Questions",
                replay: "Seed {0}, build {1}.",
            },
        }
    }
}

fn section(text: &mut String, page: &Page, hand_in: &HandIn, language: Language, w: &Said) {
    let words = page.words(language);
    let plain = |marked: &str| plain(page, language, marked);
    text.push_str(&format!("\n## {} · {}\n\n", hand_in.exercise, plain(&words.title)));
    if hand_in.seed > 0 {
        let seed = hand_in.seed.to_string();
        let replay = w.replay.replace("{0}", &seed).replace("{1}", &hand_in.build);
        text.push_str(&format!("{replay}\n\n"));
    }
    if let (Some(predicted), Some(predict)) = (&hand_in.predicted, &words.predict) {
        let choice = predict.choices.get(predicted);
        let said = choice.map_or(w.unknown.to_owned(), |choice| plain(&choice.text));
        let against = if hand_in.contradicted { w.contradicted } else { "" };
        let dash = if hand_in.contradicted { " — " } else { "" };
        let question = plain(&predict.question);
        text.push_str(&format!("### {}\n\n{question}\n\n", w.prediction));
        text.push_str(&format!("{}{dash}{against}\n\n", quoted(&said)));
    }
    if !hand_in.explanation.trim().is_empty() {
        let own = quoted(&hand_in.explanation);
        text.push_str(&format!("### {}\n\n{own}\n\n", w.explanation));
    }
    for step in &page.exercise.steps {
        let goal = words.steps.get(&step.id).map_or(String::new(), |step| plain(&step.goal));
        let done = hand_in.checks.contains(&step.id);
        let mut line = format!("- [{}] {goal}", if done { "x" } else { " " });
        line.push_str(&format!(" ({})", if done { w.checked } else { w.open }));
        if let Some(read) = hand_in.hints.get(&step.id) {
            line.push_str(&format!(", {} {read}", w.hints));
        }
        if hand_in.shown.contains(&step.id) {
            line.push_str(&format!(", {}", w.shown));
        }
        text.push_str(&format!("{line}\n"));
    }
    questions(text, page, hand_in, language, w);
    let data = serde_json::to_string(hand_in).unwrap_or_default();
    text.push_str(&format!("\n{OPEN}\n{data}\n{CLOSE}\n"));
}

fn questions(text: &mut String, page: &Page, hand_in: &HandIn, language: Language, w: &Said) {
    if page.exercise.questions.is_empty() {
        return;
    }
    let words = page.words(language);
    text.push_str(&format!("\n### {}\n", w.questions));
    for question in &page.exercise.questions {
        let (Some(asked), Some(answer)) =
            (words.questions.get(&question.id), hand_in.answers.get(&question.id))
        else {
            continue;
        };
        text.push_str(&format!("\n{}\n\n", plain(page, language, &asked.text)));
        for chosen in &answer.chosen {
            let option = asked.options.get(chosen);
            let said = option.map_or(String::new(), |it| plain(page, language, &it.text));
            text.push_str(&format!("- {said}\n"));
        }
        if !answer.text.trim().is_empty() {
            text.push_str(&format!("{}\n", quoted(&answer.text)));
        }
        if !answer.ticked.is_empty() {
            text.push_str(&format!("\n{} / {}\n", answer.ticked.len(), asked.rubric.len()));
        }
    }
}

fn quoted(text: &str) -> String {
    let lines: Vec<String> = text.trim().lines().map(|line| format!("> {line}")).collect();
    lines.join("\n")
}

fn plain(page: &Page, language: Language, marked: &str) -> String {
    let word = |span: Span<'_>| match span {
        Span::Text(text) | Span::Weight(text) => text.to_owned(),
        Span::Term { shown: Some(shown), .. } => shown.to_owned(),
        Span::Term { id, shown: None } => {
            page.term(language, id).map_or(id, |term| &term.word).to_owned()
        }
    };
    spans(marked).into_iter().map(word).collect()
}

#[cfg(all(test, feature = "data"))]
mod tests {
    use super::*;

    fn work() -> HandIn {
        HandIn {
            exercise: "Z1".into(),
            seed: 7,
            build: "b1".into(),
            predicted: Some("goes-on".into()),
            contradicted: true,
            explanation: "Two of three.\n```relevo\nnot data\n```".into(),
            checks: vec!["follower".into()],
            hints: [("follower".to_owned(), 2)].into(),
            shown: ["leader".to_owned()].into(),
            ..HandIn::default()
        }
    }

    #[test]
    fn what_is_handed_in_comes_back_as_it_was() {
        let page = crate::find("Z1").unwrap().unwrap();
        for language in Language::ALL {
            let hand_in = work();
            let text = render(&[(&page, hand_in.clone())], language);
            assert_eq!(parse(&text), Ok(vec![hand_in]), "{text}");
            assert!(text.contains("- [x] ") && text.contains("- [ ] "));
        }
    }

    #[test]
    fn what_is_no_hand_in_is_refused() {
        assert_eq!(parse("# Notes"), Err(HandInError::Empty));
        assert_eq!(parse("```relevo\n{\n```"), Err(HandInError::Broken(1)));
    }
}
