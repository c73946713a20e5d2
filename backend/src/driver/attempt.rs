//! A learner's attempt at an exercise, on the lab's thread: its checks, and the solution where
//! it is to be shown.

use super::{Driven, Refusal};
use crate::said::Said;
use relevo_core::Seq;
use relevo_exercises::{CheckState, Exercise, Language, Player, Polled, Run, Sees};
use relevo_lab::stream::Solution;
use relevo_lab::{LabEvent, Scene};
use std::sync::Arc;

/// An attempt.
#[derive(Clone)]
pub(super) struct Attempt {
    exercise: Arc<Exercise>,
    scene: Scene,
    run: Run,
    playing: Option<Playing>,
}

/// A solution being shown.
#[derive(Clone)]
struct Playing {
    step: Arc<str>,
    player: Player,
}

impl Attempt {
    fn fold(&mut self, events: &[Arc<LabEvent>]) {
        for event in events {
            self.run.before(event, &self.scene);
            if let Some(playing) = &mut self.playing {
                playing.player.before(event, &self.scene);
            }
            self.scene.apply(event);
            self.run.after(&self.scene);
            if let Some(playing) = &mut self.playing {
                playing.player.after(&self.scene);
            }
        }
    }
}

impl Driven {
    /// Begins an exercise whose first `steps` were passed before.
    pub(crate) fn attempt(&mut self, exercise: Arc<Exercise>, steps: usize) {
        self.news();
        let scene = self.lab.scene().clone();
        let run = Run::resume(Arc::clone(&exercise), &scene, steps);
        self.attempt = Some(Attempt { exercise, scene, run, playing: None });
    }

    /// The exercise, and how many of its steps were passed by `at`: what a fork begins with.
    pub(crate) fn attempted_by(&self, at: relevo_core::Instant) -> Option<(Arc<Exercise>, usize)> {
        let attempt = self.attempt.as_ref()?;
        Some((Arc::clone(&attempt.exercise), attempt.run.steps_passed_by(at)))
    }

    /// How the checks stand.
    pub(crate) fn checks(&mut self) -> Result<Vec<CheckState>, Refusal> {
        self.news();
        let attempt = self.attempt.as_ref().ok_or_else(no_exercise)?;
        Ok(attempt.run.checks(&attempt.scene))
    }

    /// Plays the solution of a step; an empty name means the step that is current.
    pub(crate) fn play_solution(&mut self, step: &str) -> Result<Seq, Refusal> {
        self.alive()?;
        self.news();
        let attempt = self.attempt.as_mut().ok_or_else(no_exercise)?;
        if !attempt.run.has_begun() {
            return Err(Refusal::Precondition(Said::new(
                "the lab is not under way yet; wait until every server serves and its counter, if \
                 it has one, has written 3",
                "el laboratorio aún no está en marcha; espera a que todos los servidores atiendan \
                 y su contador, si lo tiene, haya escrito 3",
            )));
        }
        let steps = &attempt.exercise.steps;
        let found = match step {
            "" => steps.get(attempt.run.steps_passed()),
            id => steps.iter().find(|step| step.id == id),
        };
        let Some(step) = found else {
            let known: Vec<&str> = steps.iter().map(|step| step.id.as_str()).collect();
            let known = known.join(", ");
            return Err(Refusal::NotFound(Said::new(
                format!("no step `{step}` to play; there are {known}"),
                format!("no hay ningún paso `{step}` que mostrar; hay {known}"),
            )));
        };
        let player = Player::new(&step.solution, &attempt.scene);
        attempt.playing = Some(Playing { step: step.id.as_str().into(), player });
        Ok(self.lab.seq())
    }

    /// Does what the solution being shown wants done now.
    pub(super) fn play(&mut self) {
        loop {
            let now = self.lab.now();
            let Some(attempt) = &mut self.attempt else { return };
            let Some(Playing { step, player }) = &mut attempt.playing else { return };
            match player.poll(&attempt.scene, now) {
                Polled::Waiting => return,
                Polled::Done => attempt.playing = None,
                Polled::Stuck(sees) => {
                    let solution = stuck(step, &sees);
                    self.viewers.tell(|news| news.solution = Some(solution.clone()));
                    attempt.playing = None;
                }
                Polled::Do(input) => {
                    if let Err(why) = self.lab.input(*input) {
                        tracing::warn!(lab = %self.info.id, %why, "the solution was refused");
                        let solution = stuck(step, &Sees::Refused);
                        self.viewers.tell(|news| news.solution = Some(solution.clone()));
                        attempt.playing = None;
                    }
                    self.news();
                }
            }
        }
    }

    /// Takes what happened: the attempt is judged by it, and whoever watches is told.
    pub(super) fn news(&mut self) {
        let events = self.lab.take_events();
        if events.is_empty() {
            return;
        }
        if let Some(attempt) = &mut self.attempt {
            attempt.fold(&events);
        }
        self.viewers.events(&events);
    }
}

fn stuck(step: &Arc<str>, sees: &Sees) -> Solution {
    Solution {
        step: Arc::clone(step),
        es: sees.say(Language::Es).into(),
        en: sees.say(Language::En).into(),
    }
}

fn no_exercise() -> Refusal {
    Refusal::Precondition(Said::new(
        "this lab belongs to no exercise; StartExercise makes one that does",
        "este laboratorio no es de ningún ejercicio; StartExercise hace uno que lo es",
    ))
}
