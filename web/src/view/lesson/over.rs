use crate::course::Study;
use crate::model::Language;
use crate::update::Command;
use crate::view::focus::use_focus;
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub(crate) struct OverProps {
    pub language: Language,
    /// It is being asked whether to.
    pub asked: bool,
    pub send: Callback<Command>,
}

/// Doing an exercise again: what would be lost is said before it is.
#[component]
pub(crate) fn Over(props: &OverProps) -> Html {
    let c = props.language.course();
    let study =
        |make: fn() -> Study| props.send.reform(move |_: MouseEvent| Command::Study(make()));
    let asked = props.asked;
    let ask = props.send.reform(move |_: MouseEvent| Command::Study(Study::AskOver(!asked)));
    html! {
        <>
            <button class="linked" onclick={ask} aria-expanded={if asked { "true" } else { "false" }}>
                { c.start_over }
            </button>
            if asked {
                <Asked language={props.language} yes={study(|| Study::StartOver)}
                    no={study(|| Study::AskOver(false))} />
            }
        </>
    }
}

#[derive(Properties, PartialEq)]
struct AskedProps {
    language: Language,
    yes: Callback<MouseEvent>,
    no: Callback<MouseEvent>,
}

#[component]
fn Asked(props: &AskedProps) -> Html {
    let (c, l) = (props.language.course(), props.language.lessons());
    let section = use_focus();
    html! {
        <section class="over" ref={section} tabindex="-1" role="group" aria-label={c.start_over}>
            <p>{ l.over_lost }</p>
            <div class="buttons">
                <button class="main" onclick={props.yes.clone()}>{ l.over_yes }</button>
                <button class="linked" onclick={props.no.clone()}>{ l.over_no }</button>
            </div>
        </section>
    }
}
