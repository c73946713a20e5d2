use super::icons::{Glyph, Icon};
use super::lesson::{Over, OwnCode, Prose, Questions, plain};
use super::predict::{Meets, Predict};
use crate::course::Study;
use crate::hands::Hand;
use crate::model::{Language, Opening, Progress};
use crate::update::{Command, Panel};
use crate::words::{Words, fill};
use relevo_exercises::{HINTS, Page, Step, StepWords};
use std::rc::Rc;
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub(crate) struct ExerciseProps {
    pub words: &'static Words,
    pub language: Language,
    pub opening: Opening,
    pub page: Option<Rc<Page>>,
    pub progress: Progress,
    pub marked: Option<String>,
    /// What the current step's check sees.
    pub sees: Option<String>,
    /// The current step can no longer be completed.
    pub stuck: bool,
    /// The step is about a partition, and the network is whole.
    pub splits: bool,
    /// "Show me" plays the current step.
    pub showing: bool,
    pub looking_back: bool,
    pub said: String,
    /// On a narrow page: the sheet covers most of it.
    pub open: bool,
    /// Why "show me" could not go on.
    pub stalled: Option<String>,
    /// Where this lab listens, once asked.
    pub addresses: Vec<String>,
    /// Whether to start over is being asked.
    pub over: bool,
    /// Which beginning this is: each has a column of its own.
    pub visit: u32,
    /// The way on, once it is done.
    pub next: Html,
    pub send: Callback<Command>,
}

/// An exercise in the column: what it is about, the prediction, the steps one after another.
#[component]
pub(crate) fn Exercise(props: &ExerciseProps) -> Html {
    let w = props.words;
    let turn = props.send.reform(|_: MouseEvent| Command::Toggle(Panel::Column));
    // Not its title alone: a figure may be called the same.
    let title = props.page.as_ref().map(|page| {
        let title = &page.words(props.language.of_course()).title;
        [&page.exercise.id, " · ", title].concat()
    });
    let title = title.unwrap_or_else(|| props.language.course().loading.into());
    html! {
        <section key={props.visit} class="column exercise" aria-label={title}>
            <button class="quiet small sheet-handle narrow-only" onclick={turn}
                aria-expanded={if props.open { "true" } else { "false" }}>
                { if props.open { w.column_close } else { w.column_open } }
            </button>
            if let Some(page) = &props.page { { opened(props, page) } }
            { opening(props) }
            <p class="hidden" role="status" aria-live="polite">{ &props.said }</p>
        </section>
    }
}

fn opening(props: &ExerciseProps) -> Html {
    let c = props.language.course();
    match &props.opening {
        Opening::Waiting => html! { <p class="note">{ c.loading }</p> },
        Opening::Failed(why) => {
            let again = study(props, || Study::Retry);
            html! {
                <p class="told" role="alert">
                    { fill(c.failed, &[why]) }{ " " }
                    <button class="linked" onclick={again}>{ c.retry }</button>
                </p>
            }
        }
        Opening::Closed | Opening::Open => html! {},
    }
}

fn study(props: &ExerciseProps, make: fn() -> Study) -> Callback<MouseEvent> {
    props.send.reform(move |_: MouseEvent| Command::Study(make()))
}

