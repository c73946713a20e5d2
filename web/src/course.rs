//! What the learner does in the course, and the one place that applies it.

use crate::app::App;
use crate::model::{
    Figure, LinkState, Listed, Opening, Place, Progress, Store, TakenUp, Track, UNKNOWN,
};
use crate::net::{Deed, Source, exercises};
use crate::picture::Lens;
use crate::tree::Grove;
use crate::update::Command;
use crate::view::plain;
use relevo_core::Instant;
use relevo_exercises::{HINTS, Page};
use relevo_lab::stream::{LabInfo, Solution};
use std::rc::Rc;
use std::sync::Arc;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use yew::{Callback, Context};

/// How fast an exercise's lab runs at first: numbers can be read, three seconds can be waited.
const PACE: f64 = 0.25;

/// Everything asked of the course.
#[derive(Debug)]
pub(crate) enum Study {
    /// The address changed; where the page was before.
    Went(Place),
    /// Asks for the exercises that are built.
    List,
    Listed(Result<Vec<Listed>, String>),
    /// The exercise of this id.
    Opened(String, Result<Rc<Page>, String>),
    /// A new lab for this exercise, or why there is none.
    Started(String, Result<String, String>),
    Mark(String),
    Commit,
    Hint,
    ShowMe,
    /// The lab has taken "show me", or not.
    Shown(Result<(), String>),
    /// Back to the start of the current step.
    Back,
    Explain(String),
    /// An option of a question.
    Choose(String, String),
    /// An answer in one's own words.
    Write(String, String),
    /// The model answer of a question.
    OpenModel(String),
    /// The work of every exercise as one file.
    HandIn,
    /// The words of what was begun, unless the server did not give them.
    HandedIn(Option<Vec<Rc<Page>>>),
    /// Such a file's text, unless it could not be read.
    TakeUp(Option<String>),
    /// A point of a rubric.
    Tick(String, usize),
    GoOn,
    /// Whether to do it again from the beginning is asked, or no longer.
    AskOver(bool),
    StartOver,
    Retry,
}

impl App {
    /// Applies what is asked of the course.
    pub(crate) fn study(&mut self, ctx: &Context<App>, study: Study) {
        match study {
            Study::Went(before) => self.go(ctx, &before),
            Study::Listed(Ok(listed)) => self.course.built = Some(Ok(Rc::new(listed))),
            // What was listed before still stands.
            Study::Listed(Err(_)) if matches!(self.course.built, Some(Ok(_))) => {}
            Study::Listed(Err(why)) => self.course.built = Some(Err(why)),
            Study::List => {
                self.course.built = None;
                list(ctx);
            }
            // Whoever has gone on since has no use for it.
            Study::Opened(id, _) | Study::Started(id, _)
                if self.course.place.exercise() != Some(&id) => {}
            Study::Opened(_, Ok(page)) => self.opened(ctx, page),
            Study::Started(_, Ok(lab)) => self.started(ctx, lab),
            Study::Opened(_, Err(why)) | Study::Started(_, Err(why)) => {
                self.course.opening = Opening::Failed(why);
            }
            Study::Mark(choice) => self.course.marked = Some(choice),
            Study::Commit => self.commit(ctx),
            Study::Hint => self.hint(),
            Study::ShowMe => self.show_me(ctx),
            Study::Shown(Ok(())) => {}
            Study::Shown(Err(why)) => {
                self.course.showing = None;
                self.view.refused = Some(why.into());
            }
            Study::Back => {
                (self.course.showing, self.course.stalled) = (None, None);
                self.back_to_start(ctx);
            }
            Study::Explain(text) => {
                self.course.progress.explanation = text;
                self.save();
            }
            Study::Choose(question, option) => {
                let answer = self.course.progress.answers.entry(question).or_default();
                if !answer.chosen.contains(&option) {
                    answer.chosen.push(option);
                }
                self.answered();
            }
            Study::Write(question, text) => {
                self.course.progress.answers.entry(question).or_default().text = text;
                self.answered();
            }
            Study::OpenModel(question) => {
                self.course.progress.answers.entry(question).or_default().opened = true;
                self.answered();
            }
            Study::Tick(question, place) => {
                let ticked = &mut self.course.progress.answers.entry(question).or_default().ticked;
                if !ticked.remove(&place) {
                    ticked.insert(place);
                }
                self.answered();
            }
            Study::HandIn => self.hand_in(ctx),
            Study::HandedIn(Some(pages)) => self.save_hand_in(&pages),
            Study::HandedIn(None) => self.course.taken_up = Some(TakenUp::Unwritten),
            Study::TakeUp(Some(text)) => self.take_up(&text),
            Study::TakeUp(None) => self.course.taken_up = Some(TakenUp::Unread),
            Study::GoOn => {
                self.course.progress.explained = true;
                self.save();
                self.back_to_now(ctx);
                self.ask(ctx, Deed::ResumeTime);
            }
            Study::AskOver(asked) => self.course.over = asked,
            Study::StartOver => self.start_over(ctx),
            Study::Retry => self.open(ctx),
        }
    }

