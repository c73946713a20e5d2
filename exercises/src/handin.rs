//! What a learner hands in: one Markdown file that a person reads, with a block of data for each
//! exercise, from which a page takes the work up again. How it is told to the person is in `told`.

use crate::QuestionAnswer;
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
    pub answers: BTreeMap<String, QuestionAnswer>,
    /// Whether it was finished.
    pub finished: bool,
    /// Whether it was done as an exam, in which no answer can be compared with a model.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub exam: bool,
    /// Whose it is, as they call themselves; empty where they do not.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The day of the handing in, as `2026-11-22`; empty in files of earlier builds.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub date: String,
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

#[cfg(all(test, feature = "data"))]
mod tests {
    use super::*;
    use crate::{Language, render_hand_in as render};

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

    /// A file of an earlier build, which had neither name nor date.
    #[test]
    fn earlier_files_still_open() {
        let earlier = "# Relevo hand-in\n\n```relevo\n{\"exercise\":\"Z1\",\"seed\":7,\"build\":\"b0\",\
                       \"predicted\":\"?\",\"contradicted\":false,\"explanation\":\"\",\
                       \"checks\":[\"follower\"],\"hints\":{},\"shown\":[],\"answers\":{\"myid\":\
                       {\"chosen\":[\"a\"],\"text\":\"\",\"opened\":false,\"ticked\":[]}},\
                       \"finished\":false}\n```\n";
        let work = parse(earlier).expect("it is a hand-in");
        assert_eq!((work[0].checks.len(), work[0].answers.len()), (1, 1));
        assert!(work[0].name.is_empty() && work[0].date.is_empty());
    }

    #[test]
    fn what_is_no_hand_in_is_refused() {
        assert_eq!(parse("# Notes"), Err(HandInError::Empty));
        assert_eq!(parse("```relevo\n{\n```"), Err(HandInError::Broken(1)));
    }
}
