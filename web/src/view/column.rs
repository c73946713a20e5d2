use super::text::{rich, seconds};
use crate::model::{Answer, Back, Stage, Story};
use crate::update::{Command, Panel};
use crate::words::{Words, fill};
use relevo_coordination::SyncMode;
use relevo_core::Instant;
use std::sync::Arc;
use yew::prelude::*;

/// What the column needs to know beside the story.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Facts {
    /// The leader, by name.
    pub leader: Option<Arc<str>>,
    pub servers: usize,
    pub has_counter: bool,
    /// How far each running server's log reaches: its name, its last label.
    pub reach: Vec<(Arc<str>, Arc<str>)>,
    /// Running servers that have the number waited for on disk.
    pub holders: Vec<Arc<str>>,
    /// The instant looked back on.
    pub cursor: Option<Instant>,
    pub looked_back: bool,
    pub forked: Option<Instant>,
    /// The lab it was forked from still exists under this name.
    pub origin: Option<Arc<str>>,
}

#[derive(Properties, PartialEq)]
pub(crate) struct ColumnProps {
    pub words: &'static Words,
    pub hands: &'static crate::words::hands::Words,
    pub story: Story,
    pub facts: Facts,
    pub comma: bool,
    pub send: Callback<Command>,
}

/// The words beside the figure: what is at stake, the question, and what just happened.
#[component]
pub(crate) fn Column(props: &ColumnProps) -> Html {
    let (w, story, facts) = (props.words, &props.story, &props.facts);
    let title = match facts.servers {
        0 | 3 => w.title.to_owned(),
        count => fill(w.title_n, &[&count.to_string()]),
    };
    // What was at stake is told by then, and the answer given is spoken of.
    let over = story.stage == Stage::Resumed && story.answer.is_some();
    // What is told of now would stand beside a figure of then.
    let now = facts.cursor.is_none();
    // Whoever is asked must know what of, on the smallest screen, too.
    let stake = (story.stage == Stage::Watching).then_some("stake");
    html! {
        <article class="column" role="region" aria-label={w.eyebrow}>
            <p class="eyebrow">{ w.eyebrow }</p>
            <h1>{ title }</h1>
            if !over && now {
                <p class={classes!("lead", stake)}>{ rich(&lead(story, facts, w)) }</p>
            }
            if facts.has_counter && !over {
                <Predict words={w} answer={story.answer} send={props.send.clone()} />
            }
            <div class="aside-place">{ aside(props) }</div>
            { buttons(props) }
        </article>
    }
}

fn lead(story: &Story, facts: &Facts, w: &Words) -> String {
    match (story.stage, &facts.leader) {
        _ if !facts.has_counter && facts.servers > 0 => w.lead_main.to_owned(),
        (Stage::Watching, Some(leader)) => fill(w.lead, &[leader]),
        (Stage::Watching, None) => w.lead_none.to_owned(),
        (Stage::Led, _) => fill(w.lead_led, &[&story.stopped, &story.leader]),
        (Stage::Resumed, _) => fill(w.lead_resumed, &[&story.stopped, &story.leader]),
        _ => fill(w.lead_stopped, &[&story.stopped]),
    }
}

#[derive(Properties, PartialEq)]
struct PredictProps {
    words: &'static Words,
    answer: Option<Answer>,
    send: Callback<Command>,
}

#[component]
fn Predict(props: &PredictProps) -> Html {
    let w = props.words;
    let choice = |answer: Answer, word: &'static str| {
        let onchange = props.send.reform(move |_: Event| Command::Answer(answer));
        html! {
            <label class="choice">
                <input type="radio" name="prediction" checked={props.answer == Some(answer)}
                    {onchange} />
                <span>{ word }</span>
            </label>
        }
    };
    html! {
        <fieldset class="predict">
            <legend>{ w.question }</legend>
            <div class="choices">
                { choice(Answer::Yes, w.yes) }
                { choice(Answer::No, w.no) }
                { choice(Answer::Unknown, w.unknown) }
            </div>
        </fieldset>
    }
}

/// What just happened, and what the answer given had overlooked.
fn aside(props: &ColumnProps) -> Html {
    let (w, story, facts) = (props.words, &props.story, &props.facts);
    if let Some(cursor) = facts.cursor {
        let when = seconds(cursor.0 as f64, 3, props.comma);
        return told(w.past_head.into(), vec![fill(w.past_body, &[&when])]);
    }
    if let Some(back) = &story.back
        && matches!(story.stage, Stage::Watching | Stage::Resumed)
    {
        return returning(back, props.hands);
    }
    match story.stage {
        Stage::Watching => match facts.forked {
            Some(at) => told(fill(w.forked, &[&seconds(at.0 as f64, 3, props.comma)]), Vec::new()),
            None => html! {},
        },
        Stage::Stopped => {
            told(w.stopped_head.into(), vec![fill(w.stopped_body, &[&story.stopped])])
        }
        Stage::Electing => electing(story, facts, w),
        Stage::Led => {
            let head = fill(w.led_head, &[&story.leader, &story.epoch.to_string()]);
            told(head, vec![w.led_body.into()])
        }
        Stage::Resumed => resumed(story, facts, w),
    }
}

