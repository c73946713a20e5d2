use super::super::icons::{Glyph, Icon};
use super::prose::{Prose, plain};
use crate::course::Study;
use crate::model::{Language, Progress};
use crate::update::Command;
use crate::words::fill;
use relevo_exercises::{Page, Question, QuestionAnswer, QuestionWords};
use std::rc::Rc;
use web_sys::HtmlTextAreaElement;
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub(crate) struct QuestionsProps {
    pub language: Language,
    pub page: Rc<Page>,
    pub progress: Progress,
    pub exam: bool,
    pub send: Callback<Command>,
}

/// Questions of theory: each option has its own answer, and a model answer opens after one's own.
#[component]
pub(crate) fn Questions(props: &QuestionsProps) -> Html {
    let words = props.page.words(props.language.of_course());
    html! {
        <ol class="questions">
            { for props.page.exercise.questions.iter().enumerate().filter_map(|(place, it)| {
                let words = words.questions.get(&it.id)?;
                Some(asked(props, place, it, words))
            }) }
        </ol>
    }
}

fn asked(props: &QuestionsProps, place: usize, it: &Question, words: &QuestionWords) -> Html {
    let l = props.language.lessons();
    let answer = props.progress.answers.get(&it.id).cloned().unwrap_or_default();
    let done = answer.done(it, props.exam);
    html! {
        <li key={it.id.clone()} class={classes!("question", done.then_some("done"))}>
            <h2>
                <span class="number">{ place + 1 }</span>
                <span>{ prose(props, &words.text) }</span>
                if done {
                    <span class="word"><Glyph icon={Icon::Check} />{ l.q_done }</span>
                }
            </h2>
            if !it.options.is_empty() { { options(props, it, words, &answer) } }
            if it.open { { open(props, it, words, &answer) } }
        </li>
    }
}

fn options(
    props: &QuestionsProps,
    it: &Question,
    words: &QuestionWords,
    answer: &QuestionAnswer,
) -> Html {
    let l = props.language.lessons();
    let several = it.options.iter().filter(|option| option.right).count() > 1;
    let option = |option: &relevo_exercises::QuestionOption| {
        let words = words.options.get(&option.id)?;
        let chosen = answer.chosen.contains(&option.id);
        let (question, id) = (it.id.clone(), option.id.clone());
        let onclick = props.send.reform(move |_: MouseEvent| {
            Command::Study(Study::Choose(question.clone(), id.clone()))
        });
        let verdict = if option.right { l.q_right } else { l.q_wrong };
        let class = if option.right { "right" } else { "mistaken" };
        Some(html! {
            <li class={classes!("option", chosen.then_some(class))}>
                <button {onclick} aria-pressed={if chosen { "true" } else { "false" }}>
                    <span class="box" aria-hidden="true">
                        if chosen { { if option.right { "✓" } else { "×" } } }
                    </span>
                    <span>{ plain(&props.page, props.language, &words.text) }</span>
                </button>
                if chosen {
                    <p class="feedback" role="status">
                        <strong>{ verdict }</strong>{ " " }{ prose(props, &words.feedback) }
                    </p>
                }
            </li>
        })
    };
    html! {
        <>
            <p class="note">{ if several { l.q_several } else { l.q_one } }</p>
            <ul class="options">{ for it.options.iter().filter_map(option) }</ul>
        </>
    }
}

