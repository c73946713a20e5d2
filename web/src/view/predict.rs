use super::focus::use_focus;
use super::lesson::{Prose, plain};
use crate::course::{Study, answer};
use crate::model::{Language, Progress, UNKNOWN};
use crate::update::Command;
use crate::words::fill;
use relevo_exercises::Page;
use std::rc::Rc;
use web_sys::HtmlTextAreaElement;
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub(crate) struct PredictProps {
    pub language: Language,
    pub page: Rc<Page>,
    pub marked: Option<String>,
    pub send: Callback<Command>,
}

/// What the learner commits to before time moves.
#[component]
pub(crate) fn Predict(props: &PredictProps) -> Html {
    let (c, page) = (props.language.course(), &props.page);
    let Some(predict) = &page.words(props.language.of_course()).predict else { return html! {} };
    let ids = page.exercise.choices().iter().map(|choice| choice.id.as_str());
    let commit = props.send.reform(|_: MouseEvent| Command::Study(Study::Commit));
    html! {
        <section class="foresee" aria-label={c.predict}>
            <fieldset class="predict">
                <legend>{ plain(page, props.language, &predict.question) }</legend>
                <div class="choices whole">
                    { for ids.chain([UNKNOWN]).map(|id| choice(props, id)) }
                </div>
            </fieldset>
            <button class="main" disabled={props.marked.is_none()} onclick={commit}>
                { c.commit }
            </button>
            <p class="note">{ c.nobody_scores }</p>
        </section>
    }
}

fn choice(props: &PredictProps, id: &str) -> Html {
    let mark = id.to_owned();
    let onchange = props.send.reform(move |_: Event| Command::Study(Study::Mark(mark.clone())));
    html! {
        <label class="choice">
            <input type="radio" name="foresee" checked={props.marked.as_deref() == Some(id)}
                {onchange} />
            <span>{ answer(&props.page, id, props.language) }</span>
        </label>
    }
}

#[derive(Properties, PartialEq)]
pub(crate) struct MeetsProps {
    pub language: Language,
    pub page: Rc<Page>,
    pub progress: Progress,
    pub send: Callback<Command>,
}

/// A prediction meets what contradicts it: the misconception, the truth, and another explanation.
#[component]
pub(crate) fn Meets(props: &MeetsProps) -> Html {
    let (c, progress) = (props.language.course(), &props.progress);
    let said = progress.predicted.as_deref().unwrap_or_default();
    let predict = props.page.words(props.language.of_course()).predict.as_ref();
    let misconception = predict
        .and_then(|predict| predict.choices.get(said))
        .and_then(|it| it.misconception.as_ref());
    let section = use_focus();
    let oninput = props.send.reform(|event: InputEvent| {
        let text = event.target_dyn_into::<HtmlTextAreaElement>().map(|area| area.value());
        Command::Study(Study::Explain(text.unwrap_or_default()))
    });
    let on = props.send.reform(|_: MouseEvent| Command::Study(Study::GoOn));
    let later = on.clone();
    let written = !progress.explanation.trim().is_empty();
    html! {
        <section class="told meets" ref={section} tabindex="-1" aria-label={c.contradicted}>
            <h2>{ c.contradicted }</h2>
            <p class="note">{ fill(c.you_said, &[&answer(&props.page, said, props.language)]) }</p>
            if let Some(misconception) = misconception {
                <p>{ prose(props, misconception) }</p>
            }
            if let Some(predict) = predict { <p>{ prose(props, &predict.truth) }</p> }
            <label class="explain">
                <strong>{ c.explain }</strong>
                <textarea rows="4" aria-label={c.explain_label}
                    value={progress.explanation.clone()} {oninput} />
            </label>
            <div class="buttons">
                <button class="main" disabled={!written} onclick={on}>{ c.go_on }</button>
                if !written {
                    <button class="linked" onclick={later}>{ c.later }</button>
                }
            </div>
        </section>
    }
}

fn prose(props: &MeetsProps, text: &str) -> Html {
    html! {
        <Prose language={props.language} page={props.page.clone()} text={text.to_owned()} />
    }
}
