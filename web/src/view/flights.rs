use super::server::pressed;
use super::text::{moved, px};
use crate::paint::use_painter;
use crate::picture::{Crowd, FlightSpot, SHAPE, Shape, shape_of};
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
    pub send: Callback<Command>,
}

/// Messages under way, on a layer of their own: their elements are made once and then only moved.
#[component]
pub(crate) fn Flights(props: &FlightsProps) -> Html {
    let layer = use_node_ref();
    {
        let (layer, flights) = (layer.clone(), props.flights.clone());
        use_painter(props.flights.clone(), move |moment| {
            let Some(layer) = layer.cast::<Element>() else { return };
            let mut child = layer.first_element_child();
            for flight in &flights {
                let Some(element) = child else { return };
                let at = flight.at(moment.shown);
                let _ = element.set_attribute("transform", &moved(at.x, at.y));
                child = element.next_element_sibling();
            }
        });
    }
    html! {
        <g class="flights">
            <g ref={layer}>
                { for props.flights.iter().map(|flight| html! {
                    <Flight key={flight.seq.0.to_string()} words={props.words}
                        seq={flight.seq} kind={flight.kind} label={flight.label.clone()}
                        rightwards={flight.rightwards()} held={flight.held} by_hand={flight.by_hand}
                        selected={props.selected == Some(flight.seq)} send={props.send.clone()} />
                }) }
            </g>
            { for props.crowds.iter().map(|crowd| flow(crowd, props.words)) }
        </g>
    }
}

#[derive(Properties, PartialEq)]
struct FlightProps {
    words: &'static Words,
    seq: Seq,
    kind: MessageKind,
    label: std::sync::Arc<str>,
    rightwards: bool,
    held: bool,
    by_hand: bool,
    selected: bool,
    send: Callback<Command>,
}

#[component]
fn Flight(props: &FlightProps) -> Html {
    let w = props.words;
    let words = tell::message_words(props.kind, &props.label, w);
    let seq = props.seq;
    let select = props.send.reform(move |()| Command::Select(Some(Selection::Message(seq))));
    let shape = shape_of(props.kind);
    let chosen = props.selected.then_some("selected");
    let held = props.held.then_some("held");
    // Heartbeats come and go too quickly, and too often, to be stops on the way of the tab key.
    let label = if props.held { [&words, ", ", w.held].concat() } else { words.clone() };
    let stop = if shape == Shape::Dot { "-1" } else { "0" };
    html! {
        <g class={classes!("flight", class_of(props.kind), chosen, held)} role="button"
            tabindex={stop} aria-label={label}
            aria-pressed={if props.selected { "true" } else { "false" }}
            onpointerdown={select.reform(|event: PointerEvent| event.stop_propagation())}
            onclick={select.reform(|_: MouseEvent| ())} onkeydown={pressed(select)}>
            if shape == Shape::Dot { <circle class="touch" r="12" /> }
            { drawn(shape, &words, props.rightwards) }
            if props.by_hand {
                <g class="clamp">
                    <path d="M-9 -17 H9 M0 -17 V-12 M-9 17 H9 M0 17 V12" />
                    <text class="held-word" y={px(2.0 - SHAPE)}>{ w.held }</text>
                </g>
            }
        </g>
    }
}

/// The class that gives a kind its colours.
pub(crate) fn class_of(kind: MessageKind) -> &'static str {
    match shape_of(kind) {
        Shape::Dot => "beat",
        Shape::Tag => "election",
        Shape::Pill => "talk",
        Shape::Outline | Shape::Filled => "order",
        Shape::Slanted => "sync",
    }
}

fn drawn(shape: Shape, words: &str, rightwards: bool) -> Html {
    // An average glyph of the label's size is 6.4 px wide; the shape must hold the word.
    let half = (words.chars().count() as f64 * 6.4 / 2.0 + 10.0).round();
    let (high, point) = (SHAPE / 2.0, if rightwards { 1.0 } else { -1.0 });
    let outline = |points: &[(f64, f64)]| {
        let text: Vec<String> = points.iter().map(|(x, y)| [px(*x), px(*y)].join(",")).collect();
        text.join(" ")
    };
    let label = html! { <text class="word" y="4">{ words }</text> };
    match shape {
        Shape::Dot => html! { <><title>{ words }</title><circle class="body" r="3.5" /></> },
        Shape::Tag => {
            let tip = (half + 10.0) * point;
            let points = outline(&[
                (-half * point, -high),
                (half * point, -high),
                (tip, 0.0),
                (half * point, high),
                (-half * point, high),
            ]);
            html! { <><polygon class="body" {points} />{ label }</> }
        }
        Shape::Slanted => {
            let points = outline(&[
                (-half - 2.0, high),
                (-half + 6.0, -high),
                (half + 2.0, -high),
                (half - 6.0, high),
            ]);
            html! { <><polygon class="body" {points} />{ label }</> }
        }
        Shape::Pill | Shape::Outline | Shape::Filled => {
            let rx = if shape == Shape::Pill { px(high) } else { "3".to_owned() };
            let class = if shape == Shape::Filled { "body filled" } else { "body" };
            html! {
                <>
                    <rect {class} x={px(-half)} y={px(-high)} width={px(half * 2.0)}
                        height={px(SHAPE)} {rx} />
                    <text class={if shape == Shape::Filled { "word filled" } else { "word" }}
                        y="4">{ words }</text>
                </>
            }
        }
    }
}

/// Many messages of one kind in one direction.
fn flow(crowd: &Crowd, w: &Words) -> Html {
    let words = [tell::kind_word(crowd.kind, w), " × ", &crowd.count.to_string()].concat();
    html! {
        <g class={classes!("flight", class_of(crowd.kind))}
            transform={moved(crowd.at.x, crowd.at.y)}>
            { drawn(shape_of(crowd.kind), &words, crowd.rightwards) }
        </g>
    }
}
