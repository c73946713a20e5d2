use super::server::pressed;
use super::text::{moved, px};
use crate::picture::{BOX, ClientSpot};
use crate::update::{Command, Selection};
use crate::words::{Words, fill};
use relevo_lab::{ClientView, ProcessState, Work};
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub(crate) struct ClientProps {
    pub words: &'static Words,
    pub spot: ClientSpot,
    pub selected: bool,
    pub send: Callback<Command>,
}

/// A client: the counter with its numbers, or a program with its library.
#[component]
pub(crate) fn Client(props: &ClientProps) -> Html {
    let (w, spot) = (props.words, &props.spot);
    let (view, party) = (&spot.view, spot.party);
    let select = props.send.reform(move |()| Command::Select(Some(Selection::Client(party))));
    let numbers = numbers(view);
    let state = state(view, w);
    let inside = numbers.clone().unwrap_or_else(|| state.clone());
    let pending = pending(view).map(|number| number.to_string());
    let mut label = [&name(view, w), ", ", &inside].concat();
    if let Some(number) = &pending {
        label = [&label, ", ", &fill(w.waits_for, &[number])].concat();
    }
    let asks = pending.map(|number| fill(w.asks, &[&number]));
    let chosen = props.selected.then_some("selected");
    let away = (!view.connected).then_some("away");
    html! {
        <g class={classes!("client", chosen, away)} transform={moved(spot.at.x, spot.at.y)}
            role="button" tabindex="0" aria-label={label}
            aria-pressed={if props.selected { "true" } else { "false" }}
            onclick={select.reform(|_: MouseEvent| ())} onkeydown={pressed(select)}>
            <text class="label" x="0" y="-8">{ name(view, w) }</text>
            <rect class="halo" x="-4" y="-4" width={px(BOX.0 + 8.0)} height={px(BOX.1 + 8.0)}
                rx="7" />
            <rect class="body" width={px(BOX.0)} height={px(BOX.1)} rx="4" />
            if let Some(numbers) = numbers {
                <text class="digits" x={px(BOX.0 - 12.0)} y="21">{ numbers }</text>
            } else {
                <text class="state" x="11" y="21">{ state }</text>
            }
            if let Some(asks) = asks {
                <text class="asks" x={px(BOX.0 + 9.0)} y="21">{ asks }</text>
            }
        </g>
    }
}

/// The counter's own name is a word; a program's name is its own, with the library it is taken to
/// use, if it is not called after that already.
pub(crate) fn name(view: &ClientView, w: &Words) -> String {
    match (&view.work, &view.library) {
        (Work::Counter { .. }, _) => w.counter.to_owned(),
        (_, Some(library)) if view.name.starts_with(&**library) => {
            [&view.name, " (", w.probably, ")"].concat()
        }
        (_, Some(library)) => [&view.name, " · ", w.probably, " ", library].concat(),
        _ => view.name.to_string(),
    }
}

/// The last numbers of a counter; one that has none yet is told by its state, like any client.
fn numbers(view: &ClientView) -> Option<String> {
    let Work::Counter { acknowledged, .. } = &view.work else { return None };
    if acknowledged.is_empty() {
        return None;
    }
    // As many as the box has room for.
    let fit = if acknowledged.back().is_some_and(|last| *last > 99) { 2 } else { 3 };
    let shown = acknowledged.iter().rev().take(fit).rev();
    let shown: Vec<String> = shown.map(u64::to_string).collect();
    let dots = if acknowledged.len() > fit { "… " } else { "" };
    Some([dots, &shown.join(" ")].concat())
}

/// The number the counter waits for.
pub(crate) fn pending(view: &ClientView) -> Option<u64> {
    match &view.work {
        Work::Counter { pending, .. } => *pending,
        _ => None,
    }
}

/// Whether it runs and is connected, in a word.
pub(crate) fn state(view: &ClientView, w: &Words) -> String {
    match view.state {
        ProcessState::Running => {}
        ProcessState::Paused => return w.state_paused.to_owned(),
        _ => return w.state_crashed.to_owned(),
    }
    match (&view.work, view.connected, view.session) {
        (_, false, Some(_)) => w.reconnecting.to_owned(),
        (_, false, None) => w.connecting.to_owned(),
        (Work::Requests { answered, .. }, true, _) => {
            fill(w.answered_n, &[&super::text::grouped(*answered)])
        }
        _ => w.connected.to_owned(),
    }
}
