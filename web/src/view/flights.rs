use super::server::pressed;
use super::text::{moved, px};
use crate::paint::{Moment, use_painter};
use crate::picture::{Class, Crowd, FlightSpot, SHAPE, Shape, shape_of};
use crate::tell;
use crate::update::{Command, Selection};
use crate::words::Words;
use relevo_core::Seq;
use relevo_lab::MessageKind;
use web_sys::Element;
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub(crate) struct FlightsProps {
    pub words: &'static Words,
    pub flights: Vec<FlightSpot>,
    pub crowds: Vec<Crowd>,
    pub selected: Option<Seq>,
    /// Time stands, here or in the lab.
    pub still: bool,
    pub send: Callback<Command>,
}

/// Messages under way, on a layer of their own: their elements are made once and then only moved.
#[component]
pub(crate) fn Flights(props: &FlightsProps) -> Html {
    let layer = use_node_ref();
    {
        let (layer, flights) = (layer.clone(), props.flights.clone());
        use_painter(props.flights.clone(), move |moment| {
            if let Some(layer) = layer.cast::<Element>() {
                place(&layer, &flights, moment);
            }
        });
    }
    html! {
        <g class="flights">
            <g ref={layer}>
                { for props.flights.iter().map(|flight| html! {
                    <Flight key={flight.seq.0.to_string()} words={props.words}
                        seq={flight.seq} kind={flight.kind} told={flight.words(props.words)}
                        rightwards={flight.rightwards()} held={flight.held} by_hand={flight.by_hand}
                        selected={props.selected == Some(flight.seq)} still={props.still}
                        send={props.send.clone()} />
                }) }
            </g>
            { for props.crowds.iter().map(|crowd| flow(crowd, props.words)) }
        </g>
    }
}

/// Moves each message's element to where the message is.
fn place(layer: &Element, flights: &[FlightSpot], moment: Moment) {
    let mut child = layer.first_element_child();
    for flight in flights {
        let Some(element) = child else { return };
        let at = flight.at(moment.shown);
        let _ = element.set_attribute("transform", &moved(at.x, at.y));
        child = element.next_element_sibling();
    }
}

#[derive(Properties, PartialEq)]
struct FlightProps {
    words: &'static Words,
    seq: Seq,
    kind: MessageKind,
    told: String,
    rightwards: bool,
    held: bool,
    by_hand: bool,
    selected: bool,
    still: bool,
    send: Callback<Command>,
}

#[component]
fn Flight(props: &FlightProps) -> Html {
    let w = props.words;
    let words = &props.told;
    let seq = props.seq;
    let select = props.send.reform(move |()| Command::Select(Some(Selection::Message(seq))));
    let shape = shape_of(props.kind);
    let chosen = props.selected.then_some("selected");
    let held = props.held.then_some("held");
    let label = if props.held { [words, ", ", w.held].concat() } else { words.clone() };
    // What comes and goes while time runs would be stops on the way of the tab key that are gone
    // before they are reached; heartbeats are too many even when it stands.
    let stays = props.held || props.selected || (props.still && shape != Shape::Dot);
    let stop = if stays { "0" } else { "-1" };
    html! {
        <g class={classes!("flight", Class::of(props.kind).name(), chosen, held)} role="button"
            tabindex={stop} aria-label={label}
            aria-pressed={if props.selected { "true" } else { "false" }}
            onpointerdown={select.reform(|event: PointerEvent| event.stop_propagation())}
            onclick={select.reform(|_: MouseEvent| ())} onkeydown={pressed(select)}>
            if shape == Shape::Dot { <circle class="touch" r="12" /> }
            { drawn(props.kind, words, props.rightwards) }
            if props.by_hand {
                <g class="clamp">
                    <path d="M-9 -17 H9 M0 -17 V-12 M-9 17 H9 M0 17 V12" />
                    <text class="held-word" y={px(2.0 - SHAPE)}>{ w.held }</text>
                </g>
            }
        </g>
    }
}

/// A message's shape around its middle, and its words.
fn drawn(kind: MessageKind, words: &str, rightwards: bool) -> Html {
    // An average glyph of the label's size is 6.4 px wide; the shape must hold the word.
    let half = (words.chars().count() as f64 * 6.4 / 2.0 + 10.0).round();
    let (high, point) = (SHAPE / 2.0, if rightwards { 1.0 } else { -1.0 });
    let filled = (shape_of(kind) == Shape::Filled).then_some("filled");
    let boxed = |round: f64| {
        html! {
            <rect class={classes!("body", filled)} x={px(-half)} y={px(-high)}
                width={px(half * 2.0)} height={px(SHAPE)} rx={px(round)} />
        }
    };
    let pointed = |points: &[(f64, f64)]| {
        let points: Vec<String> = points.iter().map(|(x, y)| [px(*x), px(*y)].join(",")).collect();
        html! { <polygon class="body" points={points.join(" ")} /> }
    };
    let body = match shape_of(kind) {
        Shape::Dot => {
            return html! { <><title>{ words }</title><circle class="body" r="3.5" /></> };
        }
        Shape::Pill => boxed(high),
        Shape::Outline | Shape::Filled => boxed(3.0),
        Shape::Tag => pointed(&[
            (-half * point, -high),
            (half * point, -high),
            ((half + 10.0) * point, 0.0),
            (half * point, high),
            (-half * point, high),
        ]),
        Shape::Slanted => pointed(&[
            (-half - 2.0, high),
            (-half + 6.0, -high),
            (half + 2.0, -high),
            (half - 6.0, high),
        ]),
    };
    html! { <>{ body }<text class={classes!("word", filled)} y="4">{ words }</text></> }
}

/// Many messages of one kind in one direction.
fn flow(crowd: &Crowd, w: &Words) -> Html {
    let words = [tell::kind_word(crowd.kind, w), " × ", &crowd.count.to_string()].concat();
    html! {
        <g class={classes!("flight", Class::of(crowd.kind).name())}
            transform={moved(crowd.at.x, crowd.at.y)}>
            { drawn(crowd.kind, &words, crowd.rightwards) }
        </g>
    }
}
