//! The course as the page knows it: where the learner is in it, how far they are, and the run that
//! judges an exercise from the events the scene is folded from.

use super::{Language, keep, kept};
use relevo_core::Instant;
use relevo_exercises::{Exercise, HandInError, Page, QuestionAnswer, Run};
use relevo_lab::stream::Solution;
use relevo_lab::{LabEvent, Scene};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

/// What the address names.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Place {
    /// The first minute, or any other lab.
    #[default]
    Lab,
    Map,
    Exercise(String),
}

/// One exercise that is built, as the map lists it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Listed {
    pub id: String,
    pub title_es: String,
    pub title_en: String,
    pub minutes: u32,
    /// The ids of its steps, in order; none for a set of questions.
    pub steps: Vec<String>,
    pub questions: usize,
    pub prerequisites: Vec<String>,
}

/// The list of exercises, from when it is asked for.
pub(crate) type Built = Option<Result<Rc<Vec<Listed>>, String>>;

/// How the open exercise stands to the server.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Opening {
    #[default]
    Closed,
    Waiting,
    Open,
    Failed(String),
}

/// What the page knows of the course.
#[derive(Debug, Default)]
pub(crate) struct Course {
    pub place: Place,
    /// The exercises that are built, once they are listed, or why they are not.
    pub built: Built,
    pub page: Option<Rc<Page>>,
    pub opening: Opening,
    pub progress: Progress,
    /// The answer marked but not yet committed to.
    pub marked: Option<String>,
    /// "Show me" plays this step.
    pub showing: Option<usize>,
    /// "Show me" waits until the lab is under way.
    pub wished: bool,
    /// The lab's clock is still to be set to the pace of an exercise.
    pub fresh: bool,
    /// "Show me" could not go on: what it sees, in Spanish and in English.
    pub stalled: Option<Rc<Solution>>,
    /// What became of a hand-in.
    pub taken_up: Option<TakenUp>,
    /// What was said aloud last.
    pub said: String,
    /// Whether to start over is being asked.
    pub over: bool,
    /// Counts the beginnings, so that the column of each is a new one, unscrolled.
    pub visits: u32,
}

/// What became of a hand-in that was to be written or read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TakenUp {
    /// The work on these exercises was taken up.
    Exercises(Vec<String>),
    /// The file is no hand-in.
    Not(HandInError),
    /// The browser did not read the file.
    Unread,
    /// There was none to write: the server did not give the exercises' words.
    Unwritten,
}

/// A learner's way through one exercise, as it survives a reload.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Progress {
    /// The lab it is done in.
    pub lab: String,
    /// Its seed.
    pub seed: u64,
    pub passed: usize,
    /// When the current step began, in that lab; zero while it has not.
    pub began_ns: u64,
    /// The answer committed to: a choice's id, or [`UNKNOWN`].
    pub predicted: Option<String>,
    /// What happened contradicted it.
    pub contradicted: bool,
    /// The learner's second explanation, and whether they have gone on since.
    pub explanation: String,
    pub explained: bool,
    /// Hints read, by step.
    pub hints: BTreeMap<String, usize>,
    /// Steps that "show me" played.
    pub shown: BTreeSet<String>,
    /// Answers to questions, by their ids.
    pub answers: BTreeMap<String, QuestionAnswer>,
    pub finished: bool,
    /// It was finished before it was begun anew.
    pub before: bool,
    /// Of its questions, at how many options were tried, and how many were right at the first go;
    /// none until it was opened.
    pub first_goes: Option<(usize, usize)>,
}

/// "I don't know" as an answer.
pub(crate) const UNKNOWN: &str = "?";

impl Place {
    /// The place that the address names now.
    pub(crate) fn of_address() -> Place {
        let hash = web_sys::window().and_then(|window| window.location().hash().ok());
        let hash = hash.unwrap_or_default();
        match hash.strip_prefix("#exercise/") {
            Some(id) if !id.is_empty() => Place::Exercise(id.to_ascii_uppercase()),
            _ if hash == "#map" => Place::Map,
            _ => Place::Lab,
        }
    }

    pub(crate) fn exercise(&self) -> Option<&str> {
        match self {
            Place::Exercise(id) => Some(id),
            _ => None,
        }
    }
}

impl Course {
    /// The exercises that are known to be built.
    pub(crate) fn listed(&self) -> &[Listed] {
        self.built.as_ref().and_then(|built| built.as_deref().ok()).map_or(&[], |it| it)
    }
}

