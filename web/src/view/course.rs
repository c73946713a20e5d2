//! The course on the page: its map, a set of questions, an exercise beside its lab.

use super::exercise::Exercise;
use super::header::Header;
use super::lesson::{QuestionSet, following};
use super::map::Map;
use super::page::dialogs_over;
use crate::app::App;
use crate::model::{Figure, Language, Place};
use crate::words::Words;
use relevo_exercises::Sees;
use yew::prelude::*;

/// The map of the course, or a set of questions, which has no lab beside it.
pub(crate) fn screen(app: &App) -> Html {
    let (w, language) = (app.prefs.language.words(), app.prefs.language);
    let questions = app.course.page.as_ref().filter(|_| app.course.place != Place::Map);
    html! {
        <div class="page mapped">
            <Header words={w} {language} map={questions.is_none()} send={app.send.clone()} />
            if let Some(page) = questions {
                <QuestionSet {language} page={page.clone()} progress={app.course.progress.clone()}
                    exam={page.exam} send={app.send.clone()}
                    next={next(app)} />
            } else {
                <Map words={language.course()} {language} built={app.course.built.clone()}
                    taken_up={app.course.taken_up.clone()} send={app.send.clone()} />
            }
            { dialogs_over(app, w) }
        </div>
    }
}

/// An exercise beside its lab.
pub(crate) fn beside(app: &App, w: &'static Words) -> Html {
    let (course, language) = (&app.course, app.prefs.language);
    let run = app.store.track.as_ref().and_then(|track| track.run());
    let checks = run.map(|run| run.checks(&app.store.scene)).unwrap_or_default();
    let sees = checks.into_iter().find_map(|check| check.sees).map(|judged| judged.sees);
    html! {
        <Exercise words={w} {language} opening={course.opening.clone()}
            page={course.page.clone()} progress={course.progress.clone()}
            marked={course.marked.clone()} stuck={sees.as_ref().is_some_and(Sees::is_dead_end)}
            sees={sees.map(|sees| sees.say(language.of_course()))}
            splits={splits(app)} showing={course.showing == Some(course.progress.passed)}
            stalled={course.stalled.as_ref().map(|solution| match language {
                Language::Spanish => solution.es.to_string(),
                Language::English => solution.en.to_string(),
            })}
            addresses={app.view.own_addresses.clone()}
            looking_back={app.view.cursor.is_some()} said={course.said.clone()}
            open={app.view.column} over={course.over} visit={course.visits}
            next={next(app)}
            send={app.send.clone()} />
    }
}

/// What follows the open exercise, once it is finished.
fn next(app: &App) -> Html {
    let course = &app.course;
    match course.place.exercise().filter(|_| course.progress.finished) {
        Some(id) => following(course.listed(), id, app.prefs.language),
        None => Html::default(),
    }
}

/// Whether the step is seen as the sides of a partition, and there is none yet: then the way to it
/// is offered, for it lies deep.
fn splits(app: &App) -> bool {
    let apart = crate::course::figure(app) == Some(Figure::Partition);
    apart && app.store.scene.cuts.is_empty() && app.view.cursor.is_none()
}