    /// Goes where the address says. The map is a screen over the lab, which goes on.
    fn go(&mut self, ctx: &Context<App>, before: &Place) {
        let place = self.course.place.clone();
        self.course.taken_up = None;
        if place != Place::Lab {
            list(ctx);
        }
        match place {
            Place::Exercise(_) if *before != place || self.course.page.is_none() => {
                self.open(ctx);
            }
            Place::Lab if self.course.opening != Opening::Closed => self.leave(ctx),
            _ => {}
        }
    }

    /// Another exercise, or another lab, begins with nothing of the one before: what the learner
    /// prefers stays, what they had open does not.
    fn clear(&mut self) {
        (self.socket, self.store, self.grove) = (None, Store::default(), Grove::default());
        let view = &mut self.view;
        (view.selection, view.hurried, view.figure) = (None, None, None);
        (view.cursor, view.past, view.anchor) = (None, None, None);
        (view.table, view.more, view.column) = (false, false, false);
        (view.invited, view.looked_back) = (false, false);
        (view.zoom, view.zoomed, view.hands.lens) = (1.0, false, Lens::default());
        (view.said, view.refused) = ("".into(), None);
        view.hands.close();
        let course = &mut self.course;
        (course.showing, course.stalled, course.wished) = (None, None, false);
        (course.marked, course.over, course.fresh) = (None, false, false);
        course.said.clear();
        course.visits += 1;
    }

    /// The exercise from its beginning, in a lab of its own. That it was finished is remembered.
    fn start_over(&mut self, ctx: &Context<App>) {
        self.clear();
        self.course.progress = self.course.progress.anew();
        self.save();
        self.start(ctx);
    }

    /// The open exercise is shown no longer: it is opened anew where the address names it.
    pub(crate) fn shut(&mut self, opening: Opening) {
        self.clear();
        (self.course.opening, self.course.page) = (opening, None);
    }

    fn leave(&mut self, ctx: &Context<App>) {
        self.shut(Opening::Closed);
        let lab = crate::model::kept("lab");
        let source = lab.map_or(Source::FirstMinute, |lab| Source::Lab(lab.into()));
        self.visit(ctx, source);
    }

    /// Asks for the exercise the address names.
    fn open(&mut self, ctx: &Context<App>) {
        let Some(id) = self.course.place.exercise().map(str::to_owned) else { return };
        let here = self.course.page.as_ref().is_some_and(|page| page.exercise.id == id);
        if here && self.course.opening == Opening::Open {
            return;
        }
        self.shut(Opening::Waiting);
        ctx.link().send_future(async {
            let page = exercises::page(id.clone()).await;
            Command::Study(Study::Opened(id, page))
        });
    }

    fn opened(&mut self, ctx: &Context<App>, page: Rc<Page>) {
        self.course.progress = Progress::load(&page.exercise.id);
        self.course.progress.count_first_goes(&page.exercise);
        self.course.marked = self.course.progress.predicted.clone();
        let asks = page.exercise.scenario.is_none();
        if asks {
            let progress = &mut self.course.progress;
            progress.passed = page.exercise.answered(&progress.answers, page.exam);
        }
        self.course.page = Some(page);
        if self.course.progress.begun() {
            self.save();
        }
        if asks {
            self.course.opening = Opening::Open;
        } else if self.course.progress.lab.is_empty() {
            self.start(ctx);
        } else {
            self.course.opening = Opening::Open;
            self.attach(ctx);
        }
    }

    /// Asks for a new lab; what was passed before stays passed.
    pub(crate) fn start(&mut self, ctx: &Context<App>) {
        let Some(page) = &self.course.page else { return };
        if page.exercise.scenario.is_none() {
            return;
        }
        let (id, passed) = (page.exercise.id.clone(), self.course.progress.passed);
        self.course.opening = Opening::Waiting;
        ctx.link().send_future(async move {
            let started = exercises::start(id.clone(), passed).await;
            Command::Study(Study::Started(id, started))
        });
    }

    fn started(&mut self, ctx: &Context<App>, lab: String) {
        let progress = &mut self.course.progress;
        (progress.lab, progress.began_ns) = (lab, 0);
        (self.course.fresh, self.course.showing) = (true, None);
        self.course.opening = Opening::Open;
        self.save();
        self.attach(ctx);
    }

