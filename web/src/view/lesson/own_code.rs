use crate::net::Deed;
use crate::update::Command;
use crate::view::copy::Copyable;
use crate::words::{Words, fill, lessons};
use relevo_exercises::{Language, Page, StarterText};
use std::rc::Rc;
use web_sys::js_sys::encode_uri_component;
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub(crate) struct OwnCodeProps {
    pub words: &'static Words,
    /// In which a program's comments are read.
    pub language: Language,
    pub lessons: &'static lessons::Words,
    pub page: Rc<Page>,
    /// Where this lab listens, once asked.
    pub addresses: Vec<String>,
    pub send: Callback<Command>,
}

/// The step with a program of the learner's own: where the lab listens, a program to begin from,
/// and the command that runs it. The same check judges it.
#[component]
pub(crate) fn OwnCode(props: &OwnCodeProps) -> Html {
    let (w, l) = (props.words, props.lessons);
    let open = props.send.reform(|_: MouseEvent| Command::Do(Deed::OpenPorts));
    let hosts = props.addresses.join(",");
    html! {
        <details class="own-code">
            <summary>{ l.own_code }</summary>
            <p>{ l.own_body }</p>
            if props.addresses.is_empty() {
                <button class="linked" onclick={open}>{ l.own_open }</button>
            } else {
                <p class="note">{ l.own_at }</p>
                <Copyable words={w} text={hosts.clone()} />
            }
            { for props.page.starters.iter().map(|it| drawn(it, props, &hosts)) }
        </details>
    }
}

fn drawn(starter: &StarterText, props: &OwnCodeProps, hosts: &str) -> Html {
    let (w, l) = (props.words, props.lessons);
    let program = starter.text(props.language);
    let address = if hosts.is_empty() { l.own_address } else { hosts };
    let command = ["pip install kazoo\npython3 ", &starter.name, " ", address].concat();
    let text: String = encode_uri_component(program).into();
    let link = ["data:text/plain;charset=utf-8,", &text].concat();
    html! {
        <div class="starter">
            <p class="note">{ fill(l.own_starter, &[&starter.name]) }</p>
            <Copyable words={w} text={program.to_owned()} />
            <a class="code" href={link} download={starter.name.clone()}>
                { fill(l.own_download, &[&starter.name]) }
            </a>
            <p class="note">{ l.own_run }</p>
            <Copyable words={w} text={command} />
        </div>
    }
}