impl Listed {
    pub(crate) fn title(&self, language: Language) -> &str {
        match language {
            Language::Spanish => &self.title_es,
            Language::English => &self.title_en,
        }
    }
}

impl Language {
    /// As the exercises name it.
    pub(crate) fn of_course(self) -> relevo_exercises::Language {
        match self {
            Language::Spanish => relevo_exercises::Language::Es,
            Language::English => relevo_exercises::Language::En,
        }
    }
}

impl Progress {
    pub(crate) fn load(id: &str) -> Progress {
        let text = kept(&["exercise.", id].concat());
        text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
    }

    pub(crate) fn save(&self, id: &str) {
        if let Ok(text) = serde_json::to_string(self) {
            keep(&["exercise.", id].concat(), &text);
        }
    }

    /// The same exercise from its beginning.
    pub(crate) fn anew(&self) -> Progress {
        Progress { before: self.ever_finished(), ..Progress::default() }
    }

    /// Whether it was finished, now or before it was begun anew.
    pub(crate) fn ever_finished(&self) -> bool {
        self.finished || self.before
    }

    /// Whether anything was done.
    pub(crate) fn begun(&self) -> bool {
        self.passed > 0 || self.predicted.is_some() || !self.answers.is_empty()
    }

    /// Whether the prediction is another than the right one.
    pub(crate) fn wrong(&self, exercise: &Exercise) -> bool {
        let choice = |id| exercise.choices().iter().find(|choice| &choice.id == id);
        let chosen = self.predicted.as_ref().and_then(choice);
        chosen.is_some_and(|choice| choice.contradicted_by.is_some())
    }

    /// Whether the step that tests the prediction is passed.
    pub(crate) fn tested(&self, exercise: &Exercise) -> bool {
        let Some(predict) = &exercise.predict else { return false };
        let place = exercise.steps.iter().position(|step| step.id == predict.step);
        place.is_some_and(|place| self.passed > place)
    }
}

/// What judges from the events the scene is folded from. It comes with the course, so the store,
/// which comes before it, knows it as this alone.
pub(crate) trait Judge: std::fmt::Debug {
    /// The lab's past is told again from earlier on.
    fn restart(&mut self);
    /// An event is about to change the scene.
    fn before(&mut self, event: &LabEvent, scene: &Scene);
    /// It has.
    fn after(&mut self, scene: &Scene);
    /// Everything up to `now` is folded.
    fn settle(&mut self, now: Instant, scene: &Scene);
    /// The run, once it has begun.
    fn run(&self) -> Option<&Run>;
    /// Choices contradicted since the last time.
    fn news(&mut self) -> Vec<Contradiction>;
}

/// Judges the open exercise. A run follows its lab from the first instant, and where a lab is come
/// back to, from that at which the current step began.
#[derive(Debug)]
pub(crate) struct Track {
    exercise: Arc<Exercise>,
    passed: usize,
    began: Instant,
    run: Option<Run>,
    /// Choices contradicted since the page looked.
    news: Vec<Contradiction>,
}

/// A choice, by its place, and the instant of the event that contradicts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Contradiction {
    pub choice: usize,
    pub at: Instant,
}

impl Track {
    pub(crate) fn new(exercise: Arc<Exercise>, passed: usize, began: Instant) -> Track {
        Track { exercise, passed, began, run: None, news: Vec::new() }
    }

    fn begin(&mut self, scene: &Scene) {
        if self.run.is_none() {
            self.run = Some(Run::resume(self.exercise.clone(), scene, self.passed));
        }
    }
}

impl Judge for Track {
    fn restart(&mut self) {
        if let Some(run) = self.run.take().filter(Run::has_begun) {
            (self.passed, self.began) = (run.steps_passed(), run.step_began());
        }
    }

    fn before(&mut self, event: &LabEvent, scene: &Scene) {
        if event.at > self.began {
            self.begin(scene);
        }
        if let Some(run) = &mut self.run {
            run.before(event, scene);
        }
    }

    fn after(&mut self, scene: &Scene) {
        if let Some(run) = &mut self.run {
            let at = scene.at;
            let found = run.after(scene).into_iter();
            self.news.extend(found.map(|choice| Contradiction { choice, at }));
        }
    }

    fn settle(&mut self, now: Instant, scene: &Scene) {
        if now > self.began && !scene.servers.is_empty() {
            self.begin(scene);
        }
    }

    fn run(&self) -> Option<&Run> {
        self.run.as_ref().filter(|run| run.has_begun())
    }

    fn news(&mut self) -> Vec<Contradiction> {
        std::mem::take(&mut self.news)
    }
}