    /// Shows the exercise's lab and judges it.
    fn attach(&mut self, ctx: &Context<App>) {
        let Some(page) = &self.course.page else { return };
        let progress = &self.course.progress;
        let exercise = Arc::new(page.exercise.clone());
        let began = Instant(progress.began_ns);
        self.store = Store::default();
        self.store.track = Some(Box::new(Track::new(exercise, progress.passed, began)));
        self.store.link = LinkState::Connecting;
        self.attempts = 0;
        let source = Source::Lab(progress.lab.as_str().into());
        self.visit(ctx, source);
    }

    /// A lab forked from the exercise's goes on as the exercise's.
    pub(crate) fn study_forked(&mut self, ctx: &Context<App>, deed: &Deed, lab: &str) -> bool {
        let Deed::Fork { at } = deed else { return false };
        if self.course.opening != Opening::Open {
            return false;
        }
        let progress = &mut self.course.progress;
        progress.lab = lab.to_owned();
        progress.began_ns = progress.began_ns.min(at.0);
        self.save();
        self.attach(ctx);
        if self.course.showing.is_some() {
            self.play(ctx);
        }
        true
    }

    /// A stream began; whether it is that of the exercise's lab.
    pub(crate) fn study_greeted(&mut self, ctx: &Context<App>, lab: &LabInfo) -> bool {
        let here = self.course.opening == Opening::Open && *lab.id == *self.course.progress.lab;
        if !here {
            self.store.track = None;
        }
        if here && self.course.progress.seed != lab.seed {
            self.course.progress.seed = lab.seed;
            self.save();
        }
        if here && std::mem::take(&mut self.course.fresh) {
            let lab = self.course.progress.lab.as_str().into();
            self.ask_of(ctx, lab, Deed::Speed { speed: PACE });
        }
        here
    }

    /// The exercise's lab is gone: a new one goes on where it was.
    pub(crate) fn study_gone(&mut self, ctx: &Context<App>) -> bool {
        let here = self.course.opening == Opening::Open;
        if here {
            self.start(ctx);
        }
        here
    }

    fn commit(&mut self, ctx: &Context<App>) {
        if self.course.marked.is_none() {
            return;
        }
        self.course.progress.predicted = self.course.marked.clone();
        self.save();
        self.ask(ctx, Deed::ResumeTime);
    }

    fn step_id(&self) -> Option<String> {
        let page = self.course.page.as_ref()?;
        page.exercise.steps.get(self.course.progress.passed).map(|step| step.id.clone())
    }

    fn hint(&mut self) {
        if let Some(step) = self.step_id() {
            let read = self.course.progress.hints.entry(step).or_default();
            *read = (*read + 1).min(HINTS);
            self.save();
        }
    }

    fn show_me(&mut self, ctx: &Context<App>) {
        let Some(step) = self.step_id() else { return };
        self.course.showing = Some(self.course.progress.passed);
        self.course.stalled = None;
        self.course.progress.shown.insert(step.clone());
        self.save();
        // The solution begins where the step does, whatever was tried since; in a lab that is not
        // under way yet, as soon as it is.
        self.course.wished = !self.back_to_start(ctx);
    }

    /// Has the lab play the current step.
    fn play(&mut self, ctx: &Context<App>) {
        let Some(step) = self.step_id() else { return };
        let lab = self.course.progress.lab.clone();
        ctx.link()
            .send_future(async { Command::Study(Study::Shown(exercises::play(lab, step).await)) });
    }

    /// The start of the step can no longer be gone back to; whether "show me" was asked for, which
    /// then begins with what is there.
    pub(crate) fn study_refused(&mut self, ctx: &Context<App>, deed: &Deed) -> bool {
        let here = matches!(deed, Deed::Fork { .. }) && self.course.showing.is_some();
        if here {
            self.ask(ctx, Deed::ResumeTime);
            self.play(ctx);
        }
        here
    }

    /// "Show me" cannot go on, and says what it sees.
    pub(crate) fn study_stuck(&mut self, solution: &Solution) {
        self.course.showing = None;
        self.course.stalled = Some(Rc::new(solution.clone()));
    }

    /// Goes back to where the step begins, if it has begun.
    fn back_to_start(&mut self, ctx: &Context<App>) -> bool {
        let Some(run) = self.store.track.as_ref().and_then(|track| track.run()) else {
            return false;
        };
        let at = run.step_began();
        self.back_to_now(ctx);
        self.ask(ctx, Deed::Fork { at });
        true
    }

