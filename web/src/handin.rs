//! The learner's work as one file: out of what this browser keeps, and back into it.

use crate::app::App;
use crate::course::Study;
use crate::model::{Listed, Opening, Progress, TakenUp, kept};
use crate::net::exercises;
use crate::update::Command;
use relevo_exercises::{HandIn, Holds, Page, parse_hand_in, render_hand_in};
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;
use web_sys::js_sys::{Date, encode_uri_component};
use yew::Context;

/// What the learner's name is kept under.
pub(crate) const NAME: &str = "name";

impl App {
    /// Asks for the words of every exercise that was begun.
    pub(crate) fn hand_in(&mut self, ctx: &Context<App>) {
        let begun = self.course.listed().iter().map(|listed| listed.id.clone());
        let begun: Vec<String> = begun.filter(|id| Progress::load(id).begun()).collect();
        ctx.link().send_future(async move {
            let mut pages = Vec::new();
            for id in begun {
                match exercises::page(id).await {
                    Ok(page) => pages.push(page),
                    Err(_) => return Command::Study(Study::HandedIn(None)),
                }
            }
            Command::Study(Study::HandedIn(Some(pages)))
        });
    }

    /// Gives the file to the browser, which saves it.
    pub(crate) fn save_hand_in(&mut self, pages: &[Rc<Page>]) {
        let build = self.build.as_deref().unwrap_or_default();
        let (name, date) = (kept(NAME).unwrap_or_default(), today());
        let handed_in = |page: &Rc<Page>| {
            let id = &page.exercise.id;
            let steps = page.exercise.steps.iter().map(|step| &step.id);
            let work = handed_in(id, steps, Progress::load(id));
            let (name, date, build) = (name.clone(), date.clone(), build.to_owned());
            HandIn { name, date, build, exam: page.exam, ..work }
        };
        let work: Vec<(&Page, HandIn)> =
            pages.iter().map(|page| (&**page, handed_in(page))).collect();
        let text = render_hand_in(&work, self.prefs.language.of_course());
        let _ = download("relevo.md", &text);
    }

    /// Takes up the work of a file; what it says of an exercise replaces what is kept of it.
    pub(crate) fn take_up(&mut self, text: &str) {
        self.course.taken_up = Some(match parse_hand_in(text) {
            Ok(work) => {
                for hand_in in &work {
                    taken_up(hand_in).save(&hand_in.exercise);
                }
                // Below the map an exercise may be open, with what was kept of it before.
                let open = self.course.page.as_ref().map(|page| &page.exercise.id);
                if work.iter().any(|it| Some(&it.exercise) == open) {
                    self.shut(Opening::Waiting);
                }
                TakenUp::Exercises(work.into_iter().map(|it| it.exercise).collect())
            }
            Err(why) => TakenUp::Not(why),
        });
    }
}

/// What the file has of one exercise. Its steps are passed in their order.
fn handed_in<'a>(id: &str, steps: impl Iterator<Item = &'a String>, progress: Progress) -> HandIn {
    HandIn {
        exercise: id.to_owned(),
        seed: progress.seed,
        predicted: progress.predicted,
        contradicted: progress.contradicted,
        explanation: progress.explanation,
        checks: steps.take(progress.passed).cloned().collect(),
        hints: progress.hints,
        shown: progress.shown,
        answers: progress.answers,
        finished: progress.finished,
        ..HandIn::default()
    }
}

/// How much the file will hold, of what this browser keeps of these exercises.
pub(crate) fn holds(built: &[Listed]) -> Holds {
    let mut holds = Holds::default();
    for listed in built {
        let progress = Progress::load(&listed.id);
        if progress.begun() {
            holds.add(&handed_in(&listed.id, listed.steps.iter(), progress));
        }
    }
    holds
}

/// The day, as the browser has it.
fn today() -> String {
    let now = Date::new_0();
    let of = |number: u32| [if number < 10 { "0" } else { "" }, &number.to_string()].concat();
    [now.get_full_year().to_string(), of(now.get_month() + 1), of(now.get_date())].join("-")
}

/// Its lab is none of this server's: the exercise goes on in a new one.
fn taken_up(hand_in: &HandIn) -> Progress {
    Progress {
        seed: hand_in.seed,
        passed: hand_in.checks.len(),
        predicted: hand_in.predicted.clone(),
        contradicted: hand_in.contradicted,
        explanation: hand_in.explanation.clone(),
        explained: true,
        hints: hand_in.hints.clone(),
        shown: hand_in.shown.clone(),
        answers: hand_in.answers.clone(),
        finished: hand_in.finished,
        ..Progress::default()
    }
}

/// Has the browser save a text.
fn download(name: &str, text: &str) -> Option<()> {
    let link = web_sys::window()?.document()?.create_element("a").ok()?;
    let text: String = encode_uri_component(text).into();
    let href = ["data:text/markdown;charset=utf-8,", &text].concat();
    link.set_attribute("href", &href).ok()?;
    link.set_attribute("download", name).ok()?;
    link.dyn_into::<HtmlElement>().ok()?.click();
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A step is shown before it is passed; only then does the file have it.
    #[test]
    fn the_page_counts_what_the_file_does() {
        let steps = ["one", "two"].map(str::to_owned);
        let shown = ["two".to_owned()].into();
        let progress = Progress { passed: 1, shown, ..Progress::default() };
        let count = |progress| {
            let mut holds = Holds::default();
            holds.add(&handed_in("Z1", steps.iter(), progress));
            holds.steps
        };
        assert_eq!(count(progress.clone()), [1, 0]);
        assert_eq!(count(Progress { passed: 2, ..progress }), [2, 1]);
    }
}
