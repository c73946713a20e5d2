use super::copy::Copyable;
use super::focus::use_focus;
use super::text::seconds;
use crate::hands::{Hand, Linking};
use crate::update::Command;
use crate::words::{Words, fill, hands};
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub(crate) struct ShareProps {
    pub words: &'static Words,
    pub hands: &'static hands::Words,
    pub linking: Linking,
    pub comma: bool,
    pub send: Callback<Command>,
}

/// A link to be copied, or one that was come by and needs a word.
#[component]
pub(crate) fn Share(props: &ShareProps) -> Html {
    let (w, send) = (props.hands, &props.send);
    let button = |word: &'static str, make: fn() -> Hand| {
        let onclick = send.reform(move |_: MouseEvent| Command::Hands(make()));
        html! { <button class="linked" {onclick}>{ word }</button> }
    };
    let when = |at: relevo_core::Instant| seconds(at.0 as f64, 3, props.comma);
    match &props.linking {
        Linking::None => html! {},
        Linking::Ready { address, partial, at } => html! {
            <Ready words={props.words} hands={w} address={address.clone()} partial={*partial}
                body={fill(w.link_body, &[&when(*at)])} send={send.clone()} />
        },
        Linking::Foreign { link } => banner(
            &fill(w.link_foreign, &[&link.build]),
            html! {
                <>
                    { button(w.link_anyway, || Hand::Anyway) }
                    { button(w.link_leave, || Hand::Leave) }
                </>
            },
        ),
        Linking::Opening => banner(w.link_opening, html! {}),
        Linking::Unreadable => banner(w.link_unreadable, button(w.link_leave, || Hand::Leave)),
        Linking::Refused(why) => banner(why, button(w.link_leave, || Hand::Leave)),
        Linking::Made { same, at, .. } => {
            let told =
                if *same { fill(w.link_same, &[&when(*at)]) } else { w.link_other.to_owned() };
            banner(&told, button(props.words.act_close, || Hand::CloseLink))
        }
    }
}

fn banner(told: &str, buttons: Html) -> Html {
    html! {
        <p class="banner" role="status">{ told }{ " " }<span class="row">{ buttons }</span></p>
    }
}

#[derive(Properties, PartialEq)]
struct ReadyProps {
    words: &'static Words,
    hands: &'static hands::Words,
    address: String,
    body: String,
    partial: bool,
    send: Callback<Command>,
}

#[component]
fn Ready(props: &ReadyProps) -> Html {
    let (w, focus) = (props.hands, use_focus());
    let close = props.send.reform(|_: MouseEvent| Command::Hands(Hand::CloseLink));
    html! {
        <section ref={focus} class="dialog" role="dialog" aria-label={w.link_title} tabindex="-1">
            <h2>{ w.link_title }</h2>
            <p>{ &props.body }</p>
            if props.partial { <p class="note">{ w.link_partial }</p> }
            <Copyable words={props.words} text={props.address.clone()} />
            <div class="actions">
                <button class="quiet" onclick={close}>{ props.words.act_close }</button>
            </div>
        </section>
    }
}