fn opened(props: &ExerciseProps, page: &Rc<Page>) -> Html {
    let (c, progress) = (props.language.course(), &props.progress);
    let words = page.words(props.language.of_course());
    let minutes = fill(c.minutes, &[&page.exercise.minutes.to_string()]);
    let predicted = progress.predicted.is_some();
    let open = progress.contradicted && !progress.explained;
    html! {
        <>
            <p class="eyebrow">
                <a href="#map">{ props.language.words().map }</a>{ [" · ", &page.exercise.id, " · ", &minutes].concat() }
            </p>
            <h1>{ &words.title }</h1>
            if page.exam { <p class="note exam">{ props.language.lessons().exam }</p> }
            if predicted {
                <details class="brief">
                    <summary>{ c.brief }</summary>
                    <p>{ prose(props, page, &words.brief) }</p>
                </details>
            } else {
                <p class="brief">{ prose(props, page, &words.brief) }</p>
                <Predict language={props.language} page={page.clone()}
                    marked={props.marked.clone()} send={props.send.clone()} />
            }
            if open {
                <Meets language={props.language} page={page.clone()}
                    progress={progress.clone()} send={props.send.clone()} />
            }
            if !open { { past(props) } }
            <h2 class="hidden">{ c.steps }</h2>
            <ol class="steps">
                { for page.exercise.steps.iter().enumerate().filter_map(|(place, it)| {
                    let words = words.steps.get(&it.id)?;
                    Some(step(props, page, place, words, open))
                }) }
            </ol>
            if predicted && !open { { outcome(props, page) } }
            if progress.finished { { finished(props, page) } }
            if predicted && !page.exercise.questions.is_empty() {
                <h2 class="theory">{ props.language.lessons().theory }</h2>
                <Questions language={props.language} page={page.clone()}
                    progress={progress.clone()} exam={page.exam} send={props.send.clone()} />
            }
        </>
    }
}

/// While the past is looked at, the way back.
fn past(props: &ExerciseProps) -> Html {
    let w = props.words;
    let now = props.send.reform(|_: MouseEvent| Command::Now);
    let fork = props.send.reform(|_: MouseEvent| Command::Fork);
    html! {
        if props.looking_back {
            <div class="told">
                <p><strong>{ w.past_head }</strong></p>
                <div class="buttons">
                    <button class="main" onclick={now}>{ w.to_now }</button>
                    <button class="linked" onclick={fork}>{ w.fork }</button>
                </div>
            </div>
        }
    }
}

fn step(
    props: &ExerciseProps,
    page: &Rc<Page>,
    place: usize,
    words: &StepWords,
    interrupted: bool,
) -> Html {
    let (c, progress) = (props.language.course(), &props.progress);
    let (passed, begun) = (place < progress.passed, progress.predicted.is_some());
    let current = place == progress.passed && begun;
    let it = &page.exercise.steps[place];
    html! {
        <li key={it.id.clone()} aria-current={current.then_some("step")}
            class={classes!("step", passed.then_some("passed"), current.then_some("current"))}>
            <h3>
                <span class="number">
                    if passed { <Glyph icon={Icon::Check} /> } else { { place + 1 } }
                </span>
                <span>{ plain(page, props.language, &words.goal) }</span>
                if passed { <span class="word">{ c.step_done }</span> }
            </h3>
            if passed { <p class="seen">{ prose(props, page, &words.seen) }</p> }
            if current && !interrupted { { working(props, page, it, words) } }
        </li>
    }
}

/// The step the learner is at: what to do, what the check sees, and what helps.
fn working(props: &ExerciseProps, page: &Rc<Page>, it: &Step, words: &StepWords) -> Html {
    let c = props.language.course();
    let read = props.progress.hints.get(&it.id).copied().unwrap_or_default();
    html! {
        <>
            <p class="todo">{ prose(props, page, &words.text) }</p>
            if let Some(sees) = &props.sees {
                <p class={classes!("sees", props.stuck.then_some("stuck"))}><span class="hidden">{ c.sees }{ " " }</span>{ sees }</p>
            }
            if read > 0 {
                <ol class="hints" aria-label={c.hints}>
                    { for words.hints.iter().take(read).enumerate().map(|(place, hint)| html! {
                        <li>
                            <span class="eyebrow">
                                { fill(c.hint_of, &[&(place + 1).to_string(), &HINTS.to_string()]) }
                            </span>
                            <p>{ prose(props, page, hint) }</p>
                        </li>
                    }) }
                </ol>
            }
            if it.own_code {
                <OwnCode words={props.words} language={props.language.of_course()}
                    lessons={props.language.lessons()} page={page.clone()}
                    addresses={props.addresses.clone()} send={props.send.clone()} />
            }
            { helps(props, page, read, words.hints.len()) }
        </>
    }
}

