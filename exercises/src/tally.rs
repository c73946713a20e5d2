//! How questions were answered: every option may be tried, so what counts is the first go.

use crate::{Exercise, HandIn, Page, Question, QuestionAnswer};
use std::collections::BTreeMap;

/// How the questions of one exercise were answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Answered, as [`QuestionAnswer::done`] has it.
    pub answered: usize,
    /// Questions of options at which any was chosen.
    pub tried: usize,
    /// Those of them that were right at the first go.
    pub right: usize,
}

impl Question {
    /// Whether all that is right was chosen, whatever else was.
    pub fn found(&self, chosen: &[String]) -> bool {
        self.options.iter().filter(|option| option.right).all(|it| chosen.contains(&it.id))
    }

    /// Whether all that is right was chosen before anything that is not.
    pub fn right_at_first(&self, chosen: &[String]) -> bool {
        let right = |id: &String| self.options.iter().any(|it| it.right && it.id == *id);
        let first = chosen.iter().take_while(|id| right(id)).count();
        first > 0 && self.found(&chosen[..first])
    }
}

impl Exercise {
    /// Of the questions at which options were chosen, how many there are, and how many were right
    /// at the first go.
    pub fn first_goes<'a>(&self, chosen: impl Fn(&str) -> &'a [String]) -> (usize, usize) {
        let tried = || self.questions.iter().filter(|it| !chosen(&it.id).is_empty());
        let right = tried().filter(|it| it.right_at_first(chosen(&it.id)));
        (tried().filter(|it| !it.options.is_empty()).count(), right.count())
    }

    /// How many questions are answered.
    pub fn answered(&self, answers: &BTreeMap<String, QuestionAnswer>, exam: bool) -> usize {
        let done = |it: &&Question| answers.get(&it.id).is_some_and(|answer| answer.done(it, exam));
        self.questions.iter().filter(done).count()
    }
}

impl HandIn {
    /// How the questions of its exercise were answered.
    pub fn tally(&self, page: &Page) -> Tally {
        let exercise = &page.exercise;
        let chosen = |id: &str| self.answers.get(id).map_or(&[][..], |it| &it.chosen);
        let (tried, right) = exercise.first_goes(chosen);
        let answered = exercise.answered(&self.answers, self.exam || page.exam);
        Tally { answered, tried, right }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::QuestionOption;

    fn question(right: &[&str], wrong: &[&str]) -> Question {
        let option = |right| move |id: &&str| QuestionOption { id: (*id).to_owned(), right };
        let options = right.iter().map(option(true)).chain(wrong.iter().map(option(false)));
        Question { id: "q".to_owned(), options: options.collect(), open: false }
    }

    #[test]
    fn the_first_go_counts_and_not_the_last() {
        let chosen = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
        let one = question(&["a"], &["b"]);
        assert!(one.right_at_first(&chosen(&["a"])));
        assert!(one.right_at_first(&chosen(&["a", "b"])), "the other was tried out of interest");
        assert!(!one.right_at_first(&chosen(&["b", "a"])) && one.found(&chosen(&["b", "a"])));
        assert!(!one.right_at_first(&[]) && !one.found(&[]));
        let two = question(&["a", "b"], &["c"]);
        assert!(two.right_at_first(&chosen(&["b", "a", "c"])));
        assert!(!two.right_at_first(&chosen(&["a", "c", "b"])));
        assert!(!two.right_at_first(&chosen(&["a"])) && !two.found(&chosen(&["a"])));
    }

    #[cfg(feature = "data")]
    #[test]
    fn an_open_answer_counts_once_compared_or_in_an_exam() {
        let page = crate::find("ZQ").unwrap().unwrap();
        let open = page.exercise.questions.iter().find(|it| it.open).unwrap();
        let answer = QuestionAnswer { text: "A majority.".to_owned(), ..Default::default() };
        let work = HandIn { answers: [(open.id.clone(), answer)].into(), ..HandIn::default() };
        assert_eq!(work.tally(&page).answered, 0);
        assert_eq!(HandIn { exam: true, ..work.clone() }.tally(&page).answered, 1);
        assert_eq!(work.tally(&page.examined()).answered, 1);
    }
}
