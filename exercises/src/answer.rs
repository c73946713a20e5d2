//! What a learner answered.

use crate::Question;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What a learner answered to one question.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct QuestionAnswer {
    /// The options chosen, in the order of choosing.
    pub chosen: Vec<String>,
    /// The answer in the learner's own words.
    pub text: String,
    /// The model answer was opened.
    pub opened: bool,
    /// The points of the rubric that the learner finds in their own answer.
    pub ticked: BTreeSet<usize>,
}

impl QuestionAnswer {
    /// Whether anything was answered.
    pub fn given(&self) -> bool {
        !self.chosen.is_empty() || self.written()
    }

    /// Whether all that is right was found, and an open question is answered and compared.
    pub fn done(&self, question: &Question, exam: bool) -> bool {
        let compared = self.written() && (self.opened || exam);
        question.found(&self.chosen) && (compared || !question.open)
    }

    fn written(&self) -> bool {
        !self.text.trim().is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::QuestionOption;

    fn question(open: bool) -> Question {
        let option = |id: &str, right| QuestionOption { id: id.to_owned(), right };
        let options = if open { Vec::new() } else { vec![option("a", true), option("b", false)] };
        Question { id: "q".to_owned(), options, open }
    }

    #[test]
    fn a_wrong_choice_does_not_answer() {
        let mut answer = QuestionAnswer { chosen: vec!["b".to_owned()], ..Default::default() };
        assert!(!answer.done(&question(false), false));
        answer.chosen.push("a".to_owned());
        assert!(answer.done(&question(false), false));
    }

    #[test]
    fn an_open_question_is_done_once_compared_or_in_an_exam_once_written() {
        let mut answer = QuestionAnswer { text: "because".to_owned(), ..Default::default() };
        assert!(!answer.done(&question(true), false));
        assert!(answer.done(&question(true), true));
        answer.opened = true;
        assert!(answer.done(&question(true), false));
    }
}
