use super::copy::Copyable;
use super::focus::use_focus;
use super::palette::Entry;
use super::text::rich;
use crate::actions::key_told;
use crate::net::{Deed, Source};
use crate::update::{Command, Panel};
use crate::words::Words;
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub(crate) struct KeysProps {
    pub words: &'static Words,
    pub hands: &'static crate::words::hands::Words,
    /// What can be done at this moment.
    pub actions: Vec<Entry>,
    pub send: Callback<Command>,
}

/// The keys of this moment: those of the selection first.
#[component]
pub(crate) fn Keys(props: &KeysProps) -> Html {
    let (w, focus) = (props.words, use_focus());
    let close = props.send.reform(|_: MouseEvent| Command::Toggle(Panel::Keys));
    let list = |chosen: bool| {
        let entries = props.actions.iter().filter(move |entry| entry.chosen == chosen);
        entries.map(|entry| {
            html! {
                <div><dt><kbd>{ key_told(entry.key) }</kbd></dt><dd>{ &entry.name }</dd></div>
            }
        })
    };
    let chosen = props.actions.iter().any(|entry| entry.chosen);
    html! {
        <section ref={focus} class="dialog" role="dialog" aria-label={w.keys_title} tabindex="-1">
            <h2>{ props.hands.keys_moment }</h2>
            if chosen { <dl class="keys chosen">{ for list(true) }</dl> }
            <dl class="keys">{ for list(false) }</dl>
            <button class="linked" onclick={close}>{ w.act_close }</button>
        </section>
    }
}

#[derive(Properties, PartialEq)]
pub(crate) struct ConnectProps {
    pub words: &'static Words,
    /// Where lab main listens.
    pub addresses: Vec<String>,
    /// Where this lab listens, once asked.
    pub own: Vec<String>,
    /// This is lab main.
    pub is_main: bool,
    pub send: Callback<Command>,
}

/// The address for a program of the learner's own, and a command to try it.
#[component]
pub(crate) fn Connect(props: &ConnectProps) -> Html {
    let w = props.words;
    let close = props.send.reform(|_: MouseEvent| Command::Toggle(Panel::Connect));
    let main = Source::Lab("main".into());
    let visit = props.send.reform(move |_: MouseEvent| Command::Visit(main.clone()));
    let own = props.send.reform(|_: MouseEvent| Command::Do(Deed::OpenPorts));
    let addresses = if props.own.is_empty() { &props.addresses } else { &props.own };
    let hosts = addresses.join(",");
    html! {
        <section class="dialog" role="dialog" aria-label={w.connect_title}>
            <h2>{ w.connect_title }</h2>
            if addresses.is_empty() {
                <p>{ rich(w.connect_none) }</p>
            } else {
                <p>{ if props.own.is_empty() { rich(w.connect_body) } else { rich(w.connect_own_are) } }</p>
                <p class="code address">{ &hosts }</p>
                <p>{ w.connect_try }</p>
                <Copyable words={w} text={command(&hosts)} />
            }
            <div class="actions">
                if !props.is_main {
                    <button class="linked" onclick={visit}>{ w.connect_main }</button>
                    if props.own.is_empty() {
                        <button class="linked" onclick={own}>{ w.connect_own }</button>
                    }
                }
                <button class="quiet" onclick={close}>{ w.act_close }</button>
            </div>
        </section>
    }
}

/// A session that stays and writes, so that it can be seen.
fn command(hosts: &str) -> String {
    [
        "pip install kazoo\npython3 -i -c \"from kazoo.client import KazooClient; ",
        "zk = KazooClient('",
        hosts,
        "'); zk.start(); zk.ensure_path('/hello')\"",
    ]
    .concat()
}
