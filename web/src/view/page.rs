use super::banner::Banner;
use super::by_hand::divider;
use super::column::{Column, Facts};
use super::coming::coming;
use super::controls::{Controls, Judgement};
use super::figure::ensemble;
use super::header::Header;
use super::lens::LensButtons;
use super::promises::promise_of;
use super::sheet::{Look, sheet};
use super::text::{fraction, seconds};
use super::timeline::Timeline;
use crate::app::App;
use crate::hands::Hand;
use crate::inspect::shown_told;
use crate::model::{Figure, Level, Place, Stage};
use crate::parts::{Part, Tools};
use crate::tree::consoles;
use crate::update::{Command, Panel};
use crate::words::Words;
use relevo_exercises::Page;
use relevo_lab::{ProcessState, Scene, Work};
use std::rc::Rc;
use std::sync::Arc;
use yew::prelude::*;

/// The whole page.
pub(crate) fn page(app: &App) -> Html {
    let asks = |page: &Rc<Page>| {
        page.exercise.scenario.is_none() && app.course.place.exercise() == Some(&page.exercise.id)
    };
    if app.course.place == Place::Map || app.course.page.as_ref().is_some_and(asks) {
        return screen(app);
    }
    let w = app.prefs.language.words();
    let waiting = app.store.lab.id.is_empty();
    let inspector = app.parts.tools.and_then(|tools| (tools.inspector)(app, w));
    let since = inspector.as_ref().map(|(_, since)| *since).filter(|since| since.0 > 0);
    let column = app.view.column.then_some("column-open");
    html! {
        <div class={classes!("page", column, inspector.is_some().then_some("inspecting"))}>
            <Header words={w} language={app.prefs.language} map={false} send={app.send.clone()} />
            <div class="banners">
                <Banner words={w} link={app.store.link.clone()} waiting={app.store.waiting.clone()}
                    refused={app.view.refused.clone()} send={app.send.clone()} />
                { coming(app, Part::Tools) }
                { by_tools(app, |tools| (tools.share)(app, w)) }
            </div>
            { words_beside(app, w) }
            <main class="stage">
                { by_tools(app, |tools| (tools.figures)(app)) }
                { stage(app, w, waiting) }
                { console(app) }
                { caption(app, w) }
            </main>
            { inspector.map(|(inspector, _)| inspector).unwrap_or_default() }
            <section class="below" aria-label={w.timeline}>
                { divider(app) }
                { by_tools(app, |tools| (tools.sift)(app)) }
                { beneath(app, w, since) }
                { controls(app, w) }
            </section>
            <p class="hidden" aria-live="polite">{ &app.view.said }</p>
            { dialogs_over(app, w) }
        </div>
    }
}

/// The first minute's words, or an exercise.
fn words_beside(app: &App, w: &'static Words) -> Html {
    if app.course.place == Place::Lab {
        return html! {
            <Column words={w} hands={app.prefs.language.hands()} story={app.store.story.clone()} facts={facts(app)}
                comma={app.comma()} send={app.send.clone()} />
        };
    }
    match app.parts.lessons {
        Some(lessons) => (lessons.beside)(app, w),
        None => html! { <section class="column">{ coming(app, Part::Lessons) }</section> },
    }
}

/// A screen of its own: the map, or a set of questions.
fn screen(app: &App) -> Html {
    if let Some(lessons) = app.parts.lessons {
        return (lessons.screen)(app);
    }
    let w = app.prefs.language.words();
    html! {
        <div class="page mapped">
            <Header words={w} language={app.prefs.language} map={true} send={app.send.clone()} />
            <main class="map">{ coming(app, Part::Lessons) }</main>
            { dialogs_over(app, w) }
        </div>
    }
}

/// Draws what the tools draw, where they are here.
fn by_tools(app: &App, draw: impl FnOnce(&Tools) -> Html) -> Html {
    app.parts.tools.map(draw).unwrap_or_default()
}

/// The console, or the room its button will take, so that nothing moves when it comes.
fn console(app: &App) -> Html {
    match app.parts.tools {
        Some(tools) => (tools.console)(app),
        None if consoles(app.shown()).next().is_some() => html! {
            <div class="console" aria-hidden="true">
                <p class="console-head">
                    <button class="quiet small" disabled={true}>{ "\u{a0}" }</button>
                </p>
            </div>
        },
        None => html! {},
    }
}

/// What lies over the page.
pub(crate) fn dialogs_over(app: &App, w: &'static Words) -> Html {
    by_tools(app, |tools| (tools.dialogs)(app, w))
}

/// The ensemble, or what the tools draw in its place.
fn stage(app: &App, w: &'static Words, waiting: bool) -> Html {
    match app.parts.tools {
        Some(tools) if app.figure() != Figure::Ensemble => (tools.stage)(app, w, waiting),
        _ => ensemble(app, w, waiting),
    }
}

/// The diagram, or the table in its place.
fn beneath(app: &App, w: &'static Words, since: Option<relevo_core::Seq>) -> Html {
    match app.parts.tools {
        Some(tools) if app.view.table => (tools.table)(app, w),
        _ => timeline(app, w, since),
    }
}

/// Beside "now", a diagram narrower than this has no room for words, in pixels.
const NARROW: f64 = 480.0;

