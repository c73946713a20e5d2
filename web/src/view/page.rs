use super::banner::Banner;
use super::by_hand::{by_hand, divider, entries, share, sift};
use super::column::{Column, Facts};
use super::controls::{Controls, Judgement};
use super::dialogs::{Connect, Keys};
use super::exercise::Exercise;
use super::figure::{figures, stage};
use super::header::Header;
use super::inspector::Inspector;
use super::lens::LensButtons;
use super::lesson::QuestionSet;
use super::map::Map;
use super::promises::promise_of;
use super::sheet::{Look, sheet};
use super::table::Table;
use super::text::{fraction, seconds};
use super::timeline::Timeline;
use crate::app::App;
use crate::hands::Hand;
use crate::inspect::{rows, shown_told};
use crate::model::{Language, Level, Place, Shared, Stage, Track};
use crate::update::{Command, Panel};
use crate::words::Words;
use relevo_exercises::{Page, Sees};
use relevo_lab::{ProcessState, Scene, Work};
use std::rc::Rc;
use std::sync::Arc;
use yew::prelude::*;

/// The whole page.
pub(crate) fn page(app: &App) -> Html {
    if app.course.place == Place::Map {
        return map(app);
    }
    if let Some(page) = app.course.page.as_ref().filter(|page| page.exercise.scenario.is_none())
        && app.course.place.exercise() == Some(&page.exercise.id)
    {
        return question_set(app, page);
    }
    let w = app.prefs.language.words();
    let waiting = app.store.lab.id.is_empty();
    let inspected = app.inspected();
    let since = inspected.as_ref().map(|it| it.since).filter(|since| since.0 > 0);
    let column = app.view.column.then_some("column-open");
    html! {
        <div class={classes!("page", column, inspected.is_some().then_some("inspecting"))}>
            <Header words={w} language={app.prefs.language} map={false} send={app.send.clone()} />
            <Banner words={w} link={app.store.link.clone()} waiting={app.store.waiting.clone()}
                refused={app.view.refused.clone()} send={app.send.clone()} />
            { share(app, w) }
            { words_beside(app, w) }
            <main class="stage">
                { figures(app) }
                { stage(app, w, waiting) }
                { super::console::console(app, crate::words::tree::beside(w)) }
                { caption(app, w) }
            </main>
            if let Some(inspected) = inspected {
                <Inspector words={w} hands={app.prefs.language.hands()} {inspected} open={app.view.more} send={app.send.clone()} />
            }
            <section class="below" aria-label={w.timeline}>
                { divider(app) }
                { sift(app) }
                if app.view.table {
                    <Table words={w} rows={Shared::new(rows(app, w))} comma={app.comma()}
                        send={app.send.clone()} />
                } else {
                    { timeline(app, w, since) }
                }
                { controls(app, w) }
            </section>
            <p class="hidden" aria-live="polite">{ &app.view.said }</p>
            { dialogs(app, w) }
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
    let (course, language) = (&app.course, app.prefs.language);
    let run = app.store.track.as_ref().and_then(Track::run);
    let checks = run.map(|run| run.checks(&app.store.scene)).unwrap_or_default();
    let sees = checks.into_iter().find_map(|check| check.sees).map(|judged| judged.sees);
    html! {
        <Exercise words={w} {language} opening={course.opening.clone()}
            page={course.page.clone()} progress={course.progress.clone()}
            marked={course.marked.clone()} stuck={sees.as_ref().is_some_and(Sees::is_dead_end)}
            sees={sees.map(|sees| sees.say(language.of_course()))}
            showing={course.showing == Some(course.progress.passed)}
            stalled={course.stalled.as_ref().map(|solution| match language {
                Language::Spanish => solution.es.to_string(),
                Language::English => solution.en.to_string(),
            })}
            addresses={app.view.own_addresses.clone()}
            looking_back={app.view.cursor.is_some()} said={course.said.clone()}
            open={app.view.column}
            send={app.send.clone()} />
    }
}

/// A set of questions has no lab beside it.
fn question_set(app: &App, page: &Rc<Page>) -> Html {
    let (w, language) = (app.prefs.language.words(), app.prefs.language);
    html! {
        <div class="page mapped">
            <Header words={w} {language} map={false} send={app.send.clone()} />
            <QuestionSet {language} page={page.clone()} progress={app.course.progress.clone()}
                exam={page.exam} send={app.send.clone()} />
            { dialogs(app, w) }
        </div>
    }
}

/// The second screen: the map of the course.
fn map(app: &App) -> Html {
    let w = app.prefs.language.words();
    html! {
        <div class="page mapped">
            <Header words={w} language={app.prefs.language} map={true} send={app.send.clone()} />
            <Map words={app.prefs.language.course()} language={app.prefs.language}
                built={app.course.built.clone()} taken_up={app.course.taken_up.clone()}
                send={app.send.clone()} />
            { dialogs(app, w) }
        </div>
    }
}

fn timeline(app: &App, w: &'static Words, since: Option<relevo_core::Seq>) -> Html {
    let comma = app.comma();
    let name = |party| app.lane_name(party);
    let (lit, flags) = (app.lit(since), app.all_marks());
    let told = |seq| crate::tell::by_hand(app.store.event(seq)?, app.prefs.language.hands());
    let look = Look { filter: &app.view.hands.filter, lit: &lit, flags: &flags, told: &told };
    let sheet = sheet(&app.store.diagram, app.moment(), app.diagram_room, w, comma, name, &look);
    let now = seconds(app.store.clock.now().0 as f64, 1, comma);
    let word = if app.store.clock.paused() { w.now_paused } else { w.now };
    html! {
        <Timeline words={w} sheet={Shared::new(sheet)}
            now_told={[word, " · ", &now].concat()}
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
            <button class="quiet small" onclick={table}>
                { if app.view.table { w.as_diagram } else { w.as_table } }
            </button>
            <LensButtons words={h} lens={hands.lens} send={app.send.clone()} />
        </div>
    }
}

fn dialogs(app: &App, w: &'static Words) -> Html {
    html! {
        <>
            if app.view.keys {
                <Keys words={w} hands={app.prefs.language.hands()} actions={entries(app)}
                    send={app.send.clone()} />
            }
            { by_hand(app, w) }
            if app.view.connect {
                <Connect words={w} addresses={app.view.addresses.clone()}
                    own={app.view.own_addresses.clone()} copied={app.view.copied}
                    is_main={&*app.store.lab.id == "main"} send={app.send.clone()} />
            }
        </>
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
