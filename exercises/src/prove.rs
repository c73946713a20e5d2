//! The proof of an exercise: in virtual time, against the real engines.

use crate::{Action, Exercise, Language, Page, Player, Polled, Run, under_way};
use relevo_core::{Duration, Instant, Random};
use relevo_lab::{Lab, Scenario, Scene};
use relevo_world::Storage;
use std::collections::BTreeSet;
use std::sync::Arc;

/// What was found of one exercise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// The exercise.
    pub id: String,
    /// Everything that was looked at, in order.
    pub findings: Vec<Finding>,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What must be.
    pub must: String,
    /// Whether it is.
    pub holds: bool,
    /// What was seen.
    pub sees: String,
}

impl Proof {
    /// Whether all that must be is.
    pub fn holds(&self) -> bool {
        self.findings.iter().all(|finding| finding.holds)
    }
}

/// The wall clock at which every proof begins: 2026-01-01 00:00 UTC.
const WALL_START_MS: i64 = 1_767_225_600_000;
/// How long a lab may take to begin, in lab time.
const BEGIN: Duration = Duration::from_secs(30);
/// How long nothing is done before a check must still be red.
const IDLE: Duration = Duration::from_secs(5);
/// A learner acts at no instant of the lab's choosing: at most so long after a step began.
const HESITATION_MS: u64 = 1_500;
/// Keeps the learner's moments apart from whatever else a seed decides.
const MOMENTS: u64 = 0x6c65_6172_6e65_7273;

/// Proves an exercise with one seed, which also decides when the learner acts: each check red
/// before, green after its solution, red after each wrong answer; each wrong prediction
/// contradicted. A set of questions has nothing to prove.
pub fn prove(page: &Page, seed: u64) -> Result<Proof, String> {
    let exercise = Arc::new(page.exercise.clone());
    let mut findings = Vec::new();
    let Some(scenario) = &exercise.scenario else {
        return Ok(Proof { id: exercise.id.clone(), findings });
    };
    let mut attempt = Attempt::begin(exercise.clone(), scenario, seed)?;
    let mut moments = Random::derived(seed, MOMENTS);
    for (place, step) in exercise.steps.iter().enumerate() {
        attempt.idle(Duration::from_millis(moments.below(HESITATION_MS)))?;
        findings.push(attempt.clone().red_when_idle(place, &exercise)?);
        for wrong in &step.wrong {
            findings.push(attempt.clone().red_after(place, &wrong.because, &wrong.actions)?);
        }
        findings.push(attempt.green_after(place, &step.id, &step.solution)?);
    }
    findings.extend(attempt.contradictions(&exercise));
    Ok(Proof { id: exercise.id.clone(), findings })
}

/// One learner at one lab.
#[derive(Clone)]
struct Attempt {
    lab: Lab,
    scene: Scene,
    run: Run,
    contradicted: BTreeSet<usize>,
}

impl Attempt {
    fn begin(exercise: Arc<Exercise>, scenario: &str, seed: u64) -> Result<Attempt, String> {
        let scenario = Scenario::named(scenario)
            .ok_or_else(|| format!("there is no scenario {scenario:?}"))?;
        let mut lab = Lab::new(&scenario, seed, WALL_START_MS, Storage::Memory);
        while !under_way(lab.scene()) {
            if lab.now() > Instant::ZERO + BEGIN || !lab.run_one() {
                return Err(format!("{} did not begin within {BEGIN:?}", scenario.name));
            }
        }
        let _ = lab.take_events();
        let scene = lab.scene().clone();
        let run = Run::begin(exercise, &scene);
        Ok(Attempt { lab, scene, run, contradicted: BTreeSet::new() })
    }

    /// Runs the lab's next event.
    fn turn(&mut self, player: Option<&mut Player>) -> Result<(), String> {
        if !self.lab.run_one() {
            return Err("nothing will ever happen in this lab again".into());
        }
        self.fold(player);
        Ok(())
    }

    fn fold(&mut self, mut player: Option<&mut Player>) {
        for event in self.lab.take_events() {
            self.run.before(&event, &self.scene);
            if let Some(player) = &mut player {
                player.before(&event, &self.scene);
            }
            self.scene.apply(&event);
            self.contradicted.extend(self.run.after(&self.scene));
            if let Some(player) = &mut player {
                player.after(&self.scene);
            }
        }
    }

    fn idle(&mut self, span: Duration) -> Result<(), String> {
        let end = self.lab.now() + span;
        while self.lab.now() < end {
            self.turn(None)?;
        }
        Ok(())
    }

    fn play(&mut self, actions: &[Action]) -> Result<(), String> {
        let mut player = Player::new(actions, &self.scene);
        loop {
            match player.poll(&self.scene, self.lab.now()) {
                Polled::Done => return Ok(()),
                Polled::Stuck(sees) => return Err(sees.say(Language::En)),
                Polled::Waiting => self.turn(Some(&mut player))?,
                Polled::Do(input) => {
                    self.lab.input(*input).map_err(|refused| refused.to_string())?;
                    self.fold(Some(&mut player));
                }
            }
        }
    }

    fn red_when_idle(mut self, place: usize, exercise: &Exercise) -> Result<Finding, String> {
        self.idle(IDLE)?;
        Ok(self.finding(place, false, format!("{}: red before", exercise.steps[place].id)))
    }

    fn red_after(
        mut self,
        place: usize,
        because: &str,
        actions: &[Action],
    ) -> Result<Finding, String> {
        let stuck = self.play(actions).err();
        let mut finding =
            self.finding(place, false, format!("red after the wrong answer: {because}"));
        if let Some(why) = stuck {
            // Red, but only because it was never done.
            (finding.holds, finding.sees) = (false, format!("its script is stuck: {why}"));
        }
        Ok(finding)
    }

    fn green_after(
        &mut self,
        place: usize,
        id: &str,
        actions: &[Action],
    ) -> Result<Finding, String> {
        let stuck = self.play(actions).err();
        let mut finding = self.finding(place, true, format!("{id}: green after the solution"));
        if let Some(why) = stuck.filter(|_| !finding.holds) {
            finding.sees = format!("its script is stuck: {why}");
        }
        Ok(finding)
    }

    fn finding(&self, place: usize, green: bool, must: String) -> Finding {
        let state = &self.run.checks(&self.scene)[place];
        let sees = state.sees.as_ref().map(|seen| seen.sees.say(Language::En));
        Finding { must, holds: state.passed == green, sees: sees.unwrap_or_default() }
    }

    fn contradictions(&self, exercise: &Exercise) -> Vec<Finding> {
        let wrong = |(place, choice): (usize, &crate::Choice)| {
            choice.contradicted_by.as_ref().map(|predicate| Finding {
                must: format!("the prediction {:?} is contradicted", choice.id),
                holds: self.contradicted.contains(&place),
                sees: format!("{predicate:?}"),
            })
        };
        exercise.choices().iter().enumerate().filter_map(wrong).collect()
    }
}
