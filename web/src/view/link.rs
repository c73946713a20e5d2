use super::server::pressed;
use super::text::{moved, px};
use crate::picture::{LinkSpot, LinkState, Point, Way};
use crate::update::{Command, Selection};
use crate::words::{Words, fill};
use relevo_core::Party;
use std::sync::Arc;
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub(crate) struct LinkProps {
    pub words: &'static Words,
    pub spot: LinkSpot,
    pub from: Arc<str>,
    pub to: Arc<str>,
    pub selected: bool,
    pub send: Callback<Command>,
}

/// The way between two parties. Between hosts it can be selected and cut.
#[component]
pub(crate) fn Link(props: &LinkProps) -> Html {
    let (w, spot) = (props.words, &props.spot);
    let path = path(&spot.way);
    let (class, word) = match spot.state {
        LinkState::Open => ("open", w.link_open),
        LinkState::Idle => ("idle", w.link_idle),
        LinkState::Cut { .. } => ("severed", w.cut),
        LinkState::Sought => ("sought", w.connecting),
    };
    let client = matches!(spot.from, Party::Outside(_)).then_some("outside");
    let chosen = props.selected.then_some("selected");
    let line = html! {
        <>
            <path class="touch" d={path.clone()} />
            <path class="line" d={path} />
            if let LinkState::Cut { there, back } = spot.state {
                { severed(spot, there, back, w) }
            }
        </>
    };
    let (Party::Host(from), Party::Host(to)) = (spot.from, spot.to) else {
        return html! { <g class={classes!("link", class, client)}>{ line }</g> };
    };
    let select = props.send.reform(move |()| Command::Select(Some(Selection::Link(from, to))));
    let label = [&fill(w.link_of, &[&props.from, &props.to]), ", ", word].concat();
    html! {
        <g class={classes!("link", class, chosen)} role="button" tabindex="0" aria-label={label}
            aria-pressed={if props.selected { "true" } else { "false" }}
            onclick={select.reform(|_: MouseEvent| ())} onkeydown={pressed(select)}>
            { line }
        </g>
    }
}

fn path(way: &Way) -> String {
    let point = |point: Point| [px(point.x), px(point.y)].join(" ");
    ["M", &point(way.start), "Q", &point(way.bend), " ", &point(way.end)].concat()
}

/// Two strokes across the line and the word; where one direction is left, an arrow shows it.
fn severed(spot: &LinkSpot, there: bool, back: bool, w: &Words) -> Html {
    let middle = spot.way.at(0.5);
    let angle = spot.way.direction().to_degrees();
    let turned = [&moved(middle.x, middle.y), " rotate(", &px(angle), ")"].concat();
    let arrow = match (there, back) {
        (false, true) => Some("M22 -5 L30 0 L22 5"),
        (true, false) => Some("M-22 -5 L-30 0 L-22 5"),
        _ => None,
    };
    html! {
        <>
            <g class="cut" transform={turned}>
                <rect class="gap" x="-7" y="-5" width="14" height="10" />
                <path class="strokes" d="M-10 10 L-3 -10 M3 10 L10 -10" />
                if let Some(d) = arrow { <path class="way" {d} /> }
            </g>
            <text class="cut-word" x={px(middle.x)} y={px(middle.y - 17.0)}>{ w.cut }</text>
        </>
    }
}