fn electing(story: &Story, facts: &Facts, w: &Words) -> Html {
    let reach: Vec<String> =
        facts.reach.iter().map(|(name, label)| fill(w.reaches, &[name, label])).collect();
    let mut first = w.electing_body.to_owned();
    if !reach.is_empty() {
        first = [&first, " ", &reach.join("; "), "."].concat();
    }
    let mut paragraphs = vec![first];
    if let Some(pending) = story.pending {
        let pending = pending.to_string();
        paragraphs.push(match &*facts.holders {
            [] => fill(w.pending_none, &[&pending]),
            [one] => fill(w.pending_some, &[&pending, one]),
            more => fill(w.pending_more, &[&pending, &listed(more, w)]),
        });
    }
    told(fill(w.electing_head, &[&story.round.to_string()]), paragraphs)
}

/// Names as a sentence lists them.
fn listed(names: &[Arc<str>], w: &Words) -> String {
    match names.split_last() {
        Some((last, before)) if !before.is_empty() => [&before.join(", "), w.and, &**last].concat(),
        _ => names.concat(),
    }
}

/// A server that was started again: how it finds its way back.
fn returning(back: &Back, w: &crate::words::hands::Words) -> Html {
    let mut told_of = vec![match &back.from {
        None => w.back_starting.to_owned(),
        Some((from, SyncMode::Diff)) => fill(w.back_diff, &[from]),
        Some((from, SyncMode::Trunc)) => fill(w.back_trunc, &[from]),
        Some((from, SyncMode::Snap)) => fill(w.back_snap, &[from]),
    }];
    if back.serves {
        told_of.push(w.back_done.to_owned());
    }
    told(fill(w.back_head, &[&back.name]), told_of)
}

fn resumed(story: &Story, facts: &Facts, w: &Words) -> Html {
    let number = story.resumed.unwrap_or_default().to_string();
    let overlooked = match story.answer {
        Some(Answer::Yes) => Some(w.overlooked_yes),
        Some(Answer::No) => Some(w.overlooked_no),
        Some(Answer::Unknown) => Some(w.overlooked_unknown),
        None => None,
    };
    html! {
        <div class="told" aria-live="off">
            <p><strong>{ fill(w.resumed_head, &[&number]) }</strong></p>
            <p><em>{ w.why_head }{ "." }</em>{ " " }{ w.why_body }</p>
            if let Some(overlooked) = overlooked { <p>{ overlooked }</p> }
            if !facts.looked_back { <p class="invite">{ w.invite_back }</p> }
        </div>
    }
}

fn told(head: String, paragraphs: Vec<String>) -> Html {
    html! {
        <div class="told">
            { for paragraphs.iter().enumerate().map(|(index, paragraph)| html! {
                <p>
                    if index == 0 { <strong>{ rich(&head) }</strong>{ " " } }
                    { rich(paragraph) }
                </p>
            }) }
            if paragraphs.is_empty() { <p><strong>{ rich(&head) }</strong></p> }
        </div>
    }
}

fn buttons(props: &ColumnProps) -> Html {
    let (w, story, facts) = (props.words, &props.story, &props.facts);
    let send = |make: fn() -> Command| props.send.reform(move |_: MouseEvent| make());
    let before = Instant(story.stopped_at.0.saturating_sub(1_000_000));
    let look = props.send.reform(move |_: MouseEvent| Command::Seek(before));
    let stopped = story.stage > Stage::Watching;
    html! {
        <div class="buttons">
            if facts.cursor.is_some() {
                <button class="main" onclick={send(|| Command::Now)}>{ w.to_now }</button>
                <button class="linked" onclick={send(|| Command::Fork)}>{ w.fork }</button>
            } else if stopped && story.stage == Stage::Resumed && !facts.looked_back {
                <button class="main" onclick={look}>{ w.before_button }</button>
                { stop(props, "linked") }
            } else {
                { stop(props, "main") }
                if stopped { <button class="linked" onclick={look}>{ w.before_button }</button> }
            }
            if story.stage == Stage::Resumed && facts.cursor.is_none() {
                <a class="onward" href="#exercise/Z1">{ w.onward }</a>
            }
            if let Some(origin) = &facts.origin {
                { back(props, origin) }
            }
            <button class="quiet narrow-only" onclick={send(|| Command::Toggle(Panel::Column))}>
                { w.column_close }
            </button>
        </div>
    }
}

fn stop(props: &ColumnProps, class: &'static str) -> Html {
    let w = props.words;
    let onclick = props.send.reform(|_: MouseEvent| Command::StopLeader);
    match &props.facts.leader {
        Some(leader) => html! {
            <button {class} {onclick}>{ fill(w.stop_button, &[leader]) }</button>
        },
        None => html! { <button {class} disabled={true}>{ w.waiting_button }</button> },
    }
}

fn back(props: &ColumnProps, origin: &Arc<str>) -> Html {
    let source = crate::net::Source::Lab(origin.clone());
    let onclick = props.send.reform(move |_: MouseEvent| Command::Visit(source.clone()));
    html! { <button class="linked" {onclick}>{ props.words.forked_back }</button> }
}

#[cfg(test)]
mod tests {
    use super::listed;
    use crate::words::{en::EN, es::ES};

    #[test]
    fn names_are_listed_as_each_language_does() {
        let names = |count: usize| ["a", "b", "c"][..count].iter().map(|it| (*it).into()).collect();
        let said = |count, w| listed(&names(count) as &Vec<_>, w);
        assert_eq!([said(1, &EN), said(2, &EN), said(3, &EN)], ["a", "a and b", "a, b and c"]);
        assert_eq!([said(2, &ES), said(3, &ES)], ["a y b", "a, b y c"]);
    }
}
