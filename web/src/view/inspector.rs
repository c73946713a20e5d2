use super::faults::{Faults, Target};
use super::why::{Link, Why};
use crate::app::App;
use crate::hands::Hand;
use crate::net::Deed;
use crate::update::{Command, Panel};
use crate::words::Words;
use relevo_core::Seq;
use yew::prelude::*;

/// What is selected, ready to be drawn.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Inspected {
    pub kind: &'static str,
    pub title: String,
    /// The event it is as it is by.
    pub since: Seq,
    /// Name and value.
    pub fields: Vec<(&'static str, String)>,
    pub actions: Vec<(&'static str, Deed)>,
    /// What is one key further away.
    pub more: Vec<(&'static str, Deed)>,
    /// What its faults with a measure are done to.
    pub target: Option<Target>,
    /// It belongs to a request that can be followed.
    pub follows: bool,
    pub chain: Vec<Link>,
    pub rooted: bool,
    pub causes: usize,
}

#[derive(Properties, PartialEq)]
pub(crate) struct InspectorProps {
    pub words: &'static Words,
    pub hands: &'static crate::words::hands::Words,
    pub inspected: Inspected,
    /// The faults behind "more" are shown.
    pub open: bool,
    pub send: Callback<Command>,
}

/// What is selected, if it can be told, and the event it is as it is by.
pub(crate) fn inspector(app: &App, w: &'static Words) -> Option<(Html, Seq)> {
    let inspected = app.inspected()?;
    let since = inspected.since;
    let drawn = html! {
        <Inspector words={w} hands={app.prefs.language.hands()} {inspected}
            open={app.view.more} send={app.send.clone()} />
    };
    Some((drawn, since))
}

/// What is selected: what it is, why it is so, and what can be done to it.
#[component]
pub(crate) fn Inspector(props: &InspectorProps) -> Html {
    let (w, it) = (props.words, &props.inspected);
    let more = props.send.reform(|_: MouseEvent| Command::Toggle(Panel::More));
    let close = props.send.reform(|_: MouseEvent| Command::Select(None));
    let follow = props.send.reform(|_: MouseEvent| Command::Hands(Hand::Follow));
    let further = !it.more.is_empty() || it.target.is_some();
    html! {
        <aside class={if props.open { "inspector further" } else { "inspector" }} aria-label={w.inspector}>
            <p class="eyebrow">{ it.kind }</p>
            <h2>{ &it.title }</h2>
            <dl>
                { for it.fields.iter().map(|(name, value)| html! {
                    <div><dt>{ *name }</dt><dd>{ value }</dd></div>
                }) }
            </dl>
            <div class="actions">
                { for it.actions.iter().map(|action| deed(action, &props.send)) }
                if it.follows {
                    <button class="linked" onclick={follow}>{ props.hands.follow }</button>
                }
                if further {
                    <button class="quiet" onclick={more} aria-expanded={open(props.open)}>
                        { w.act_more }
                    </button>
                }
                <button class="quiet" onclick={close}>{ w.act_close }</button>
            </div>
            if props.open && further {
                <div class="actions further">
                    { for it.more.iter().map(|action| deed(action, &props.send)) }
                </div>
                if let Some(target) = &it.target {
                    <Faults key={it.title.clone()} words={props.hands} target={target.clone()}
                        send={props.send.clone()} />
                }
            }
            if !it.chain.is_empty() {
                <Why words={w} chain={it.chain.clone()} rooted={it.rooted} more={it.causes}
                    send={props.send.clone()} />
            }
        </aside>
    }
}

fn open(open: bool) -> &'static str {
    if open { "true" } else { "false" }
}

fn deed((word, deed): &(&'static str, Deed), send: &Callback<Command>) -> Html {
    let deed = deed.clone();
    let onclick = send.reform(move |_: MouseEvent| Command::Do(deed.clone()));
    html! { <button class="linked" {onclick}>{ *word }</button> }
}
