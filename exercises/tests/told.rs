//! What a check says while it is red is so.

use relevo_exercises::{Action, Language, Player, Polled, Predicate, Run, find, under_way};
use relevo_lab::{Lab, Scenario};
use relevo_world::Storage;
use std::sync::Arc;

const WALL_START_MS: i64 = 1_767_225_600_000;

/// Plays what an action says, to its end.
fn play(lab: &mut Lab, run: &mut Run, actions: &[Action]) {
    let mut scene = lab.scene().clone();
    let mut player = Player::new(actions, &scene);
    loop {
        match player.poll(&scene, lab.now()) {
            Polled::Done => return,
            Polled::Stuck(sees) => panic!("{}", sees.say(Language::En)),
            Polled::Waiting => assert!(lab.run_one(), "the lab goes on"),
            Polled::Do(input) => {
                lab.input(*input).expect("it can be done");
            }
        }
        for event in lab.take_events() {
            run.before(&event, &scene);
            player.before(&event, &scene);
            scene.apply(&event);
            run.after(&scene);
            player.after(&scene);
        }
    }
}

#[test]
fn with_two_of_five_on_each_side_no_majority_is_said_to_elect() {
    let page = find("A3").expect("loads").expect("is there");
    for seed in 1..=5 {
        let mut lab = Lab::new(
            &Scenario::named("a3").expect("is there"),
            seed,
            WALL_START_MS,
            Storage::Memory,
        );
        while !under_way(lab.scene()) {
            assert!(lab.run_one(), "the lab goes on");
        }
        let _ = lab.take_events();
        let mut run = Run::begin(Arc::new(page.exercise.clone()), lab.scene());
        for step in &page.exercise.steps[..2] {
            play(&mut lab, &mut run, &step.solution);
        }
        assert_eq!(run.steps_passed(), 2, "seed {seed}");
        let check = Predicate::MajorityWentOn { numbers: 10 };
        let said = check.judge(lab.scene(), run.facts()).sees.say(Language::En);
        assert_eq!(said, "No side has a majority: the larger has 2 of 5 servers.", "seed {seed}");
    }
}
