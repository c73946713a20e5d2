//! Every word a learner reads of an exercise, and the exercise as a page receives it.

use crate::{Exercise, Span, spans};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The languages of the course.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// Spanish.
    Es,
    /// English.
    En,
}

impl Language {
    /// Both.
    pub const ALL: [Language; 2] = [Language::Es, Language::En];

    /// As files name it.
    pub fn code(self) -> &'static str {
        match self {
            Language::Es => "es",
            Language::En => "en",
        }
    }
}

/// Every word of an exercise, in one language. Terms of the glossary are written `[[quorum]]`, or
/// `[[quorum|a majority]]` where the sentence says it otherwise; `*so*` is said with weight.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// Its title.
    pub title: String,
    /// What the learner will understand at the end, in at most 120 words.
    pub brief: String,
    /// The prediction's words, where there is one.
    pub predict: Option<PredictWords>,
    /// The steps' words, by their ids.
    #[serde(default)]
    pub steps: BTreeMap<String, StepWords>,
    /// The questions' words, by their ids.
    #[serde(default)]
    pub questions: BTreeMap<String, QuestionWords>,
    /// Where the notes of the course simplify: what they say, what the system does. Empty for a
    /// set of questions.
    #[serde(default)]
    pub nuance: String,
}

/// The words of a prediction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PredictWords {
    /// What is asked.
    pub question: String,
    /// The words of each answer, by its id.
    pub choices: BTreeMap<String, ChoiceWords>,
    /// What is said once the truth was seen, whatever was answered.
    pub truth: String,
}

/// The words of one answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChoiceWords {
    /// The answer.
    pub text: String,
    /// The misconception behind it, named when it is contradicted; none for the right one.
    pub misconception: Option<String>,
}

/// The words of one step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StepWords {
    /// The goal, in a few words.
    pub goal: String,
    /// What to do and what to look at.
    pub text: String,
    /// A nudge, a pointer, the way.
    pub hints: Vec<String>,
    /// What has been seen, once the check is green.
    pub seen: String,
}

/// The words of one question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuestionWords {
    /// What is asked.
    pub text: String,
    /// The words of each option, by its id.
    #[serde(default)]
    pub options: BTreeMap<String, OptionWords>,
    /// For an open question: an answer to compare one's own with.
    pub model: Option<String>,
    /// For an open question: what a good answer has.
    #[serde(default)]
    pub rubric: Vec<String>,
}

/// The words of one option.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OptionWords {
    /// What can be chosen.
    pub text: String,
    /// What is said to whoever chooses it, right or wrong.
    pub feedback: String,
}

impl Words {
    /// Every text, each with where it stands.
    pub fn texts(&self) -> Vec<(String, &str)> {
        let mut texts = vec![
            ("title".to_owned(), self.title.as_str()),
            ("brief".to_owned(), self.brief.as_str()),
            ("nuance".to_owned(), self.nuance.as_str()),
        ];
        if let Some(predict) = &self.predict {
            predict.add_texts(&mut texts);
        }
        for (id, step) in &self.steps {
            texts.push((format!("steps.{id}.goal"), &step.goal));
            texts.push((format!("steps.{id}.text"), &step.text));
            texts.push((format!("steps.{id}.seen"), &step.seen));
            let hints = step.hints.iter().enumerate();
            texts.extend(hints.map(|(at, hint)| (format!("steps.{id}.hints[{at}]"), &**hint)));
        }
        for (id, question) in &self.questions {
            question.add_texts(id, &mut texts);
        }
        texts
    }
}

impl PredictWords {
    fn add_texts<'a>(&'a self, texts: &mut Vec<(String, &'a str)>) {
        texts.push(("predict.question".to_owned(), &self.question));
        texts.push(("predict.truth".to_owned(), &self.truth));
        for (id, choice) in &self.choices {
            texts.push((format!("predict.choices.{id}.text"), &choice.text));
            let misconception = choice.misconception.as_deref();
            texts.extend(
                misconception.map(|it| (format!("predict.choices.{id}.misconception"), it)),
            );
        }
    }
}