/// Hints, "show me" and the way back to where the step begins.
fn helps(props: &ExerciseProps, page: &Page, read: usize, hints: usize) -> Html {
    let (c, l) = (props.language.course(), props.language.lessons());
    let offered = props.stuck || props.stalled.is_some();
    let split = props.send.reform(|_: MouseEvent| Command::Hands(Hand::Split));
    html! {
        <>
            if props.showing { <p class="note plays" role="status">{ c.showing }</p> }
            if let Some(why) = &props.stalled {
                <p class="note stalled" role="alert">{ fill(l.stalled, &[why]) }</p>
            }
            if props.stuck { <p class="note">{ c.back_offer }</p> }
            <div class="helps">
                if props.splits {
                    <button class="linked" onclick={split}>{ l.split }</button>
                }
                if read < hints {
                    <button class="linked" onclick={study(props, || Study::Hint)}>
                        { c.hint_next }
                    </button>
                }
                if !page.exam {
                    <button class="linked" disabled={props.showing}
                        onclick={study(props, || Study::ShowMe)}>{ c.show }</button>
                }
                <button class={if offered { "main" } else { "linked" }}
                    onclick={study(props, || Study::Back)}>
                    { if props.showing { l.way_out } else { c.back_to_start } }
                </button>
            </div>
        </>
    }
}

/// A text of the exercise, with its terms.
fn prose(props: &ExerciseProps, page: &Rc<Page>, text: &str) -> Html {
    html! { <Prose language={props.language} page={page.clone()} text={text.to_owned()} /> }
}

/// What became of the prediction, once the step that tests it is passed.
fn outcome(props: &ExerciseProps, page: &Rc<Page>) -> Html {
    let (c, progress) = (props.language.course(), &props.progress);
    let words = page.words(props.language.of_course());
    let said = progress.predicted.as_deref().unwrap_or_default();
    let told = crate::course::answer(page, said, props.language);
    let known = progress.tested(&page.exercise) || progress.contradicted;
    let head = match said {
        crate::model::UNKNOWN => c.seen_now,
        _ if progress.wrong(&page.exercise) => c.was_wrong,
        _ => c.foreseen,
    };
    let Some(predict) = &words.predict else { return html! {} };
    let misconception = predict.choices.get(said).and_then(|it| it.misconception.as_ref());
    html! {
        <section class="outcome" aria-label={c.committed}>
            <p class="eyebrow">{ c.committed }</p>
            <p>{ told }</p>
            if known {
                <p><strong>{ head }{ "." }</strong>{ " " }
                    if let Some(misconception) = misconception {
                        { prose(props, page, misconception) }
                    }
                </p>
                <p>{ prose(props, page, &predict.truth) }</p>
            }
            if !progress.explanation.trim().is_empty() {
                <p class="eyebrow">{ c.your_words }</p>
                <p class="own">{ &progress.explanation }</p>
            }
        </section>
    }
}

fn finished(props: &ExerciseProps, page: &Rc<Page>) -> Html {
    let c = props.language.course();
    let words = page.words(props.language.of_course());
    let steps = page.exercise.steps.len().to_string();
    html! {
        <section class="told nuance" aria-label={c.nuance}>
            <p class="eyebrow">{ c.nuance }</p>
            <p>{ prose(props, page, &words.nuance) }</p>
            <p><strong>{ c.finished }{ "." }</strong>{ " " }{ fill(c.finished_body, &[&steps]) }</p>
            <div class="buttons">
                { props.next.clone() }
                <a class="linked" href="#map">{ props.language.words().map }</a>
                <Over language={props.language} asked={props.over} send={props.send.clone()} />
            </div>
        </section>
    }
}
