use super::text::{moved, px};
use crate::picture::{CELL, CELL_GAP, RING, STRIP_GAP, ServerSpot};
use crate::tell;
use crate::update::{Command, Selection};
use crate::words::{Words, fill};
use relevo_coordination::PeerState;
use relevo_lab::{LogEntry, ProcessState, ServerView};
use yew::prelude::*;

/// Circles from this radius on hold a name and a word in full size.
const ROOMY: f64 = 44.0;

/// So many letters fit beside each other in a smaller one.
const LINE: usize = 13;

#[derive(Properties, PartialEq)]
pub(crate) struct ServerProps {
    pub words: &'static Words,
    pub spot: ServerSpot,
    pub selected: bool,
    pub send: Callback<Command>,
}

/// A server: its circle, what it is, and the end of its log.
#[component]
pub(crate) fn Server(props: &ServerProps) -> Html {
    let (w, spot) = (props.words, &props.spot);
    let view = &spot.view;
    let select = {
        let host = view.host;
        props.send.reform(move |()| Command::Select(Some(Selection::Server(host))))
    };
    let (looks, word) = (looks(view), word(view, w));
    let chosen = props.selected.then_some("selected");
    let shown = view.log.len().saturating_sub(spot.cells);
    let held = (spot.cells > 0).then(|| log_told(view.log.iter().skip(shown), w));
    let label = label(&view.name, &word, held);
    let bad = !matches!(view.state, ProcessState::Running);
    let class = if bad { "word bad" } else { "word" };
    html! {
        <g class={classes!("server", looks, chosen)} transform={moved(spot.at.x, spot.at.y)}
            role="button" tabindex="0" aria-label={label}
            aria-pressed={if props.selected { "true" } else { "false" }}
            onclick={select.reform(|_: MouseEvent| ())} onkeydown={pressed(select)}>
            <circle class="halo" r={px(spot.radius + RING + 5.0)} />
            if leads(view) {
                <circle class="ring" r={px(spot.radius + RING)} />
            }
            <circle class="body" r={px(spot.radius)} />
            if spot.radius < ROOMY {
                <text class="name small" y="-7">{ &view.name }</text>
                { for lines(&word).into_iter().enumerate().map(|(line, word)| html! {
                    <text {class} y={px(8.0 + 13.0 * line as f64)}>{ word }</text>
                }) }
            } else {
                <text class="name" y="-2">{ &view.name }</text>
                <text {class} y="17">{ word }</text>
            }
            if spot.cells > 0 {
                <Strip words={w}
                    entries={view.log.iter().skip(shown).cloned().collect::<Vec<_>>()}
                    before={view.log_before + shown as u64}
                    y={spot.radius + STRIP_GAP} />
            }
        </g>
    }
}

/// All that is heard of a server: what is drawn inside a button is not.
pub(crate) fn label(name: &str, state: &str, log: Option<String>) -> String {
    let log = log.map_or_else(String::new, |log| [". ", &log].concat());
    [name, ", ", state, &log].concat()
}

