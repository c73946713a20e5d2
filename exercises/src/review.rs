//! The teacher's side of a hand-in: what a file says was done, and whether it agrees with itself
//! and with the course.
//!
//! The file says everything twice, for a person and as data, and what it says was written by the
//! page. So whoever changes one place contradicts another: a tick beside a step that the data does
//! not have, a step passed before the one it follows, an answer that is no option. What nobody can
//! tell from a file is whether both were changed alike, and who sat before the page.

use crate::handin::{CLOSE, OPEN};
use crate::{
    Borne, Exercise, HINTS, HandIn, HandInError, Language, Page, Tally, parse_hand_in,
    render_hand_in,
};

/// What was found of one exercise in a hand-in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Review {
    /// The work as the data has it.
    pub work: HandIn,
    /// The exercise's title, in the file's language; empty where there is no such exercise.
    pub title: String,
    /// How many steps it has.
    pub steps: usize,
    /// How many questions it has.
    pub questions: usize,
    /// How those have been answered.
    pub tally: Tally,
    /// What became of the prediction; none where nothing was predicted.
    pub borne: Option<Borne>,
    /// How many are to be judged by a person: answered in the learner's own words.
    pub to_read: usize,
    /// What does not fit, a sentence each.
    pub problems: Vec<String>,
    /// Whether text and data were compared: another build may have other words.
    pub compared: bool,
}

/// Reviews a file. `pages` are all exercises, `build` is the build that they are part of.
///
/// # Errors
///
/// Where it is no hand-in, or a block of data cannot be read.
pub fn review(text: &str, pages: &[Page], build: &str) -> Result<Vec<Review>, HandInError> {
    let work = parse_hand_in(text)?;
    let language = language(text);
    let sections = sections(text);
    let mut reviews: Vec<Review> = Vec::new();
    for (work, said) in work.into_iter().zip(sections) {
        let again = reviews.iter().any(|before| before.work.exercise == work.exercise);
        let mut reviewed = one(work, &said, pages, build, language);
        if again {
            reviewed.problems.push("the file has this exercise already".into());
        }
        reviews.push(reviewed);
    }
    Ok(reviews)
}

fn one(work: HandIn, said: &str, pages: &[Page], build: &str, language: Language) -> Review {
    let mut review = Review {
        title: String::new(),
        steps: 0,
        questions: 0,
        tally: Tally::default(),
        borne: None,
        to_read: 0,
        problems: Vec::new(),
        compared: false,
        work,
    };
    let Some(page) = pages.iter().find(|page| page.exercise.id == review.work.exercise) else {
        review.problems.push(format!("there is no exercise {:?}", review.work.exercise));
        return review;
    };
    review.title = page.words(language).title.clone();
    (review.steps, review.questions) = (page.exercise.steps.len(), page.exercise.questions.len());
    review.problems = problems(&page.exercise, &review.work);
    review.tally = review.work.tally(page);
    review.borne = review.work.borne(page);
    review.to_read = to_read(&page.exercise, &review.work);
    if review.work.build == build {
        review.compared = true;
        let written = render_hand_in(&[(page, review.work.clone())], language);
        review.problems.extend(difference(&sections(&written).concat(), said));
    }
    review
}

