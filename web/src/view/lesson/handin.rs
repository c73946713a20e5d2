use crate::course::Study;
use crate::handin::NAME;
use crate::model::{Language, TakenUp, keep, kept};
use crate::update::Command;
use crate::words::{fill, lessons};
use relevo_exercises::{HandInError, Holds};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::HtmlInputElement;
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub(crate) struct HandInProps {
    pub language: Language,
    /// How much there is to hand in.
    pub holds: Holds,
    /// What became of a file that was to be written or read.
    pub told: Option<TakenUp>,
    pub send: Callback<Command>,
}

/// The learner's work as a file, out and in.
#[component]
pub(crate) fn HandInFile(props: &HandInProps) -> Html {
    let l = props.language.lessons();
    let out = props.send.reform(|_: MouseEvent| Command::Study(Study::HandIn));
    let send = props.send.clone();
    let take = Callback::from(move |event: Event| {
        let Some(input) = event.target_dyn_into::<HtmlInputElement>() else { return };
        let Some(file) = input.files().and_then(|files| files.get(0)) else { return };
        let send = send.clone();
        spawn_local(async move {
            let text = JsFuture::from(file.text()).await.ok().and_then(|text| text.as_string());
            // So that the same file, mended, can be chosen again.
            input.set_value("");
            send.emit(Command::Study(Study::TakeUp(text)));
        });
    });
    let begun = props.holds != Holds::default();
    let name = use_state(|| kept(NAME).unwrap_or_default());
    let named = {
        let name = name.clone();
        Callback::from(move |event: InputEvent| {
            let input = event.target_dyn_into::<HtmlInputElement>();
            let value = input.map(|input| input.value()).unwrap_or_default();
            keep(NAME, &value);
            name.set(value);
        })
    };
    html! {
        <section class="hand-in" aria-label={l.hand_in}>
            <h2>{ l.hand_in }</h2>
            <p>{ l.hand_lead }</p>
            <p class="holds">
                if begun {
                    { fill(l.hand_holds, &[&props.holds.say(props.language.of_course())]) }
                } else {
                    { l.hand_nothing }
                }
            </p>
            <label class="name">
                <span>{ l.hand_name }</span>
                <input type="text" autocomplete="name" maxlength="80" value={(*name).clone()}
                    oninput={named} />
            </label>
            <div class="buttons">
                <button class="linked" disabled={!begun} onclick={out}>{ l.hand_out }</button>
                <label class="file">
                    <input type="file" accept=".md,text/markdown" onchange={take} />
                    <span>{ l.hand_take }</span>
                </label>
            </div>
            if let Some(it) = &props.told { <p class="note" role="status">{ told(it, l) }</p> }
        </section>
    }
}

fn told(it: &TakenUp, l: &lessons::Words) -> String {
    match it {
        TakenUp::Exercises(ids) => fill(l.hand_taken, &[&ids.join(", ")]),
        TakenUp::Not(HandInError::Empty) => l.hand_empty.to_owned(),
        TakenUp::Not(HandInError::Broken(number)) => fill(l.hand_broken, &[&number.to_string()]),
        TakenUp::Unread => l.hand_unread.to_owned(),
        TakenUp::Unwritten => l.hand_unwritten.to_owned(),
    }
}
