use super::focus::use_focus;
use super::icons::{Glyph, Icon};
use super::text::grouped;
use super::why::Link;
use crate::hands::Hand;
use crate::update::{Command, Selection};
use crate::words::fill;
use crate::words::hands::Words;
use relevo_core::Instant;
use relevo_lab::stream::Verdict;
use std::sync::Arc;
use yew::prelude::*;

/// How one promise stands.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Promise {
    /// In plain words.
    pub words: String,
    pub facts: u64,
    pub broken: Option<Broken>,
}

/// How it was broken.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Broken {
    /// The checker's own words, in English.
    pub what: Arc<str>,
    /// From what broke it back to where that began.
    pub chain: Vec<Link>,
    /// When; none where the page no longer has the event.
    pub at: Option<Instant>,
}

/// A checker's promise in plain words.
pub(crate) fn promise_of(verdict: &Verdict, w: &Words) -> String {
    let words = match &*verdict.checker {
        "one-leader-per-epoch" => w.p_one_leader,
        "committed-prefix-agreement" => w.p_prefix,
        "no-committed-transaction-lost" => w.p_survive,
        "no-invented-transaction" => w.p_invented,
        "fifo-client-order" => w.p_fifo,
        "linearizable-writes" => w.p_linear,
        "ephemerals-vanish-with-their-session" => w.p_ephemerals,
        "sessions-last-their-timeout" => w.p_sessions,
        "a-standard-watch-fires-once" => w.p_watches,
        "events-precede-replies" => w.p_events,
        "everything-has-a-reason" => w.p_roots,
        other => return fill(w.p_other, &[other]),
    };
    words.to_owned()
}

#[derive(Properties, PartialEq)]
pub(crate) struct PromisesProps {
    pub words: &'static Words,
    pub close: &'static str,
    pub promises: Vec<Promise>,
    pub send: Callback<Command>,
}

/// Which promises hold, how often each was judged, and what broke the one that is broken.
#[component]
pub(crate) fn Promises(props: &PromisesProps) -> Html {
    let (w, focus) = (props.words, use_focus());
    let close = props.send.reform(|_: MouseEvent| Command::Hands(Hand::Promises));
    // What is broken comes first.
    let broken = props.promises.iter().filter(|promise| promise.broken.is_some());
    let kept = props.promises.iter().filter(|promise| promise.broken.is_none());
    html! {
        <section ref={focus} class="dialog promises" role="dialog" aria-label={w.promises}
            tabindex="-1">
            <h2>{ w.promises }</h2>
            <p>{ w.promises_lead }</p>
            <ul>{ for broken.chain(kept).map(|promise| row(promise, props)) }</ul>
            <button class="quiet" onclick={close}>{ props.close }</button>
        </section>
    }
}

fn row(promise: &Promise, props: &PromisesProps) -> Html {
    let w = props.words;
    let (class, word, icon) = match (&promise.broken, promise.facts) {
        (Some(_), _) => ("broken", w.promise_broken, Some(Icon::Cross)),
        (None, 0) => ("waits", w.promise_waits, None),
        (None, _) => ("kept", w.promise_holds, Some(Icon::Check)),
    };
    html! {
        <li {class}>
            <p class="promise">{ &promise.words }</p>
            <p class="verdict">
                if let Some(icon) = icon { <Glyph {icon} /> }
                { word }
                if promise.facts > 0 {
                    <span class="facts">{ fill(w.promise_facts, &[&grouped(promise.facts)]) }</span>
                }
            </p>
            if let Some(broken) = &promise.broken { { how(broken, props) } }
        </li>
    }
}

fn how(broken: &Broken, props: &PromisesProps) -> Html {
    let w = props.words;
    html! {
        <div class="why">
            <p lang="en">{ &broken.what }</p>
            if !broken.chain.is_empty() {
                <h3>{ w.promise_chain }</h3>
                <ol class="chain">
                    { for broken.chain.iter().map(|link| {
                        let seq = link.seq;
                        let onclick = props.send.reform(move |_: MouseEvent| {
                            Command::Select(Some(Selection::Event(seq)))
                        });
                        html! {
                            <li><button class="cause" {onclick}>{ &link.told }</button></li>
                        }
                    }) }
                </ol>
            }
            if let Some(at) = broken.at {
                <button class="linked" onclick={
                    props.send.reform(move |_: MouseEvent| Command::Seek(at))
                }>{ w.promise_replay }</button>
            }
        </div>
    }
}
