use crate::model::LinkState;
use crate::net::Source;
use crate::update::Command;
use crate::words::{Words, fill};
use std::sync::Arc;
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub(crate) struct BannerProps {
    pub words: &'static Words,
    pub link: LinkState,
    /// Outside programs whose own time-outs run on while the lab stands.
    pub waiting: Vec<Arc<str>>,
    pub refused: Option<Arc<str>>,
    pub send: Callback<Command>,
}

/// What stands between the learner and the lab, and what to do about it.
#[component]
pub(crate) fn Banner(props: &BannerProps) -> Html {
    let w = props.words;
    let again = props.send.reform(|_: MouseEvent| Command::Visit(Source::FirstMinute));
    let close = props.send.reform(|_: MouseEvent| Command::Close);
    let reload = Callback::from(|_: MouseEvent| {
        if let Some(window) = web_sys::window() {
            let _ = window.location().reload();
        }
    });
    let link = match &props.link {
        LinkState::Live | LinkState::Connecting => html! {},
        LinkState::Healing => html! { <p class="banner">{ w.b_healing }</p> },
        LinkState::Incompatible => html! {
            <p class="banner bad">
                { w.b_incompatible }{ " " }
                <button class="linked" onclick={reload}>{ w.b_reload }</button>
            </p>
        },
        LinkState::Stopped(reason) => html! {
            <p class="banner bad">
                { fill(w.b_stopped, &[reason]) }{ " " }
                <button class="linked" onclick={again}>{ w.begin_again }</button>
            </p>
        },
    };
    html! {
        <div role="status">
            { link }
            if !props.waiting.is_empty() {
                <p class="banner">{ fill(w.b_waiting, &[&props.waiting.join(", ")]) }</p>
            }
            if let Some(reason) = &props.refused {
                <p class="banner bad">
                    { fill(w.b_refused, &[reason]) }{ " " }
                    <button class="linked" onclick={close}>{ w.act_close }</button>
                </p>
            }
        </div>
    }
}
