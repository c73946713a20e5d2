//! The map of the course and the folders say the same: every task of a module that is begun is
//! answered by exercises that are built, or that the map says are not.

use relevo_exercises::{Language, MODULES, Module, NOT_YET, NotYet, Page, all};

fn built() -> Vec<Page> {
    all().expect("every folder loads")
}

fn begun(built: &[Page]) -> Vec<&'static Module> {
    let has = |module: &&Module| built.iter().any(|it| it.exercise.id.starts_with(module.letter));
    MODULES.iter().filter(has).collect()
}

#[test]
fn every_task_of_a_begun_module_is_answered_or_said_to_be_missing() {
    let built = built();
    let begun = begun(&built);
    assert_eq!(begun.len(), 2, "ZooKeeper and Zab are begun");
    for module in begun {
        assert!(!module.tasks.is_empty(), "{} is begun and has no tasks", module.letter);
        for task in module.tasks {
            assert!(!task.exercises.is_empty(), "{} has no exercise", task.name);
            for id in task.exercises {
                match built.iter().find(|page| page.exercise.id == *id) {
                    Some(page) => {
                        let answers = &page.exercise.answers;
                        let named = answers.iter().any(|answer| answer == task.name);
                        assert!(named, "{id} answers {answers:?}, not {:?}", task.name);
                    }
                    None => {
                        let said = NotYet::title_of(id, Language::En);
                        assert!(said.is_some(), "{id}, for {:?}, is nowhere", task.name);
                    }
                }
            }
        }
    }
}

#[test]
fn every_exercise_has_its_place_on_the_map_and_answers_a_task_of_it() {
    for page in built() {
        let id = &page.exercise.id;
        let module = MODULES.iter().find(|module| module.ids().any(|it| it == *id));
        let module = module.unwrap_or_else(|| panic!("{id} is not on the map"));
        for answer in &page.exercise.answers {
            let known = module
                .tasks
                .iter()
                .any(|task| task.name == answer && task.exercises.contains(&id.as_str()));
            assert!(known, "{id} answers {answer:?}, which the map does not give it");
        }
    }
}

#[test]
fn what_the_page_shows_as_missing_is_what_is_missing() {
    let built = built();
    let is_built = |id: &str| built.iter().any(|page| page.exercise.id == id);
    let mut shown = Vec::new();
    for module in begun(&built) {
        for id in module.missing(is_built) {
            for language in Language::ALL {
                let title = NotYet::title_of(&id, language);
                assert!(title.is_some_and(|title| !title.is_empty()), "{id} in {language:?}");
            }
            shown.push(id);
        }
    }
    let said: Vec<&str> = NOT_YET.iter().map(|it| it.id).collect();
    assert_eq!(shown, said, "the map names what is not built, and nothing else");
}
