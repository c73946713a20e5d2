//! The znodes as an outline, the sessions with their clocks, and the watches.

use super::text::{px, seconds};
use crate::app::App;
use crate::tree::{Line, ROW, Twig, twig};
use crate::update::{Command, Selection};
use crate::words::{fill, tree};
use relevo_coordination::{NodeKind, SessionId, WatchKind};
use relevo_core::{Duration, Instant, Party};
use relevo_lab::{
    PastSession, Scene, SessionView, WatchKey, WatchState, WatchView, ZnodeView, stays_set,
};
use std::collections::BTreeMap;
use std::sync::Arc;
use web_sys::{Element, KeyboardEvent};
use yew::prelude::*;

/// Rows drawn above and below what can be seen.
const MARGIN: usize = 8;
/// Rows drawn before the tree has told how high it is.
const FIRST_ROWS: f64 = 40.0;
/// Sessions and watches listed; more are counted.
const LISTED: usize = 40;
/// Watches that fire within this were woken by one change.
const APART: Duration = Duration::from_millis(100);

/// The figure of the tree.
pub(crate) fn znodes(app: &App, w: &'static tree::Words) -> Html {
    let past = app.view.cursor.is_some().then_some("past");
    html! {
        <section class={classes!("scene", "grove", past)} aria-label={w.znodes}>
            <div class="outline">
                { outline(app, w) }
                { beyond(app.shown(), w) }
            </div>
            <div class="beside">
                { sessions(app, w) }
                { watches(app, w) }
            </div>
        </section>
    }
}

fn outline(app: &App, w: &'static tree::Words) -> Html {
    let (scene, grove) = (app.shown(), &app.grove);
    let lines = grove.lines(&app.store.lab.id, &scene.znodes);
    let height = if grove.height > 0.0 { grove.height } else { FIRST_ROWS * ROW };
    let first = ((grove.top / ROW) as usize).saturating_sub(MARGIN).min(lines.len());
    let count = (height / ROW) as usize + 2 * MARGIN + 1;
    let drawn = lines.iter().enumerate().skip(first).take(count);
    let at = lines.iter().position(|line| Some(&line.path) == grove.chosen.as_ref());
    let active = at.filter(|at| (first..first + count).contains(at));
    let active = active.map(|at| ["znode-", &at.to_string()].concat());
    let scrolled = app.send.reform(|event: Event| {
        let tree: Element = event.target_unchecked_into();
        let height = f64::from(tree.client_height());
        twig(Twig::Scrolled(f64::from(tree.scroll_top()), height))
    });
    let pressed = app.send.clone();
    let onkeydown = Callback::from(move |event: KeyboardEvent| {
        let key = event.key();
        if key.starts_with("Arrow") || key == "Home" || key == "End" {
            event.prevent_default();
            pressed.emit(twig(Twig::Key(key)));
        }
    });
    html! {
        <div id="znodes" class="znodes" role="tree" tabindex="0" aria-label={w.znodes}
            aria-activedescendant={active} onscroll={scrolled} {onkeydown}>
            <svg class="extent" width="1" height={px(lines.len() as f64 * ROW)} aria-hidden="true" />
            <svg class="before" width="1" height={px(first as f64 * ROW)} aria-hidden="true" />
            { for drawn.map(|(at, line)| row(app, w, at, line)) }
        </div>
    }
}

