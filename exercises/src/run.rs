//! A learner's way through one exercise.

use crate::facts::{belief, counted};
use crate::{Exercise, Facts, Judgement, Predicate};
use relevo_coordination::PeerState;
use relevo_core::{Instant, Kind, Origin};
use relevo_lab::{Belief, LabEvent, ProcessState, Scene, ServerView, Work};
use std::sync::Arc;

/// Folds a lab's trace into passed checks. A step is judged from the instant at which the one
/// before it was passed.
#[derive(Clone, Debug)]
pub struct Run {
    exercise: Arc<Exercise>,
    facts: Facts,
    /// Whether the lab is under way, or somebody has already done something to it; its first
    /// election is none of the learner's doing.
    begun: bool,
    passed: Vec<Instant>,
    contradicted: Vec<bool>,
}

/// How a step's check stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckState {
    /// The step's id.
    pub step: String,
    /// Whether it is passed for good.
    pub passed: bool,
    /// What the check sees; none for steps that have not begun.
    pub sees: Option<Judgement>,
}

impl Run {
    /// A run that begins with what the scene shows.
    pub fn begin(exercise: Arc<Exercise>, scene: &Scene) -> Run {
        let contradicted = vec![false; exercise.choices().len()];
        let (facts, begun) = (Facts::begin(scene), under_way(scene));
        Run { facts, begun, passed: Vec::new(), contradicted, exercise }
    }

    /// A run whose first `steps` were passed before (in an earlier visit).
    pub fn resume(exercise: Arc<Exercise>, scene: &Scene, steps: usize) -> Run {
        let mut run = Run::begin(exercise, scene);
        run.passed = vec![scene.at; steps.min(run.exercise.steps.len())];
        run
    }

    /// Notes an event before the scene shows it.
    pub fn before(&mut self, event: &LabEvent, scene: &Scene) {
        // Whoever does not wait for the lab is judged as well.
        if !self.begun && done_by_somebody(event) && led(scene) {
            self.begun = true;
            self.facts = Facts::begin(scene);
        }
        self.facts.before(event, scene);
    }

    /// Judges what the scene shows after an event. Returns the choices (by their place) that are
    /// contradicted now for the first time.
    pub fn after(&mut self, scene: &Scene) -> Vec<usize> {
        if !self.begun {
            self.begun = under_way(scene);
            self.facts = Facts::begin(scene);
            return Vec::new();
        }
        self.facts.after(scene);
        let news = self.contradictions(scene);
        let step = self.exercise.steps.get(self.passed.len());
        if step.is_some_and(|step| step.check.judge(scene, &self.facts).holds) {
            self.passed.push(scene.at);
            self.facts = Facts::begin(scene);
        }
        news
    }

    fn contradictions(&mut self, scene: &Scene) -> Vec<usize> {
        let holds = |p: &Predicate| p.judge(scene, &self.facts).holds;
        let mut news = Vec::new();
        for (place, choice) in self.exercise.choices().iter().enumerate() {
            let now = choice.contradicted_by.as_ref().is_some_and(holds);
            if now && !std::mem::replace(&mut self.contradicted[place], true) {
                news.push(place);
            }
        }
        news
    }

    /// Whether the lab is under way, so that what is done to it counts.
    pub fn has_begun(&self) -> bool {
        self.begun
    }

    /// How many steps are passed.
    pub fn steps_passed(&self) -> usize {
        self.passed.len()
    }

    /// How many steps were passed by `at`.
    pub fn steps_passed_by(&self, at: Instant) -> usize {
        self.passed.iter().take_while(|passed| **passed <= at).count()
    }

    /// Whether all are.
    pub fn finished(&self) -> bool {
        self.passed.len() == self.exercise.steps.len()
    }

    /// When the current step began, to go back to.
    pub fn step_began(&self) -> Instant {
        self.facts.since
    }

    /// What the current step has to go by.
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// How every step's check stands.
    pub fn checks(&self, scene: &Scene) -> Vec<CheckState> {
        let state = |(place, step): (usize, &crate::Step)| CheckState {
            step: step.id.clone(),
            passed: place < self.passed.len(),
            sees: (place == self.passed.len()).then(|| step.check.judge(scene, &self.facts)),
        };
        self.exercise.steps.iter().enumerate().map(state).collect()
    }
}

fn done_by_somebody(event: &LabEvent) -> bool {
    match &event.kind {
        Kind::Fault { by, .. } | Kind::Call { by, .. } => *by != Origin::Script,
        _ => false,
    }
}

fn led(scene: &Scene) -> bool {
    scene.servers.iter().any(|server| server.serving && server.role == PeerState::Leading)
}

/// How many numbers a counter writes before anything is judged.
const FIRST_NUMBERS: u64 = 3;

/// Whether a lab is under way: every server serves, and its counter, if it has one, has written a
/// few numbers. Its first election is none of the learner's doing.
pub fn under_way(scene: &Scene) -> bool {
    let counts = scene.clients.values().any(|it| matches!(it.work, Work::Counter { .. }));
    let serves = |server: &ServerView| server.serving && server.state == ProcessState::Running;
    let stands = |party| belief(scene, party) != Some(&Belief::Nothing);
    match counts {
        true => counted(scene) >= FIRST_NUMBERS,
        false => {
            !scene.servers.is_empty()
                && scene.servers.iter().all(serves)
                && scene.clients.keys().all(|party| stands(*party))
        }
    }
}