    /// An answer changed: a set of questions has no other way to be finished.
    fn answered(&mut self) {
        let progress = &mut self.course.progress;
        if let Some(page) = &self.course.page {
            progress.count_first_goes(&page.exercise);
        }
        if let Some(page) = &self.course.page
            && page.exercise.scenario.is_none()
        {
            progress.passed = page.exercise.answered(&progress.answers, page.exam);
            progress.finished = progress.passed == page.exercise.questions.len();
        }
        self.save();
    }

    fn save(&self) {
        if let Some(page) = &self.course.page {
            self.course.progress.save(&page.exercise.id);
        }
    }

    /// Takes over what the run has found since the last frame.
    pub(crate) fn follow(&mut self, ctx: &Context<App>) {
        let (Some(track), Some(page)) = (&mut self.store.track, self.course.page.clone()) else {
            return;
        };
        let news = track.news();
        let Some(run) = track.run() else { return };
        let (passed, began, finished) = (run.steps_passed(), run.step_began(), run.finished());
        if std::mem::take(&mut self.course.wished) && self.course.showing.is_some() {
            self.back_to_start(ctx);
        }
        let progress = &mut self.course.progress;
        let begins = progress.began_ns == 0;
        if (progress.passed, progress.began_ns) == (passed, began.0) && news.is_empty() {
            return;
        }
        let advanced = passed > progress.passed;
        (progress.passed, progress.began_ns) = (passed, began.0);
        progress.finished |= finished;
        if advanced {
            self.view.figure = None;
            (self.course.showing, self.course.stalled) = (None, None);
            self.course.said = said(&page, passed - 1, self.prefs.language);
        }
        let chosen = self.course.progress.predicted.clone();
        let hit = news.iter().find(|found| {
            let choice = page.exercise.choices().get(found.choice);
            choice.is_some_and(|choice| Some(&choice.id) == chosen.as_ref())
        });
        let late = self.course.progress.tested(&page.exercise)
            && self.course.progress.wrong(&page.exercise);
        if (hit.is_some() || late) && !self.course.progress.contradicted {
            self.course.progress.contradicted = true;
            self.view.column = true;
            self.ask(ctx, Deed::PauseTime);
            // The lab has gone on since: the scene shown is that of the event itself.
            if let Some(found) = hit {
                self.seek(ctx, found.at);
            }
        }
        self.save();
        // Time waits for the prediction.
        if begins && self.course.progress.predicted.is_none() {
            self.ask(ctx, Deed::PauseTime);
        }
    }
}

fn list(ctx: &Context<App>) {
    ctx.link().send_future(async { Command::Study(Study::Listed(exercises::listed().await)) });
}

/// How the open exercise's step has the lab drawn.
pub(crate) fn figure(app: &App) -> Option<Figure> {
    let exercise = &app.course.page.as_ref()?.exercise;
    let step = exercise.steps.get(app.course.progress.passed).or(exercise.steps.last())?;
    Figure::named(exercise.figure_of(step))
}

/// What is said aloud when a check turns green.
fn said(page: &Page, passed: usize, language: crate::model::Language) -> String {
    let words = page.words(language.of_course());
    let step = page.exercise.steps.get(passed).and_then(|step| words.steps.get(&step.id));
    step.map_or_else(String::new, |step| {
        let said = |text| plain(page, language, text);
        [language.course().step_done, ": ", &said(&step.goal), ". ", &said(&step.seen)].concat()
    })
}

/// The words of an answer.
pub(crate) fn answer(page: &Page, id: &str, language: crate::model::Language) -> String {
    if id == UNKNOWN {
        return language.course().unknown.to_owned();
    }
    let predict = page.words(language.of_course()).predict.as_ref();
    let choice = predict.and_then(|predict| predict.choices.get(id));
    choice.map_or_else(String::new, |choice| plain(page, language, &choice.text))
}

/// Tells when the address changes; it listens while it lives.
#[derive(Debug)]
pub(crate) struct Address {
    listener: Closure<dyn FnMut()>,
}

impl Address {
    pub(crate) fn watch(changed: Callback<()>) -> Address {
        let address = Address { listener: Closure::new(move || changed.emit(())) };
        if let Some(window) = web_sys::window() {
            let function: &wasm_bindgen::JsValue = address.listener.as_ref();
            let _ = window.add_event_listener_with_callback("hashchange", function.unchecked_ref());
        }
        address
    }
}

impl Drop for Address {
    fn drop(&mut self) {
        if let Some(window) = web_sys::window() {
            let function: &wasm_bindgen::JsValue = self.listener.as_ref();
            let _ =
                window.remove_event_listener_with_callback("hashchange", function.unchecked_ref());
        }
    }
}
