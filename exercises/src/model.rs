//! The shape of an exercise: structure in one place, words by language in another.

use crate::{Action, Predicate};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// An exercise without its words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exercise {
    /// Its id in the map of the course: `Z1`.
    pub id: String,
    /// The module it belongs to: `zookeeper`.
    pub module: String,
    /// How long it takes a learner.
    pub minutes: u32,
    /// Exercises to do first.
    #[serde(default)]
    pub prerequisites: Vec<String>,
    /// The tasks of the course it answers.
    #[serde(default)]
    pub answers: Vec<String>,
    /// The lab's scenario it runs in.
    pub scenario: String,
    /// What the learner commits to before time moves.
    pub predict: Predict,
    /// The steps, in order.
    pub steps: Vec<Step>,
}

/// A prediction; nothing of it is scored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Predict {
    /// The step in which it is put to the test.
    pub step: String,
    /// The answers to choose from; "I don't know" is always there beside them.
    pub choices: Vec<Choice>,
}

/// One answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// Its name in the words.
    pub id: String,
    /// For a wrong one, what contradicts it: the lab stops at the first event that makes it true.
    pub contradicted_by: Option<Predicate>,
}

/// One goal and how it is judged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Its name in the words.
    pub id: String,
    /// What must be seen once, from the step's beginning on.
    pub check: Predicate,
    /// What does it; "show me" plays it.
    pub solution: Vec<Action>,
    /// Plausible ways that do not do it.
    pub wrong: Vec<Wrong>,
}

/// A plausible way that leaves the check red.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wrong {
    /// What the learner may have thought.
    pub because: String,
    /// What they do.
    pub actions: Vec<Action>,
}

/// The languages of the course.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// Spanish.
    Es,
    /// English.
    En,
}

/// Every word of an exercise, in one language.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// Its title.
    pub title: String,
    /// What the learner will understand at the end, in at most 120 words.
    pub brief: String,
    /// The prediction's words.
    pub predict: PredictWords,
    /// The steps' words, by their ids.
    pub steps: BTreeMap<String, StepWords>,
    /// Where the notes of the course simplify: what they say, what the system does.
    pub nuance: String,
}

/// The words of a prediction.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChoiceWords {
    /// The answer.
    pub text: String,
    /// The misconception behind it, named when it is contradicted; none for the right one.
    pub misconception: Option<String>,
}

/// The words of one step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StepWords {
    /// The goal, in a few words.
    pub goal: String,
    /// What to do and what to look at.
    pub text: String,
    /// A nudge, a pointer, the way.
    pub hints: [String; 3],
    /// What has been seen, once the check is green.
    pub seen: String,
}

/// An exercise as a page receives it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Page {
    /// The structure.
    pub exercise: Exercise,
    /// The words in Spanish.
    pub es: Words,
    /// The words in English.
    pub en: Words,
}

impl Page {
    /// The words in `language`.
    pub fn words(&self, language: Language) -> &Words {
        match language {
            Language::Es => &self.es,
            Language::En => &self.en,
        }
    }
}
