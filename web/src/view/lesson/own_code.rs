use crate::net::Deed;
use crate::update::Command;
use crate::words::{fill, lessons};
use relevo_exercises::{Language, Page, StarterText};
use std::rc::Rc;
use web_sys::js_sys::encode_uri_component;
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub(crate) struct OwnCodeProps {
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
    let l = props.lessons;
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
                <Copied lessons={l} text={hosts.clone()} />
            }
            { for props.page.starters.iter().map(|it| drawn(it, props.language, &hosts, l)) }
        </details>
    }
}

fn drawn(
    starter: &StarterText,
    language: Language,
    hosts: &str,
    l: &'static lessons::Words,
) -> Html {
    let program = starter.text(language);
    let address = if hosts.is_empty() { l.own_address } else { hosts };
    let command = ["pip install kazoo\npython3 ", &starter.name, " ", address].concat();
    let text: String = encode_uri_component(program).into();
    let link = ["data:text/plain;charset=utf-8,", &text].concat();
    html! {
        <div class="starter">
            <p class="note">{ fill(l.own_starter, &[&starter.name]) }</p>
            <Copied lessons={l} text={program.to_owned()} />
            <a class="code" href={link} download={starter.name.clone()}>
                { fill(l.own_download, &[&starter.name]) }
            </a>
            <p class="note">{ l.own_run }</p>
            <Copied lessons={l} text={command} />
        </div>
    }
}

#[derive(Properties, PartialEq)]
struct CopiedProps {
    lessons: &'static lessons::Words,
    text: String,
}

/// Something to copy.
#[component]
fn Copied(props: &CopiedProps) -> Html {
    let copied = use_state(|| None::<String>);
    let onclick = {
        let (copied, text) = (copied.clone(), props.text.clone());
        Callback::from(move |_: MouseEvent| {
            if let Some(window) = web_sys::window() {
                let _ = window.navigator().clipboard().write_text(&text);
                copied.set(Some(text.clone()));
            }
        })
    };
    let done = copied.as_ref() == Some(&props.text);
    html! {
        <div class="copyable">
            <pre class="code" tabindex="0">{ &props.text }</pre>
            <button class="linked" {onclick}>
                { if done { props.lessons.copied } else { props.lessons.copy } }
            </button>
        </div>
    }
}
