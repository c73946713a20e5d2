//! How questions were answered: every option may be tried, so what counts is the first go.

use crate::{Exercise, HandIn, Question};

/// How the questions of one exercise were answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Answered: all that is right was found, and what is asked in one's own words is written.
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
}

impl HandIn {
    /// How the questions of its exercise were answered.
    pub fn tally(&self, exercise: &Exercise) -> Tally {
        let chosen = |id: &str| self.answers.get(id).map_or(&[][..], |it| &it.chosen);
        let (tried, right) = exercise.first_goes(chosen);
        let answered = exercise.questions.iter().filter(|it| {
            let Some(answer) = self.answers.get(&it.id) else { return false };
            it.found(&answer.chosen) && (!it.open || !answer.text.trim().is_empty())
        });
        Tally { answered: answered.count(), tried, right }
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
}
