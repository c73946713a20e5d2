use super::icons::{Glyph, Icon};
use super::text::{fraction, grouped};
use crate::hands::Hand;
use crate::update::{Command, SPEEDS};
use crate::words::{Words, fill};
use relevo_core::Instant;
use std::sync::Arc;
use web_sys::{HtmlElement, HtmlInputElement};
use yew::prelude::*;

/// What the checkers say, in one line.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Judgement {
    None,
    Kept { facts: u64 },
    Broken { what: Arc<str> },
}

#[derive(Properties, PartialEq)]
pub(crate) struct ControlsProps {
    pub words: &'static Words,
    /// Time stands, or the past is not being played.
    pub standing: bool,
    pub looking_back: bool,
    pub speed: f64,
    /// In milliseconds of lab time.
    pub oldest: u64,
    pub now: u64,
    pub shown: u64,
    pub shown_told: String,
    pub judgement: Judgement,
    /// What the judgement's button does, in words.
    pub promises: &'static str,
    pub send: Callback<Command>,
}

/// Time in the learner's hands.
#[component]
pub(crate) fn Controls(props: &ControlsProps) -> Html {
    let w = props.words;
    let send = |make: fn() -> Command| props.send.reform(move |_: MouseEvent| make());
    let (play, icon) = if props.standing { (w.play, Icon::Play) } else { (w.pause, Icon::Pause) };
    html! {
        <section class="controls" aria-label={w.controls}>
            <button class="quiet round" onclick={send(|| Command::Step { forward: false })}
                aria-label={w.step_back} title={w.step_back}><Glyph icon={Icon::Back} /></button>
            <button class="quiet round" onclick={send(|| Command::PlayPause)}
                aria-label={play} title={play}><Glyph {icon} /></button>
            <button class="quiet round" onclick={send(|| Command::Step { forward: true })}
                aria-label={w.step_forward} title={w.step_forward}>
                <Glyph icon={Icon::Forward} />
            </button>
            <Speed words={w} speed={props.speed} send={props.send.clone()} />
            <Scrubber words={w} oldest={props.oldest} now={props.now} shown={props.shown}
                told={props.shown_told.clone()} send={props.send.clone()} />
            if props.looking_back {
                <button class="linked" onclick={send(|| Command::Now)}>{ w.to_now }</button>
            }
            <button class="linked" onclick={send(|| Command::Fork)}>{ w.fork }</button>
            { verdict(&props.judgement, w, props.promises, send(|| Command::Hands(Hand::Promises))) }
        </section>
    }
}

fn verdict(
    judgement: &Judgement,
    w: &Words,
    opens: &'static str,
    onclick: Callback<MouseEvent>,
) -> Html {
    match judgement {
        Judgement::None => html! { <p class="verdict">{ w.checking }</p> },
        Judgement::Kept { facts } => html! {
            <p class="verdict kept">
                <button class="verdict" {onclick} title={opens}>
                    { w.checked }<Glyph icon={Icon::Check} />
                    <span class="facts">{ fill(w.checked_facts, &[&grouped(*facts)]) }</span>
                </button>
            </p>
        },
        Judgement::Broken { what } => html! {
            <p class="verdict broken" role="alert">
                <button class="verdict" {onclick} title={opens}>
                    { fill(w.violated, &[what]) }<Glyph icon={Icon::Cross} />
                </button>
            </p>
        },
    }
}

#[derive(Properties, PartialEq)]
struct SpeedProps {
    words: &'static Words,
    speed: f64,
    send: Callback<Command>,
}

#[component]
fn Speed(props: &SpeedProps) -> Html {
    let w = props.words;
    let chosen = |event: Event| {
        let value = event.target_dyn_into::<web_sys::HtmlSelectElement>()?.value();
        SPEEDS.get(value.parse::<usize>().ok()?).copied().map(Command::Speed)
    };
    let send = props.send.clone();
    let onchange = Callback::from(move |event: Event| {
        if let Some(command) = chosen(event) {
            send.emit(command);
        }
    });
    html! {
        <label class="speed" title={w.speed}>
            <span class="hidden">{ w.speed }</span>
            <span aria-hidden="true">{ "×" }</span>
            <select class={if props.speed < 0.99 { "fraction" } else { "" }} {onchange}>
                { for SPEEDS.iter().enumerate().map(|(index, speed)| html! {
                    <option value={index.to_string()} selected={near(*speed, props.speed)}>
                        { fraction(*speed) }
                    </option>
                }) }
            </select>
        </label>
    }
}

fn near(one: f64, other: f64) -> bool {
    (one / other.max(1e-9) - 1.0).abs() < 0.1
}

#[derive(Properties, PartialEq)]
struct ScrubberProps {
    words: &'static Words,
    oldest: u64,
    now: u64,
    shown: u64,
    told: String,
    send: Callback<Command>,
}

#[component]
fn Scrubber(props: &ScrubberProps) -> Html {
    let node = use_node_ref();
    {
        // The style sheet colours the part that has passed; a style attribute would need an
        // exception in the content security policy, a property set by script does not.
        let whole = props.now.saturating_sub(props.oldest).max(1) as f64;
        let share = props.shown.saturating_sub(props.oldest) as f64 / whole;
        use_effect_with((node.clone(), share), |(node, share)| {
            if let Some(element) = node.cast::<HtmlElement>() {
                let share = (share * 100.0).round().to_string() + "%";
                let _ = element.style().set_property("--share", &share);
            }
        });
    }
    let oninput = props.send.reform(|event: InputEvent| {
        let input = event.target_dyn_into::<HtmlInputElement>();
        let ms = input.map_or(0.0, |input| input.value_as_number());
        Command::Seek(Instant((ms.max(0.0) * 1e6) as u64))
    });
    html! {
        <input ref={node} class="scrubber" type="range" aria-label={props.words.scrub}
            aria-valuetext={props.told.clone()} min={props.oldest.to_string()}
            max={props.now.to_string()} value={props.shown.to_string()} {oninput} />
    }
}
