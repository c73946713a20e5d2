use crate::update::{Command, Selection};
use crate::words::{Words, fill};
use relevo_core::Seq;
use yew::prelude::*;

/// One link of a causal chain, in words.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Link {
    pub seq: Seq,
    pub told: String,
}

#[derive(Properties, PartialEq)]
pub(crate) struct WhyProps {
    pub words: &'static Words,
    /// From what is asked about back to its root.
    pub chain: Vec<Link>,
    /// Whether the chain ends at a root, or where the trace kept begins.
    pub rooted: bool,
    /// Causes beside the chain.
    pub more: usize,
    pub send: Callback<Command>,
}

/// "Why?": a walk from effect to cause. Each link can be asked in turn.
#[component]
pub(crate) fn Why(props: &WhyProps) -> Html {
    let w = props.words;
    html! {
        <section class="why">
            <h3>{ w.why }</h3>
            <ol class="chain">
                { for props.chain.iter().map(|link| {
                    let seq = link.seq;
                    let onclick = props.send.reform(move |_: MouseEvent| {
                        Command::Select(Some(Selection::Event(seq)))
                    });
                    html! {
                        <li><button class="cause" {onclick}>{ &link.told }</button></li>
                    }
                }) }
            </ol>
            if props.chain.len() < 2 && props.rooted { <p class="note">{ w.why_root }</p> }
            if !props.rooted { <p class="note">{ w.why_lost }</p> }
            if props.more > 0 {
                <p class="note">{ fill(w.why_more, &[&props.more.to_string()]) }</p>
            }
        </section>
    }
}
