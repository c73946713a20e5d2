use crate::words::Words;
use yew::prelude::*;

/// One step of an exercise as the column shows it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct StepView {
    pub title: AttrValue,
    pub body: AttrValue,
    /// Whether its check is green; none where it has none.
    pub passed: Option<bool>,
    /// What the check sees, passed or not.
    pub sees: AttrValue,
    pub current: bool,
}

#[derive(Properties, PartialEq)]
pub(crate) struct ExerciseProps {
    pub words: &'static Words,
    pub steps: Vec<StepView>,
}

/// The steps of an exercise, fed by data; the first minute has none.
#[component]
pub(crate) fn Exercise(props: &ExerciseProps) -> Html {
    let _ = props.words;
    html! {
        <ol class="steps">
            { for props.steps.iter().map(|step| html! {
                <li class={classes!("step", step.current.then_some("current"))}
                    aria-current={step.current.then_some("step")}>
                    <h3>{ &step.title }</h3>
                    if step.current { <p>{ super::text::rich(&step.body) }</p> }
                    if let Some(passed) = step.passed {
                        <p class={if passed { "sees passed" } else { "sees" }}>{ &step.sees }</p>
                    }
                </li>
            }) }
        </ol>
    }
}