/// What the data says that cannot be.
fn problems(exercise: &Exercise, work: &HandIn) -> Vec<String> {
    let mut problems = Vec::new();
    let known = |id: &String| exercise.steps.iter().any(|step| step.id == *id);
    let in_order = exercise.steps.iter().map(|step| &step.id);
    if !work.checks.iter().eq(in_order.take(work.checks.len())) {
        let steps: Vec<&str> = exercise.steps.iter().map(|step| step.id.as_str()).collect();
        let (said, steps) = (work.checks.join(", "), steps.join(", "));
        problems.push(format!("steps are passed in their order, {steps}; it says {said}"));
    }
    for (id, read) in work.hints.iter().filter(|(id, read)| !known(id) || **read > HINTS) {
        problems.push(format!("{read} hints of step {id:?}: there are {HINTS} for each step"));
    }
    for id in work.shown.iter().filter(|id| !known(id)) {
        problems.push(format!("there is no step {id:?} to show"));
    }
    if work.finished && work.checks.len() < exercise.steps.len() {
        problems.push("it says that it is finished, and steps are missing".into());
    }
    let choice = |id: &String| exercise.choices().iter().find(|choice| choice.id == *id);
    match work.predicted.as_ref().map(|id| (id, choice(id))) {
        Some((id, None)) if id != "?" => {
            problems.push(format!("the prediction {id:?} is none of the choices"));
        }
        Some((_, Some(choice))) if choice.contradicted_by.is_none() && work.contradicted => {
            problems.push("the right prediction is said to have been contradicted".into());
        }
        _ => {}
    }
    for (id, answer) in &work.answers {
        let question = exercise.questions.iter().find(|question| question.id == *id);
        let option = |id: &&String| {
            question.is_some_and(|question| question.options.iter().any(|it| it.id == **id))
        };
        if question.is_none() {
            problems.push(format!("there is no question {id:?}"));
        }
        for id in answer.chosen.iter().filter(|id| !option(id)) {
            problems.push(format!("there is no option {id:?} to choose"));
        }
    }
    problems
}

/// How many answers are in the learner's own words.
fn to_read(exercise: &Exercise, work: &HandIn) -> usize {
    let written = |id: &str| work.answers.get(id).is_some_and(|it| !it.text.trim().is_empty());
    exercise.questions.iter().filter(|question| question.open && written(&question.id)).count()
}

fn language(text: &str) -> Language {
    let title = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let titled = |language: &Language| {
        render_hand_in(&[], *language).lines().next().is_some_and(|line| line == title.trim_end())
    };
    Language::ALL.into_iter().find(titled).unwrap_or(Language::En)
}

/// The exercises' parts of a file: what stands between the end of one block of data and the next.
fn sections(text: &str) -> Vec<String> {
    let (mut sections, mut section, mut data) = (Vec::new(), String::new(), false);
    for line in text.lines().map(str::trim_end) {
        match (line, data) {
            (OPEN, false) => data = true,
            (CLOSE, true) => {
                sections.push(std::mem::take(&mut section));
                data = false;
            }
            (_, true) => {}
            ("", false) => {}
            (line, false) => {
                section.push_str(line);
                section.push('\n');
            }
        }
    }
    sections
}

/// The first line in which text and data differ. The title and the words below it belong to no
/// exercise, and stand before the first.
fn difference(written: &str, said: &str) -> Option<String> {
    let body = |text: &str| -> Vec<String> {
        let lines = text.lines().skip_while(|line| !line.starts_with("## "));
        lines.map(str::to_owned).collect()
    };
    let (written, said) = (body(written), body(said));
    let longer = written.len().max(said.len());
    let differs = |at: &usize| written.get(*at) != said.get(*at);
    let at = (0..longer).find(differs)?;
    let quoted = |line: Option<&String>| line.map_or("nothing".into(), |line| format!("{line:?}"));
    Some(format!(
        "text and data differ: the file reads {}, and its data says {}",
        quoted(said.get(at)),
        quoted(written.get(at))
    ))
}

#[cfg(all(test, feature = "data"))]
mod tests {
    use super::*;
    use crate::QuestionAnswer;

    const BUILD: &str = "b1";

    fn pages() -> Vec<Page> {
        crate::all().expect("every folder loads")
    }

    fn work(pages: &[Page]) -> HandIn {
        let z1 = pages.iter().find(|page| page.exercise.id == "Z1").expect("is there");
        let answer = |id: &str| QuestionAnswer {
            chosen: vec!["ports".into(), id.into()],
            ..Default::default()
        };
        HandIn {
            exercise: "Z1".into(),
            seed: 7,
            build: BUILD.into(),
            predicted: Some("goes-on".into()),
            contradicted: true,
            explanation: "Two of three.\n```relevo\nnot data".into(),
            checks: z1.exercise.steps.iter().map(|step| step.id.clone()).collect(),
            hints: [("follower".to_owned(), 2)].into(),
            shown: ["leader".to_owned()].into(),
            answers: [("configuration".to_owned(), answer("myid"))].into(),
            finished: true,
            exam: false,
            name: "Ana".into(),
            date: "2026-11-22".into(),
        }
    }