fn row(app: &App, w: &'static tree::Words, at: usize, line: &Line) -> Html {
    let scene = app.shown();
    let Some(view) = scene.znodes.at(&line.path) else { return html! {} };
    let chosen = app.view.selection == Some(Selection::Znode)
        && app.grove.chosen.as_ref() == Some(&line.path);
    let (path, turned) = (line.path.clone(), line.path.clone());
    let choose = app.send.reform(move |_: MouseEvent| twig(Twig::Choose(path.clone())));
    let turn = app.send.reform(move |event: MouseEvent| {
        event.stop_propagation();
        twig(Twig::Turn(turned.clone()))
    });
    let name = match line.path.rsplit('/').next() {
        Some("") | None => "/",
        Some(name) => name,
    };
    let watchers = scene.watches_on(&line.path).filter(|(_, it)| it.state == WatchState::Set);
    let watchers = watchers.count();
    let (glyph, kind) = kind(scene, &line.path, view, w);
    html! {
        <div key={&*line.path} id={["znode-", &at.to_string()].concat()}
            class={classes!("znode", chosen.then_some("selected"))} role="treeitem"
            aria-level={(line.depth + 1).to_string()} aria-selected={truth(chosen)}
            aria-expanded={line.open.map(truth)} onclick={choose}>
            { for (0..line.depth).map(|_| html! { <i class="indent" /> }) }
            if let Some(open) = line.open {
                <span class={classes!("turn", open.then_some("open"))} onclick={turn}
                    aria-hidden="true" />
            } else {
                <span class="turn none" />
            }
            <span class={classes!("glyph", glyph)} aria-hidden="true" />
            <span class="name">{ name }</span>
            if line.open == Some(false) {
                <span class="count">{ view.children }</span>
            }
            <span class="data">{ shown_data(view) }</span>
            <span class="znode-kind">{ kind }</span>
            if watchers > 0 {
                <span class="watched">{ fill(w.watched_by, &[&watchers.to_string()]) }</span>
            }
            <span class="version">{ "v" }{ view.stored.version }</span>
        </div>
    }
}

/// Shape and word of a znode's kind. That it is sequential only its name tells.
pub(crate) fn kind(
    scene: &Scene,
    path: &str,
    view: &ZnodeView,
    w: &tree::Words,
) -> (&'static str, String) {
    let sequential = is_sequential(path);
    let (glyph, word) = match view.stored.kind {
        NodeKind::Ephemeral(session) => {
            ("ephemeral", fill(w.kind_ephemeral, &[&holder(scene, session)]))
        }
        NodeKind::Container => ("container", w.kind_container.to_owned()),
        NodeKind::Ttl { ttl_ms } => ("ttl", fill(w.kind_ttl, &[&ttl_ms.to_string()])),
        NodeKind::Persistent if sequential => ("persistent", String::new()),
        NodeKind::Persistent => return ("persistent", String::new()),
    };
    match (sequential, word.is_empty()) {
        (false, _) => (glyph, word),
        (true, true) => (glyph, w.kind_sequential.to_owned()),
        (true, false) => (glyph, [&word, " · ", w.kind_sequential].concat()),
    }
}