fn open(
    props: &QuestionsProps,
    it: &Question,
    words: &QuestionWords,
    answer: &QuestionAnswer,
) -> Html {
    let l = props.language.lessons();
    let id = it.id.clone();
    let oninput = props.send.reform(move |event: InputEvent| {
        let area = event.target_dyn_into::<HtmlTextAreaElement>();
        let text = area.map(|area| area.value()).unwrap_or_default();
        Command::Study(Study::Write(id.clone(), text))
    });
    let id = it.id.clone();
    let show = props.send.reform(move |_: MouseEvent| Command::Study(Study::OpenModel(id.clone())));
    let written = !answer.text.trim().is_empty();
    html! {
        <>
            <textarea rows="5" aria-label={l.q_own} value={answer.text.clone()} {oninput} />
            if props.exam {
                <p class="note">{ l.q_exam }</p>
            } else if answer.opened {
                { model(props, it, words, answer) }
            } else {
                <p class="buttons">
                    <button class="linked" disabled={!written} onclick={show}>{ l.q_model }</button>
                    <span class="note">{ if written { l.q_saved } else { l.q_first } }</span>
                </p>
            }
        </>
    }
}

/// The model answer, and what a good one has: the learner marks what their own has.
fn model(
    props: &QuestionsProps,
    it: &Question,
    words: &QuestionWords,
    answer: &QuestionAnswer,
) -> Html {
    let l = props.language.lessons();
    let point = |(place, text): (usize, &String)| {
        let id = it.id.clone();
        let onchange =
            props.send.reform(move |_: Event| Command::Study(Study::Tick(id.clone(), place)));
        html! {
            <li>
                <label>
                    <input type="checkbox" checked={answer.ticked.contains(&place)} {onchange} />
                    <span>{ plain(&props.page, props.language, text) }</span>
                </label>
            </li>
        }
    };
    let counted = [answer.ticked.len().to_string(), words.rubric.len().to_string()];
    html! {
        <div class="model">
            <p class="eyebrow">{ l.q_model_is }</p>
            if let Some(model) = &words.model { <p>{ prose(props, model) }</p> }
            if !words.rubric.is_empty() {
                <p class="eyebrow">{ l.q_rubric }</p>
                <ul class="rubric">{ for words.rubric.iter().enumerate().map(point) }</ul>
                <p class="note">{ fill(l.q_points, &[&counted[0], &counted[1]]) }</p>
            }
        </div>
    }
}

fn prose(props: &QuestionsProps, text: &str) -> Html {
    html! {
        <Prose language={props.language} page={props.page.clone()} text={text.to_owned()} />
    }
}

#[derive(Properties, PartialEq)]
pub(crate) struct QuestionSetProps {
    pub language: Language,
    pub page: Rc<Page>,
    pub progress: Progress,
    pub exam: bool,
    /// The way on, once all are answered.
    pub next: Html,
    pub send: Callback<Command>,
}

/// A set of questions: a page of its own, without a lab.
#[component]
pub(crate) fn QuestionSet(props: &QuestionSetProps) -> Html {
    let (c, l) = (props.language.course(), props.language.lessons());
    let page = &props.page;
    let words = page.words(props.language.of_course());
    let minutes = fill(c.minutes, &[&page.exercise.minutes.to_string()]);
    let all = page.exercise.questions.len();
    let done = page.exercise.answered(&props.progress.answers, props.exam);
    let first = props.progress.first_goes.filter(|(tried, _)| *tried > 0).map(|(tried, right)| {
        [" · ", &fill(l.q_first_go, &[&right.to_string(), &tried.to_string()])].concat()
    });
    html! {
        <main class="map question-set">
            <p class="eyebrow">
                <a href="#map">{ props.language.words().map }</a>{ [" · ", &page.exercise.id, " · ", &minutes].concat() }
            </p>
            <h1>{ &words.title }</h1>
            <p class="lead">
                <Prose language={props.language} page={page.clone()} text={words.brief.clone()} />
            </p>
            <Questions language={props.language} page={page.clone()}
                progress={props.progress.clone()} exam={props.exam} send={props.send.clone()} />
            <p class="tally" role="status">
                { fill(l.q_tally, &[&done.to_string(), &all.to_string()]) }{ first }
            </p>
            <p class="buttons">
                if done == all { { props.next.clone() } }
                <a href="#map">{ props.language.words().map }</a>
            </p>
        </main>
    }
}
