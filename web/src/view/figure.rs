//! The stage: the figure that is shown, and the others to choose from.

use super::lesson::{LogsView, Phases, Sides};
use super::scene::SceneView;
use super::znodes::{watching, znodes};
use super::znodes_election::election;
use crate::app::App;
use crate::model::{FIGURES, Figure, Shared};
use crate::picture::{Picture, cuts, logs, picture, picture_apart, picture_bare, ribbon, sides};
use crate::update::Command;
use crate::words::{Words, tree};
use yew::prelude::*;

/// The ensemble: the one figure of the first minute.
pub(crate) fn ensemble(app: &App, w: &'static Words, waiting: bool) -> Html {
    drawn(app, w, waiting, &|| picture(app.shown(), app.room.drawn()), Vec::new())
}

fn drawn(
    app: &App,
    words: &'static Words,
    waiting: bool,
    make: &dyn Fn() -> Picture,
    cuts: Vec<f64>,
) -> Html {
    let past = app.view.cursor.is_some();
    html! {
        <SceneView {words} lens={app.view.hands.lens} picture={app.turns.picture(make)}
            selection={app.view.selection} {cuts} {past} still={past || app.store.clock.paused()}
            {waiting} send={app.send.clone()} />
    }
}

/// The figure of the lab, drawn as was chosen or as the exercise has it.
pub(crate) fn stage(app: &App, w: &'static Words, waiting: bool) -> Html {
    let (scene, l) = (app.shown(), app.prefs.language.lessons());
    let (past, send) = (app.view.cursor.is_some(), app.send.clone());
    let drawn = |make: &dyn Fn() -> Picture, cuts| drawn(app, w, waiting, make, cuts);
    let t = tree::beside(w);
    match app.figure() {
        Figure::Ensemble => ensemble(app, w, waiting),
        Figure::Znodes => znodes(app, t),
        Figure::Watches => watching(app, t),
        Figure::Election => election(app, t),
        Figure::Phases => html! {
            <>
                <Phases words={w} lessons={l} ribbon={ribbon(scene)} send={send.clone()} />
                { drawn(&|| picture_bare(scene, app.room.drawn()), Vec::new()) }
            </>
        },
        Figure::Logs => html! {
            <LogsView words={w} lessons={l} logs={Shared::new(logs(scene, app.room))}
                selection={app.view.selection} {past} send={send.clone()} />
        },
        Figure::Partition => {
            let sides = sides(scene, app.room);
            let cut = !scene.cuts.is_empty();
            let apart = drawn(&|| picture_apart(scene, &sides, app.room), cuts(&sides, app.room));
            html! { <>{ apart }<Sides words={w} lessons={l} {sides} {cut} {send} /></> }
        }
    }
}

/// The figures to choose from; the first minute shows one thing only.
pub(crate) fn figures(app: &App) -> Html {
    if app.shows_one_thing() {
        return html! {};
    }
    let (l, shown) = (app.prefs.language.lessons(), app.figure());
    let t = tree::beside(app.prefs.language.words());
    let choice = |figure: Figure| {
        let word = match figure {
            Figure::Ensemble => l.fig_ensemble,
            Figure::Znodes => t.fig_znodes,
            Figure::Watches => t.fig_watches,
            Figure::Election => t.fig_election,
            Figure::Phases => l.fig_phases,
            Figure::Logs => l.fig_logs,
            Figure::Partition => l.fig_partition,
        };
        let onclick = app.send.reform(move |_: MouseEvent| Command::Figure(figure));
        html! {
            <button class="quiet small" {onclick}
                aria-pressed={if figure == shown { "true" } else { "false" }}>{ word }</button>
        }
    };
    html! {
        <div class="figures" role="group" aria-label={l.figures}>
            { for FIGURES.into_iter().filter(|figure| app.can_draw(*figure)).map(choice) }
        </div>
    }
}
