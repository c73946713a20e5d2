use super::icons::{Glyph, Icon};
use super::lesson::{HandInFile, lead_to, where_to};
use crate::course::Study;
use crate::handin::holds;
use crate::model::{Built, Language, Listed, Progress, TakenUp};
use crate::update::Command;
use crate::words::{course::Words, fill};
use relevo_exercises::{MODULES, Module, NotYet};
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub(crate) struct MapProps {
    pub words: &'static Words,
    pub language: Language,
    pub built: Built,
    /// What became of a hand-in.
    pub taken_up: Option<TakenUp>,
    pub send: Callback<Command>,
}

/// The modules of the course: what can be done, what was done, and what is not built yet.
#[component]
pub(crate) fn Map(props: &MapProps) -> Html {
    let w = props.words;
    html! {
        <main class="map">
            <h1>{ props.language.words().map }</h1>
            { match &props.built {
                None => html! { <p class="note" role="status">{ w.map_loading }</p> },
                Some(Err(why)) => unlisted(props, why),
                Some(Ok(built)) => listed(props, built),
            } }
            <p><a href="#">{ w.back_to_lab }</a></p>
        </main>
    }
}

fn unlisted(props: &MapProps, why: &str) -> Html {
    let again = props.send.reform(|_: MouseEvent| Command::Study(Study::List));
    html! {
        <p class="told" role="alert">
            { fill(props.words.map_failed, &[why]) }{ " " }
            <button class="linked" onclick={again}>{ props.words.retry }</button>
        </p>
    }
}

fn listed(props: &MapProps, built: &[Listed]) -> Html {
    let begin = where_to(built, Progress::load).map(|(listed, begun)| {
        let l = props.language.lessons();
        lead_to(listed, if begun { l.go_on_with } else { l.begin_here }, props.language)
    });
    html! {
        <>
            if let Some(begin) = begin { <p class="begin">{ begin }</p> }
            <p class="lead">{ props.words.map_lead }</p>
            <ol class="modules">
                { for MODULES.iter().enumerate().map(|(place, it)| drawn(props, built, place, it)) }
            </ol>
            <HandInFile language={props.language} holds={holds(built)}
                told={props.taken_up.clone()} send={props.send.clone()} />
        </>
    }
}

fn drawn(props: &MapProps, built: &[Listed], place: usize, module: &Module) -> Html {
    let w = props.words;
    let (name, line) = told(w, module.letter);
    let built: Vec<&Listed> =
        built.iter().filter(|listed| listed.id.starts_with(module.letter)).collect();
    let missing = module.missing(|id| built.iter().any(|listed| listed.id == id));
    html! {
        <li class={classes!("module", built.is_empty().then_some("unbuilt"))}>
            <h2><span class="number">{ place + 1 }</span>{ name }</h2>
            <div>
                <p>{ line }</p>
                { part(props, &built, missing.len()) }
                if !built.is_empty() {
                    <ul class="built">
                        { for built.iter().map(|listed| entry(props, listed)) }
                    </ul>
                }
                if !missing.is_empty() {
                    <p class="missing">
                        <span>{ for missing.iter().map(|id| unbuilt(props, id)) }</span>
                        <span>{ w.not_built }</span>
                    </p>
                }
            </div>
        </li>
    }
}

/// What is not built yet, by its id, and by its name where the module is begun.
fn unbuilt(props: &MapProps, id: &str) -> Html {
    let title = NotYet::title_of(id, props.language.of_course());
    html! {
        <>
            <span class="code">{ id }</span>
            { title.map_or_else(|| " ".to_owned(), |title| [" ", title, "; "].concat()) }
        </>
    }
}

/// How much of a module is there, how long it takes, and how much of it is done.
fn part(props: &MapProps, built: &[&Listed], missing: usize) -> Html {
    if built.is_empty() {
        return html! {};
    }
    let done = built.iter().filter(|listed| Progress::load(&listed.id).ever_finished()).count();
    let minutes: u32 = built.iter().map(|listed| listed.minutes).sum();
    let all = built.len() + missing;
    let numbers = [done.to_string(), built.len().to_string(), all.to_string()];
    html! {
        <p class="part">
            { fill(props.language.lessons().map_part, &[&numbers[0], &numbers[1], &numbers[2]]) }
            { " · " }{ fill(props.words.minutes, &[&minutes.to_string()]) }
        </p>
    }
}

fn entry(props: &MapProps, listed: &Listed) -> Html {
    let (w, l, progress) = (props.words, props.language.lessons(), Progress::load(&listed.id));
    let undone = |id: &&String| !Progress::load(id).ever_finished();
    let before: Vec<&str> =
        listed.prerequisites.iter().filter(undone).map(String::as_str).collect();
    html! {
        <li>
            <a href={["#exercise/", &listed.id].concat()}>
                <span class="code">{ &listed.id }</span>{ " " }
                { listed.title(props.language) }
            </a>
            <span class="note">{ fill(w.minutes, &[&listed.minutes.to_string()]) }</span>
            if !progress.ever_finished() && !before.is_empty() {
                <span class="note">{ fill(l.map_before, &[&before.join(", ")]) }</span>
            }
            if progress.finished {
                <span class="finished">
                    <Glyph icon={Icon::Check} />
                    <span>{ if listed.steps.is_empty() { l.map_answered } else { w.done } }</span>
                </span>
            } else if progress.before {
                <span class="note">{ l.map_before_done }</span>
            }
            { so_far(props, listed, &progress) }
            { first_go(props, &progress) }
        </li>
    }
}

/// How far an exercise is that is under way.
fn so_far(props: &MapProps, listed: &Listed, progress: &Progress) -> Html {
    let (so_far, all) = match listed.steps.len() {
        0 => (props.language.lessons().q_short, listed.questions),
        steps => (props.words.in_course, steps),
    };
    html! {
        if progress.passed > 0 && !progress.finished {
            <span class="note">
                { fill(so_far, &[&progress.passed.to_string(), &all.to_string()]) }
            </span>
        }
    }
}

/// How many of the questions tried were right at the first go: an answer found by trying every
/// option is answered, and no more.
fn first_go(props: &MapProps, progress: &Progress) -> Html {
    match progress.first_goes {
        Some((tried, right)) if tried > 0 => html! {
            <span class="note">
                { fill(props.language.lessons().q_first_go, &[&right.to_string(), &tried.to_string()]) }
            </span>
        },
        _ => html! {},
    }
}

fn told(w: &Words, letter: &str) -> (&'static str, &'static str) {
    match letter {
        "E" => (w.e_name, w.e_line),
        "K" => (w.k_name, w.k_line),
        "R" => (w.r_name, w.r_line),
        "Z" => (w.z_name, w.z_line),
        "A" => (w.a_name, w.a_line),
        "G" => (w.g_name, w.g_line),
        "C" => (w.c_name, w.c_line),
        "M" => (w.m_name, w.m_line),
        _ => (w.p_name, w.p_line),
    }
}
