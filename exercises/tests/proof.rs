//! Every exercise of the course is proved: red before, green after its solution, red after each
//! wrong answer, every wrong prediction contradicted; and every word is there in both languages
//! (loading refuses an exercise that lacks one).

use relevo_exercises::{all, find, prove};

#[test]
fn every_exercise_is_proved_with_several_seeds() {
    let exercises = all().expect("every folder loads");
    assert!(!exercises.is_empty());
    for page in &exercises {
        for seed in 1..=10 {
            let proof = prove(page, seed).expect("the lab runs");
            let broken: Vec<_> = proof.findings.iter().filter(|f| !f.holds).collect();
            assert!(broken.is_empty(), "{} with seed {seed}: {broken:#?}", proof.id);
            assert!(proof.findings.len() > page.exercise.steps.len() * 2);
        }
    }
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