fn is_sequential(path: &str) -> bool {
    let tail = path.len().checked_sub(10).and_then(|at| path.get(at..));
    tail.is_some_and(|tail| tail.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Who has a session, by name.
pub(crate) fn holder(scene: &Scene, session: SessionId) -> String {
    let client = scene.sessions.get(&session).and_then(|view| view.client);
    client.map_or_else(|| session.to_string(), |party| scene.party_name(party).to_string())
}

/// The first characters of a znode's data, as text.
pub(crate) fn shown_data(view: &ZnodeView) -> String {
    let data = view.data.as_deref().unwrap_or_default();
    let text = String::from_utf8_lossy(data);
    let more = if view.data_length as usize > data.len() { "…" } else { "" };
    [text.trim(), more].concat()
}

fn beyond(scene: &Scene, w: &tree::Words) -> Html {
    let beyond = scene.znodes.beyond;
    html! {
        <>
            if beyond > 0 {
                <p class="note">{ fill(w.beyond, &[&super::text::grouped(beyond)]) }</p>
            }
            if scene.znodes.partial { <p class="note">{ w.partial }</p> }
        </>
    }
}

fn sessions(app: &App, w: &'static tree::Words) -> Html {
    let scene = app.shown();
    let more = scene.sessions.len().saturating_sub(LISTED) as u64 + scene.sessions_beyond;
    let mut owned: BTreeMap<SessionId, usize> = BTreeMap::new();
    for (_, view) in scene.znodes.iter() {
        if let NodeKind::Ephemeral(session) = view.stored.kind {
            *owned.entry(session).or_default() += 1;
        }
    }
    html! {
        <section aria-label={w.sessions}>
            <h3>{ w.sessions }</h3>
            if scene.sessions.is_empty() && scene.past_sessions.is_empty() {
                <p class="note">{ w.no_sessions }</p>
            }
            <ul class="sessions">
                { for scene.sessions.iter().take(LISTED).map(|(id, view)| {
                    session(app, w, (*id, view), owned.get(id).copied().unwrap_or(0))
                }) }
                { for scene.past_sessions.iter().rev().take(3).map(|it| past_session(scene, w, it)) }
            </ul>
            if more > 0 { <p class="note">{ fill(w.more, &[&more.to_string()]) }</p> }
        </section>
    }
}

/// A session: whose it is, where it is carried, and the clock that runs out.
fn session(
    app: &App,
    w: &'static tree::Words,
    (id, view): (SessionId, &SessionView),
    ephemerals: usize,
) -> Html {
    let scene = app.shown();
    let moment = app.moment().shown;
    let left_ns = view.runs_out().0.saturating_sub(moment.0) as f64;
    let whole_ns = f64::from(view.timeout_ms.max(1)) * 1e6;
    let share = (left_ns / whole_ns).clamp(0.0, 1.0);
    let counted = scene.leader().is_some();
    let told = match (view.expired, counted) {
        (true, _) => w.clock_out.to_owned(),
        (false, false) => w.clock_stands.to_owned(),
        (false, true) => {
            let (left, whole) =
                (seconds(left_ns, 1, app.comma()), seconds(whole_ns, 0, app.comma()));
            fill(w.clock, &[&left, &whole])
        }
    };
    let server = match view.server {
        Some(host) => fill(w.carried_by, &[&scene.party_name(Party::Host(host))]),
        None => w.carried_by_none.to_owned(),
    };
    let onclick = view.client.map(|party| {
        app.send.reform(move |_: MouseEvent| Command::Select(Some(Selection::Client(party))))
    });
    let low = (share < 0.34).then_some("low");
    html! {
        <li key={id.to_string()} class={classes!("session", low)}>
            <p>
                <button class="linked" {onclick}>{ holder(scene, id) }</button>
                <span class="id">{ id.to_string() }</span>
            </p>
            <svg class="clock" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
                <rect class="whole" width="100" height="4" />
                <rect class="left" width={px(share * 100.0)} height="4" />
            </svg>
            <p class="note">{ told }{ " · " }{ server }</p>
            if ephemerals > 0 {
                <p class="note">{ fill(w.owns, &[&ephemerals.to_string()]) }</p>
            }
        </li>
    }
}

fn past_session(scene: &Scene, w: &tree::Words, it: &PastSession) -> Html {
    let name = it
        .client
        .map_or_else(|| it.session.to_string(), |party| scene.party_name(party).to_string());
    html! {
        <li key={["past-", &it.session.to_string()].concat()} class="session over">
            <p><s>{ name }</s><span class="id"><s>{ it.session.to_string() }</s></span></p>
            <p class="note">{ if it.expired { w.over_expired } else { w.over_closed } }</p>
        </li>
    }
}

fn watches(app: &App, w: &'static tree::Words) -> Html {
    let scene = app.shown();
    let more = scene.watches.len().saturating_sub(LISTED) as u64 + scene.watches_beyond;
    html! {
        <section aria-label={w.watches}>
            <h3 lang="en">{ w.watches }</h3>
            if scene.watches.is_empty() { <p class="note">{ w.no_watches }</p> }
            <ul class="watches">
                { for scene.watches.iter().take(LISTED).map(|(key, view)| {
                    let (path, session, _) = key;
                    html! {
                        <li class="watch">
                            <p>{ holder(scene, *session) }{ " " }<code>{ &**path }</code></p>
                            { watch_state(key, view, w) }
                        </li>
                    }
                }) }
            </ul>
            if more > 0 { <p class="note">{ fill(w.more, &[&more.to_string()]) }</p> }
        </section>
    }
}

/// How a watch stands, by shape and in words.
pub(crate) fn watch_state((_, _, kind): &WatchKey, view: &WatchView, w: &tree::Words) -> Html {
    let (mark, word) = match view.state {
        WatchState::Set if stays_set(*kind) => ("set", w.watch_stays),
        WatchState::Set => ("set", w.watch_set),
        WatchState::Fired => ("fired", w.watch_fired),
        WatchState::Lost => ("gone", w.watch_lost),
    };
    let kind = match kind {
        WatchKind::Data => w.watch_data,
        WatchKind::Exist => w.watch_exist,
        WatchKind::Child => w.watch_child,
        WatchKind::Persistent => w.watch_persistent,
        WatchKind::PersistentRecursive => w.watch_recursive,
    };
    let missed = match view.missed {
        0 => String::new(),
        missed => [" · ", &fill(w.watch_missed, &[&missed.to_string()])].concat(),
    };
    let fires = match view.fires {
        0 => String::new(),
        fires => [" · ", &fill(w.watch_fires, &[&fires.to_string()])].concat(),
    };
    html! {
        <p class={classes!("note", "watch-state", mark)}>
            <span class="bell" aria-hidden="true" />{ kind }{ ": " }{ word }{ fires }{ missed }
        </p>
    }
}

fn truth(value: bool) -> &'static str {
    if value { "true" } else { "false" }
}

/// The figure of watches: by path, who watches it, and what a change woke.
pub(crate) fn watching(app: &App, w: &'static tree::Words) -> Html {
    let scene = app.shown();
    let mut paths: Vec<&Arc<str>> = scene.watches.keys().map(|(path, _, _)| path).collect();
    paths.dedup();
    html! {
        <section class={classes!("scene", "watching", app.view.cursor.is_some().then_some("past"))}
            aria-label={w.watches}>
            if paths.is_empty() { <p class="note">{ w.no_watches }</p> }
            { for paths.into_iter().take(LISTED).map(|path| watched(app, w, path)) }
        </section>
    }
}

fn watched(app: &App, w: &'static tree::Words, path: &Arc<str>) -> Html {
    let scene = app.shown();
    let all: Vec<_> = scene.watches_on(path).collect();
    let last = all.iter().filter_map(|(_, view)| view.fired).map(|fired| fired.at).max();
    // One change reaches the servers, and so those who watch there, a little apart.
    let together = |at: Instant| last.is_some_and(|last| last.since(at) < APART);
    let woken = all.iter().filter(|(_, it)| it.fired.is_some_and(|it| together(it.at))).count();
    let there = scene.znodes.at(path);
    let chosen = path.clone();
    let onclick = app.send.reform(move |_: MouseEvent| twig(Twig::Choose(chosen.clone())));
    html! {
        <section class="watched-path">
            <h3>
                <button class="linked" {onclick}><code>{ &**path }</code></button>
                <span class="note">
                    { there.map_or_else(|| w.not_there.to_owned(), |view| {
                        let version = fill(w.answer_stat, &[&view.stored.version.to_string()]);
                        [&shown_data(view), " · ", &version].concat()
                    }) }
                </span>
            </h3>
            if woken > 2 { <p class="herd">{ fill(w.herd, &[&woken.to_string()]) }</p> }
            <ul class="watchers">
                { for all.iter().map(|(key, view)| html! {
                    <li class="watch">
                        <p>{ holder(scene, key.1) }</p>
                        { watch_state(key, view, w) }
                    </li>
                }) }
            </ul>
        </section>
    }
}