    fn written(pages: &[Page], work: &HandIn, language: Language) -> String {
        let page = pages.iter().find(|page| page.exercise.id == work.exercise).expect("is there");
        render_hand_in(&[(page, work.clone())], language)
    }

    fn problems_of(text: &str, pages: &[Page]) -> String {
        review(text, pages, BUILD).expect("it is a hand-in")[0].problems.join("; ")
    }

    #[test]
    fn a_genuine_file_passes_in_both_languages() {
        let pages = pages();
        for language in Language::ALL {
            let text = written(&pages, &work(&pages), language);
            for text in [text.replace('\n', "\r\n"), text] {
                let reviewed = review(&text, &pages, BUILD).unwrap();
                assert_eq!(reviewed[0].problems, Vec::<String>::new(), "{text}");
                assert!(reviewed[0].compared);
                assert_eq!(reviewed[0].tally, Tally { answered: 1, tried: 1, right: 0 });
                assert_eq!(reviewed[0].borne, Some(Borne::Not));
                assert_eq!(reviewed[0].work.checks.len(), reviewed[0].steps);
            }
        }
    }

    #[test]
    fn a_tick_set_by_hand_is_named() {
        let pages = pages();
        let little = HandIn { checks: vec!["follower".into()], finished: false, ..work(&pages) };
        let text = written(&pages, &little, Language::En);
        let ticked =
            text.replace("- [ ] Take away the leader (not ", "- [x] Take away the leader (");
        assert_ne!(text, ticked);
        assert_eq!(problems_of(&text, &pages), "");
        assert!(problems_of(&ticked, &pages).contains("text and data differ"));
        assert!(problems_of(&ticked, &pages).contains("Take away the leader"));
    }

    #[test]
    fn data_changed_by_hand_is_named() {
        let pages = pages();
        let text = written(&pages, &work(&pages), Language::Es);
        let unshown = text.replace(r#""shown":["leader"]"#, r#""shown":[]"#);
        assert!(problems_of(&unshown, &pages).contains("text and data differ"));
    }

    #[test]
    fn what_cannot_be_is_named_though_text_and_data_agree() {
        let pages = pages();
        let wrong = [
            (HandIn { checks: vec!["quorum-lost".into()], ..work(&pages) }, "in their order"),
            (HandIn { checks: vec!["follower".into()], ..work(&pages) }, "steps are missing"),
            (HandIn { predicted: Some("waits".into()), ..work(&pages) }, "contradicted"),
            (HandIn { predicted: Some("never".into()), ..work(&pages) }, "none of the choices"),
            (HandIn { hints: [("leader".to_owned(), 9)].into(), ..work(&pages) }, "9 hints"),
            (HandIn { shown: ["nowhere".to_owned()].into(), ..work(&pages) }, "nowhere"),
        ];
        for (work, named) in wrong {
            let problems = problems_of(&written(&pages, &work, Language::En), &pages);
            assert!(problems.contains(named), "{named}: {problems}");
        }
        let stranger = "## X9\n\n```relevo\n{\"exercise\":\"X9\"}\n```\n";
        assert!(problems_of(stranger, &pages).contains("no exercise \"X9\""));
        let twice = written(&pages, &work(&pages), Language::En).repeat(2);
        let twice = review(&twice, &pages, BUILD).unwrap();
        assert!(twice[1].problems.join("; ").contains("already"));
    }

    #[test]
    fn another_build_may_have_other_words() {
        let pages = pages();
        let older = HandIn { build: "b0".into(), ..work(&pages) };
        let text = written(&pages, &older, Language::En).replace("Take away", "Remove");
        let reviewed = review(&text, &pages, BUILD).unwrap();
        assert!(reviewed[0].problems.is_empty() && !reviewed[0].compared);
    }
}