impl QuestionWords {
    fn add_texts<'a>(&'a self, id: &str, texts: &mut Vec<(String, &'a str)>) {
        texts.push((format!("questions.{id}.text"), &self.text));
        for (option, words) in &self.options {
            texts.push((format!("questions.{id}.options.{option}.text"), &words.text));
            texts.push((format!("questions.{id}.options.{option}.feedback"), &words.feedback));
        }
        texts.extend(self.model.as_deref().map(|it| (format!("questions.{id}.model"), it)));
        let rubric = self.rubric.iter().enumerate();
        texts.extend(rubric.map(|(at, it)| (format!("questions.{id}.rubric[{at}]"), &**it)));
    }
}

/// A term of the glossary, in one language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Term {
    /// The term itself; where the field keeps its English word, the course's word follows it.
    pub word: String,
    /// What it means here.
    pub text: String,
}

impl Term {
    /// The term itself, without the course's word for it.
    pub fn own(&self, language: Language) -> &str {
        match (language, self.word.split_once(", ")) {
            (Language::Es, Some((own, _))) => own,
            _ => &self.word,
        }
    }
}

/// A program to begin from, with its text in each language of the course.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StarterText {
    /// What it is written in: `python`.
    pub language: String,
    /// Its name: `watcher.py`.
    pub name: String,
    /// The program with every word of it in Spanish.
    pub es: String,
    /// The same in English.
    pub en: String,
}

impl StarterText {
    /// The program with its words in `language`.
    pub fn text(&self, language: Language) -> &str {
        match language {
            Language::Es => &self.es,
            Language::En => &self.en,
        }
    }
}

/// An exercise as a page receives it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// The structure.
    pub exercise: Exercise,
    /// The words in Spanish.
    pub es: Words,
    /// The words in English.
    pub en: Words,
    /// The terms its Spanish words use, by id.
    pub terms_es: BTreeMap<String, Term>,
    /// The terms its English words use, by id.
    pub terms_en: BTreeMap<String, Term>,
    /// Its starters, in order.
    pub starters: Vec<StarterText>,
    /// It is done as an exam: what would help is not here.
    #[serde(default)]
    pub exam: bool,
}

impl Page {
    /// The words in `language`.
    pub fn words(&self, language: Language) -> &Words {
        match language {
            Language::Es => &self.es,
            Language::En => &self.en,
        }
    }

    /// The same as an exam: without hints, solutions, and model answers with their rubrics.
    pub fn examined(mut self) -> Page {
        self.exam = true;
        for step in &mut self.exercise.steps {
            step.solution.clear();
        }
        for words in [&mut self.es, &mut self.en] {
            words.steps.values_mut().for_each(|step| step.hints.clear());
            for question in words.questions.values_mut() {
                (question.model, question.rubric) = (None, Vec::new());
            }
        }
        self
    }

    /// The term of this id, in `language`.
    pub fn term(&self, language: Language, id: &str) -> Option<&Term> {
        match language {
            Language::Es => self.terms_es.get(id),
            Language::En => self.terms_en.get(id),
        }
    }

    /// A text without its marks, for titles, labels and files.
    pub fn plain(&self, language: Language, text: &str) -> String {
        let word = |span| match span {
            Span::Text(text) | Span::Weight(text) => text,
            Span::Term { shown: Some(shown), .. } => shown,
            Span::Term { id, shown: None } => {
                self.term(language, id).map_or(id, |term| term.own(language))
            }
        };
        spans(text).into_iter().map(word).collect()
    }

    /// The ids of the terms that its words in `language` use.
    pub fn terms_used(&self, language: Language) -> Vec<String> {
        let spans = self.words(language).texts().into_iter().flat_map(|(_, text)| spans(text));
        let id = |span: Span<'_>| match span {
            Span::Term { id, .. } => Some(id.to_owned()),
            Span::Text(_) | Span::Weight(_) => None,
        };
        spans.filter_map(id).collect()
    }
}