fn timeline(app: &App, w: &'static Words, since: Option<relevo_core::Seq>) -> Html {
    let comma = app.comma();
    let name = |party| app.lane_name(party);
    let lit = app.parts.tools.map(|tools| (tools.lit)(app, since)).unwrap_or_default();
    let flags = app.all_marks();
    let told = |seq| crate::tell::by_hand(app.store.event(seq)?, app.prefs.language.hands());
    let look = Look { filter: &app.view.hands.filter, lit: &lit, flags: &flags, told: &told };
    let sheet = app
        .turns
        .sheet(|| sheet(&app.store.diagram, app.moment(), app.diagram_room, w, comma, name, &look));
    let now = seconds(app.store.clock.now().0 as f64, 1, comma);
    let word = if app.store.clock.paused() { w.now_paused } else { w.now };
    html! {
        <Timeline words={w} {sheet}
            now_told={if app.diagram_room.width < NARROW { now } else { [word, " · ", &now].concat() }}
            shown_told={app.view.cursor.map(|at| seconds(at.0 as f64, 3, comma))}
            send={app.send.clone()} />
    }
}

fn controls(app: &App, w: &'static Words) -> Html {
    let back = app.view.cursor.is_some();
    let standing = if back { !app.view.replaying } else { app.store.clock.paused() };
    let (known, window) = (app.store.clock.oldest(), &app.store.window);
    let oldest = if window.whole { known.max(window.oldest()) } else { known }.as_millis();
    let now = app.store.clock.now().as_millis();
    let shown = app.view.cursor.map_or(now, |at| at.as_millis());
    html! {
        <Controls words={w} {standing} looking_back={back}
            speed={app.store.clock.speed()} {oldest} {now} {shown}
            shown_told={shown_told(app, w)} judgement={judgement(app)}
            promises={app.prefs.language.hands().promises_open}
            send={app.send.clone()} />
    }
}

fn judgement(app: &App) -> Judgement {
    let hands = app.prefs.language.hands();
    let broken = app.store.verdicts.iter().find(|verdict| verdict.violation.is_some());
    if let Some(violation) = broken.map(|verdict| promise_of(verdict, hands).into()) {
        return Judgement::Broken { what: violation };
    }
    match app.store.verdicts.iter().map(|verdict| verdict.facts).sum() {
        0 => Judgement::None,
        facts => Judgement::Kept { facts },
    }
}

/// What the figure is, and its legend.
fn caption(app: &App, w: &Words) -> Html {
    let words = if app.store.lab.durable { w.caption_durable } else { w.caption };
    let level = match app.prefs.level {
        Level::Consequences => w.level_consequences,
        Level::Messages => w.level_messages,
        Level::Everything => w.level_everything,
    };
    let table = app.send.reform(|_: MouseEvent| Command::Toggle(Panel::Table));
    let filter = app.send.reform(|_: MouseEvent| Command::Hands(Hand::Filter));
    let (h, hands) = (app.prefs.language.hands(), &app.view.hands);
    let filtered = hands.filter.is_set();
    let narrate = app.send.reform(|_: MouseEvent| Command::NextLevel);
    html! {
        <div class="caption">
            <p>
                { words }{ " " }
                <span class={if app.store.clock.speed() < 0.99 { "fraction" } else { "" }}>
                    { fraction(app.store.clock.speed()) }
                </span>
            </p>
            <ul class="legend">
                <li class="committed">{ w.committed }</li>
                <li class="proposed">{ w.proposed }</li>
                <li class="lost">{ w.lost }</li>
            </ul>
            <button class="quiet small" onclick={narrate}>
                { w.narration }{ ": " }{ level }
            </button>
            <button class="quiet small" onclick={filter}
                aria-expanded={if hands.filtering { "true" } else { "false" }}>
                { if filtered { h.filter_some } else { h.filter } }
            </button>
            <button class="quiet small" onclick={table}
                aria-label={if app.view.table { w.as_diagram } else { w.as_table }}>
                { if app.view.table { w.diagram } else { w.table } }
            </button>
            <LensButtons words={h} lens={hands.lens} send={app.send.clone()} />
        </div>
    }
}

fn facts(app: &App) -> Facts {
    let (scene, story) = (&app.store.scene, &app.store.story);
    let forked = app.store.lab.forked_from.as_ref();
    Facts {
        leader: scene.leader().map(|leader| leader.name.clone()),
        servers: scene.servers.len(),
        has_counter: scene
            .clients
            .values()
            .any(|client| matches!(client.work, Work::Counter { .. })),
        reach: if story.stage == Stage::Electing { reach(scene) } else { Vec::new() },
        holders: match story.pending {
            Some(pending) if story.stage == Stage::Electing => holders(scene, pending),
            _ => Vec::new(),
        },
        cursor: app.view.cursor,
        looked_back: app.view.looked_back,
        forked: forked.map(|(_, at)| *at),
        origin: forked.map(|(lab, _)| lab.clone()),
    }
}

fn is_number(label: &str) -> bool {
    !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_digit())
}

/// How far each running server's log reaches.
fn reach(scene: &Scene) -> Vec<(Arc<str>, Arc<str>)> {
    let running = scene.servers.iter().filter(|server| server.state == ProcessState::Running);
    let last = |server: &relevo_lab::ServerView| {
        let kept = server.log.iter().rev().find(|entry| !entry.lost && is_number(&entry.label))?;
        Some((server.name.clone(), kept.label.clone()))
    };
    running.filter_map(last).collect()
}

/// Running servers that have a number on disk.
fn holders(scene: &Scene, number: u64) -> Vec<Arc<str>> {
    let number = number.to_string();
    let running = scene.servers.iter().filter(|server| server.state == ProcessState::Running);
    let holds = |server: &&relevo_lab::ServerView| {
        server.log.iter().any(|entry| *entry.label == *number && entry.durable && !entry.lost)
    };
    running.filter(holds).map(|server| server.name.clone()).collect()
}
