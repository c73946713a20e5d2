//! The shape of an exercise; its words are in [`words`](crate::Words), by language.

use crate::{Action, Predicate};
use serde::{Deserialize, Serialize};

/// The figures an exercise can be seen in.
pub const FIGURES: [&str; 7] =
    ["ensemble", "znodes", "phases", "logs", "partition", "election", "watches"];

/// The hints of a step: a nudge, a pointer, the way.
pub const HINTS: usize = 3;

/// An exercise without its words. One that has neither scenario nor steps is a set of questions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
    /// The lab's scenario it runs in; none for a set of questions.
    pub scenario: Option<String>,
    /// What its lab is seen as, one of [`FIGURES`].
    #[serde(default = "ensemble")]
    pub figure: String,
    /// What the learner commits to before time moves.
    pub predict: Option<Predict>,
    /// The steps, in order.
    #[serde(default)]
    pub steps: Vec<Step>,
    /// Programs of the learner's own to begin from.
    #[serde(default)]
    pub starters: Vec<Starter>,
    /// Questions of theory, in order.
    #[serde(default)]
    pub questions: Vec<Question>,
}

fn ensemble() -> String {
    FIGURES[0].into()
}

impl Exercise {
    /// The answers to choose from in the prediction; none where nothing is predicted.
    pub fn choices(&self) -> &[Choice] {
        self.predict.as_ref().map_or(&[], |predict| &predict.choices)
    }

    /// The figure of a step.
    pub fn figure_of(&self, step: &Step) -> &str {
        match self.steps.iter().find(|known| known.id == step.id) {
            Some(Step { figure: Some(figure), .. }) => figure,
            _ => &self.figure,
        }
    }
}

/// A prediction; nothing of it is scored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Predict {
    /// The step in which it is put to the test.
    pub step: String,
    /// The answers to choose from; "I don't know" is always there beside them.
    pub choices: Vec<Choice>,
}

/// One answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// Its name in the words.
    pub id: String,
    /// For a wrong one, what contradicts it: the lab stops at the first event that makes it true.
    pub contradicted_by: Option<Predicate>,
}

/// One goal and how it is judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "data", serde(deny_unknown_fields))]
pub struct Step {
    /// Its name in the words.
    pub id: String,
    /// What the lab is seen as in this step, where it is not the exercise's figure.
    pub figure: Option<String>,
    /// Whether a program of the learner's own can do it through the lab's ports.
    #[serde(default)]
    pub own_code: bool,
    /// What must be seen once, from the step's beginning on.
    pub check: Predicate,
    /// What does it; "show me" plays it, in the server: a page need not be able to read it.
    #[cfg_attr(not(feature = "data"), serde(skip))]
    pub solution: Vec<Action>,
    /// Plausible ways that do not do it.
    #[cfg_attr(feature = "data", serde(default))]
    #[cfg_attr(not(feature = "data"), serde(skip))]
    pub wrong: Vec<Wrong>,
}

/// A plausible way that leaves the check red.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wrong {
    /// What the learner may have thought.
    pub because: String,
    /// What they do.
    pub actions: Vec<Action>,
}

/// A program to begin from: an honest start with the interesting part left open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Starter {
    /// What it is written in: `python`.
    pub language: String,
    /// Its name; it lies in `starters/es` and in `starters/en`.
    pub file: String,
}

/// A question of theory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// Its name in the words.
    pub id: String,
    /// What can be chosen; none for an open question.
    #[serde(default)]
    pub options: Vec<QuestionOption>,
    /// Whether it is answered in the learner's own words; the model answer opens afterwards.
    #[serde(default)]
    pub open: bool,
}

/// One thing that can be chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuestionOption {
    /// Its name in the words.
    pub id: String,
    /// Whether it is right; a question has one that is, or more.
    #[serde(default)]
    pub right: bool,
}
