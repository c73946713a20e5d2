//! Every exercise of the course is proved: red before, green after its solution, red after each
//! wrong answer, every wrong prediction contradicted; and every word is there in both languages.

use relevo_exercises::{Language, all, audit, find, glossary, prove};

#[test]
fn every_exercise_is_proved_with_several_seeds() {
    let exercises = all().expect("every folder loads");
    assert!(!exercises.is_empty());
    for page in &exercises {
        for seed in 1..=3 {
            let proof = prove(page, seed).expect("the lab runs");
            let broken: Vec<_> = proof.findings.iter().filter(|f| !f.holds).collect();
            assert!(broken.is_empty(), "{} with seed {seed}: {broken:#?}", proof.id);
            assert!(proof.findings.len() >= page.exercise.steps.len() * 2);
        }
    }
}

#[test]
fn nothing_is_left_to_write() {
    let exercises = all().expect("every folder loads");
    let known: Vec<String> = exercises.iter().map(|page| page.exercise.id.clone()).collect();
    let missing: Vec<_> = exercises
        .iter()
        .map(|page| (&page.exercise.id, audit(page, &known)))
        .filter(|(_, missing)| !missing.is_empty())
        .collect();
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn what_is_missing_is_told() {
    let mut page = find("Z1").expect("loads").expect("is there");
    page.en.brief = "word ".repeat(121);
    page.es.nuance = "[[nowhere]] and half]]".into();
    page.en.steps.get_mut("leader").expect("is there").hints.pop();
    page.es.steps.remove("follower");
    page.exercise.steps[0].wrong.clear();
    page.exercise.prerequisites.push("X9".into());
    page.exercise.answers.push("ZooKeeper: nothing".into());
    let missing = audit(&page, &["Z1".into()]).join("\n");
    for what in
        ["121 words", "[[nowhere]]", "not whole", "2 hints", "has no words", "a wrong answer"]
    {
        assert!(missing.contains(what), "{what} is not told in:\n{missing}");
    }
    assert!(missing.contains("X9") && missing.contains("no task \"ZooKeeper: nothing\""));
    page.exercise.id = "Z99".into();
    assert!(audit(&page, &["Z1".into()]).join("\n").contains("has no Z99"));
    page.exercise.module = "nowhere".into();
    assert!(audit(&page, &["Z1".into()]).join("\n").contains("no module \"nowhere\""));
}

#[test]
fn starters_that_differ_and_answers_at_one_place_are_told() {
    let mut page = find("Z2").expect("loads").expect("is there");
    let starter = &mut page.starters[0];
    starter.es = starter.es.replace("client.start()", "client.begin()");
    assert!(audit(&page, &["Z1".into()]).join("\n").contains("client.begin()"));
    page.starters[0].es = page.starters[0].en.clone();
    assert!(audit(&page, &["Z1".into()]).join("\n").contains("the Spanish text is the English"));
    let mut page = find("ZQ").expect("loads").expect("is there");
    for question in page.exercise.questions.iter_mut().filter(|it| !it.open) {
        question.options.sort_by_key(|option| !option.right);
    }
    let known = ["Z2", "Z3", "Z5"].map(String::from);
    assert!(audit(&page, &known).join("\n").contains("too many have their right answer at 1"));
}

#[test]
fn the_place_of_a_choice_does_not_tell_whether_it_is_right() {
    let mut right = [0; 3];
    for page in all().expect("every folder loads") {
        let choices = page.exercise.choices();
        let place = choices.iter().position(|choice| choice.contradicted_by.is_none());
        right[..].iter_mut().enumerate().for_each(|(at, n)| *n += usize::from(place == Some(at)));
    }
    let all: usize = right.iter().sum();
    assert!(right.iter().all(|here| here * 2 <= all), "{right:?}");
}

#[test]
fn the_glossary_has_every_term_in_both_languages() {
    let [es, en] = Language::ALL.map(|language| glossary(language).expect("parses"));
    assert!(es.keys().eq(en.keys()), "{:?} and {:?}", es.keys(), en.keys());
}

#[test]
fn an_exercise_is_found_by_its_id_in_any_case() {
    assert_eq!(find("z1").expect("loads").expect("is there").exercise.id, "Z1");
    assert!(find("nothing").expect("loads").is_none());
}

#[test]
fn a_page_receives_an_exercise_as_json_and_back() {
    let page = find("Z1").expect("loads").expect("is there");
    let text = serde_json::to_string(&page).expect("serialises");
    assert_eq!(serde_json::from_str::<relevo_exercises::Page>(&text).expect("parses"), page);
}
