use super::super::client::Client;
use super::super::room::use_room;
use super::super::server::{Cell, label, leads, log_told, looks, pressed, word};
use super::super::text::{moved, px};
use crate::model::Shared;
use crate::picture::{CELL, LogRow, Logs, Room};
use crate::update::{Command, Selection};
use crate::words::{Words, fill, lessons};
use relevo_coordination::SyncMode;
use relevo_lab::ProcessState;
use yew::prelude::*;

/// The radius of a server's sign.
const SIGN: f64 = 6.0;

#[derive(Properties, PartialEq)]
pub(crate) struct LogsProps {
    pub words: &'static Words,
    pub lessons: &'static lessons::Words,
    pub logs: Shared<Logs>,
    pub selection: Option<Selection>,
    /// The past is shown.
    pub past: bool,
    pub send: Callback<Command>,
}

/// The servers' logs, one below the other: the same place of the order stands in the same column.
#[component]
pub(crate) fn LogsView(props: &LogsProps) -> Html {
    let (w, l, logs) = (props.words, props.lessons, &*props.logs);
    let node = use_node_ref();
    let measured = use_memo(props.send.clone(), |send| send.reform(Command::Room));
    use_room(node.clone(), (*measured).clone());
    let Room { width, height } = logs.room;
    let view_box = ["0 0 ", &px(width), " ", &px(height)].concat();
    let past = props.past.then_some("past");
    let (top, bottom) = (logs.top - 6.0, logs.bottom + 10.0);
    html! {
        <section class={classes!("scene", "logs", past)} ref={node} aria-label={l.logs}>
            <svg class="figure" viewBox={view_box} role="group" aria-label={l.logs}>
                { for logs.clients.iter().map(|spot| html! {
                    <Client words={w} spot={spot.clone()}
                        selected={props.selection == Some(Selection::Client(spot.party))}
                        send={props.send.clone()} />
                }) }
                if logs.more_clients > 0 {
                    <text class="more-clients" x={px(width - 4.0)} y="12">
                        { fill(w.more_clients, &[&logs.more_clients.to_string()]) }
                    </text>
                }
                { for logs.epochs.iter().map(|(x, epoch)| html! {
                    <text class="epoch" x={px(*x)} y={px(logs.top - 14.0)}>
                        { fill(l.log_epoch, &[&epoch.0.to_string()]) }
                    </text>
                }) }
                if let Some(x) = logs.committed {
                    <line class="committed-line" x1={px(x)} x2={px(x)} y1={px(top)} y2={px(bottom)} />
                    <text class="committed-word" x={px(x)} y={px(bottom + 14.0)}>
                        { l.log_committed }
                    </text>
                }
                { for logs.rows.iter().map(|row| drawn(row, logs, props)) }
            </svg>
        </section>
    }
}

fn drawn(row: &LogRow, logs: &Logs, props: &LogsProps) -> Html {
    let (w, l, view) = (props.words, props.lessons, &row.view);
    let host = view.host;
    let selected = props.selection == Some(Selection::Server(host));
    let select = props.send.reform(move |()| Command::Select(Some(Selection::Server(host))));
    let state = word(view, w);
    let mode = mode(row, l);
    let stands = [&*state, mode.as_ref().map_or("", |(_, told)| told)].concat();
    let held = log_told(row.cells.iter().map(|(_, entry)| entry), w);
    let label = label(&view.name, &stands, Some(held));
    let bad = !matches!(view.state, ProcessState::Running);
    let chosen = selected.then_some("selected");
    let name_end = view.name.chars().count() as f64 * 7.6 + 30.0;
    html! {
        <g key={host.0.to_string()} class={classes!("server", "log-row", looks(view), chosen)}
            transform={moved(0.0, row.y)} role="button" tabindex="0" aria-label={label}
            aria-pressed={if selected { "true" } else { "false" }}
            onclick={select.reform(|_: MouseEvent| ())} onkeydown={pressed(select)}>
            <rect class="halo" x="-2" y="-6" width={px(logs.room.width)} height="58" rx="4" />
            <rect class="touch" y="-6" width={px(logs.room.width)} height="58" />
            <circle class="body" cx="9" cy="5" r={px(SIGN)} />
            if leads(view) { <circle class="ring" cx="9" cy="5" r={px(SIGN + 3.0)} /> }
            <text class="name" x="24" y="10">{ &view.name }</text>
            <text class={if bad { "word bad" } else { "word" }} x={px(name_end)} y="10">
                { state }
                if let Some((class, told)) = mode { <tspan {class}>{ told }</tspan> }
            </text>
            <g class="strip" aria-hidden="true">
                <line class="base" x1={px(logs.left)} x2={px(logs.room.width)} y1="34" y2="34" />
                if row.before && row.snapshot.is_none() {
                    <text class="before" x="14" y="39">{ "…" }</text>
                }
                if let Some(end) = row.snapshot {
                    <rect class="snapshot" x="2" y="22" width={px(end - 2.0)} height={px(CELL.1)}
                        rx="3" />
                    <text class="snapshot-word" x={px(end / 2.0 + 1.0)} y="39">
                        { l.log_snapshot }
                    </text>
                }
                { for row.cells.iter().map(|(x, entry)| html! {
                    <g key={entry.zxid.0.to_string()} transform={moved(0.0, 22.0)}>
                        <Cell words={w} entry={entry.clone()} x={*x} />
                    </g>
                }) }
            </g>
        </g>
    }
}

/// How the server is, or was, brought up to date.
fn mode(row: &LogRow, l: &lessons::Words) -> Option<(&'static str, String)> {
    let (mode, now) = row.mode?;
    let (name, told) = match mode {
        SyncMode::Diff => ("DIFF", l.by_diff),
        SyncMode::Trunc => ("TRUNC", l.by_trunc),
        SyncMode::Snap => ("SNAP", l.by_snap),
    };
    let told = if now { told.to_owned() } else { fill(l.by_done, &[name]) };
    Some((if now { "mode now" } else { "mode" }, [" · ", &told].concat()))
}
