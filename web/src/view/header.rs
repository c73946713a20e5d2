use super::icons::{Glyph, Icon};
use crate::model::Language;
use crate::update::{Command, Panel};
use crate::words::Words;
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub(crate) struct HeaderProps {
    pub words: &'static Words,
    pub language: Language,
    /// The map is what is shown.
    pub map: bool,
    pub send: Callback<Command>,
}

/// The name of the page and what concerns the page itself.
#[component]
pub(crate) fn Header(props: &HeaderProps) -> Html {
    let w = props.words;
    let send = |make: fn() -> Command| props.send.reform(move |_: MouseEvent| make());
    let language = |language: Language, name: &'static str, whole: &'static str| {
        let chosen = props.language == language;
        let onclick = props.send.reform(move |_: MouseEvent| Command::Language(language));
        html! {
            <button class="quiet code" {onclick} lang={language.tag()} aria-label={whole}
                aria-pressed={if chosen { "true" } else { "false" }}>{ name }</button>
        }
    };
    html! {
        <header class="header">
            <p class="brand"><a href="#">{ w.brand }</a></p>
            <nav class="tools">
                <a href="#map" aria-label={w.map} aria-current={props.map.then_some("page")}>
                    <span class="wide-only">{ w.map }</span>
                    <span class="narrow-only">{ w.map_short }</span>
                </a>
                <button class="quiet" onclick={send(|| Command::Toggle(Panel::Connect))}
                    aria-label={w.connect}>
                    <span class="wide-only">{ w.connect }</span>
                    <span class="narrow-only">{ w.connect_short }</span>
                </button>
                <span class="pair" role="group" aria-label={w.language}>
                    { language(Language::Spanish, "ES", "Español") }
                    { language(Language::English, "EN", "English") }
                </span>
                <button class="quiet round" onclick={send(|| Command::NextTheme)}
                    aria-label={w.theme} title={w.theme}><Glyph icon={Icon::Theme} /></button>
                <button class="quiet round" onclick={send(|| Command::Toggle(Panel::Keys))}
                    aria-label={w.keys} title={w.keys}>{ "?" }</button>
            </nav>
        </header>
    }
}