/// A word in lines short enough for a small circle.
fn lines(word: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for part in word.split(" · ") {
        let mut line = String::new();
        for word in part.split(' ') {
            if !line.is_empty() && line.chars().count() + word.chars().count() >= LINE {
                lines.push(std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        lines.push(line);
    }
    lines
}

/// Enter and space press what is drawn, as they press a button.
pub(crate) fn pressed(press: Callback<()>) -> Callback<KeyboardEvent> {
    Callback::from(move |event: KeyboardEvent| {
        if matches!(event.key().as_str(), "Enter" | " ") {
            event.prevent_default();
            event.stop_propagation();
            press.emit(());
        }
    })
}

pub(crate) fn leads(view: &ServerView) -> bool {
    view.state == ProcessState::Running && view.role == PeerState::Leading && view.serving
}

pub(crate) fn looks(view: &ServerView) -> &'static str {
    match (&view.state, view.role) {
        (ProcessState::Crashed { .. } | ProcessState::Stopped { .. }, _) => "dead",
        (ProcessState::Paused, _) => "paused",
        (_, PeerState::Looking) => "looking",
        (_, PeerState::Observing) => "observing",
        _ if !view.serving => "looking",
        _ => "serving",
    }
}

/// What it does, in a word or two.
pub(crate) fn word(view: &ServerView, w: &Words) -> String {
    match &view.state {
        ProcessState::Crashed { power_loss: true } => return w.state_power.to_owned(),
        ProcessState::Crashed { .. } => return w.state_crashed.to_owned(),
        ProcessState::Paused => return w.state_paused.to_owned(),
        ProcessState::Stopped { .. } => return w.state_stopped.to_owned(),
        ProcessState::Running => {}
    }
    match view.role {
        PeerState::Looking => w.role_looking.to_owned(),
        PeerState::Leading if view.serving => {
            fill(w.role_leader, &[&view.current_epoch.0.to_string()])
        }
        PeerState::Leading => w.role_leader_soon.to_owned(),
        _ if !view.serving => w.role_joining.to_owned(),
        PeerState::Following => w.role_follower.to_owned(),
        PeerState::Observing => w.role_observer.to_owned(),
    }
}

#[derive(Properties, PartialEq)]
struct StripProps {
    words: &'static Words,
    entries: Vec<LogEntry>,
    before: u64,
    y: f64,
}

/// The end of a log: committed is filled, proposed outlined, lost struck, not yet on disk dashed.
#[component]
fn Strip(props: &StripProps) -> Html {
    let w = props.words;
    let count = props.entries.len().max(1) as f64;
    let left = -(count * (CELL.0 + CELL_GAP) - CELL_GAP) / 2.0;
    html! {
        <g class="strip" aria-hidden="true" transform={moved(left, props.y)}>
            if props.before > 0 {
                <text class="before" x="-5" y="17">{ "…" }</text>
            }
            { for props.entries.iter().enumerate().map(|(index, entry)| {
                let x = index as f64 * (CELL.0 + CELL_GAP);
                html! {
                    <Cell key={entry.zxid.0.to_string()} words={w} entry={entry.clone()} {x} />
                }
            }) }
        </g>
    }
}

/// The entries of a log, as they are heard.
pub(crate) fn log_told<'a>(
    entries: impl Iterator<Item = &'a LogEntry>,
    w: &'static Words,
) -> String {
    let told = |entry: &LogEntry| {
        let state = match (entry.lost, entry.committed) {
            (true, _) => w.lost,
            (_, true) => w.committed,
            _ => w.proposed,
        };
        [tell::entry_words(&entry.label, w), " ", state].concat()
    };
    let told: Vec<String> = entries.map(told).collect();
    let told = if told.is_empty() { w.log_empty.to_owned() } else { told.join(", ") };
    fill(w.log_is, &[&told])
}

#[derive(Properties, PartialEq)]
pub(crate) struct CellProps {
    pub words: &'static Words,
    pub entry: LogEntry,
    pub x: f64,
}

#[component]
pub(crate) fn Cell(props: &CellProps) -> Html {
    let entry = &props.entry;
    let class = match (entry.lost, entry.committed, entry.durable) {
        (true, ..) => "cell lost",
        (_, true, _) => "cell committed",
        (_, _, true) => "cell proposed",
        _ => "cell unsynced",
    };
    let (zxid, what) = (entry.zxid.to_string(), tell::entry_words(&entry.label, props.words));
    html! {
        <g {class} transform={moved(props.x, 0.0)}>
            <title>{ [what, " · zxid ", &zxid].concat() }</title>
            <rect class="box" width={px(CELL.0)} height={px(CELL.1)} rx="3" />
            <text class="digits" x={px(CELL.0 / 2.0)} y="17">{ &entry.label }</text>
            if entry.lost {
                <line class="strike" x1="4" y1={px(CELL.1 - 4.0)} x2={px(CELL.0 - 4.0)} y2="4" />
            }
        </g>
    }
}
