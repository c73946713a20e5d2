use super::text::seconds;
use crate::hands::Hand;
use crate::model::Filter;
use crate::picture::{CLASSES, Class};
use crate::update::Command;
use crate::words::fill;
use crate::words::hands::Words;
use relevo_core::{Instant, Party};
use std::sync::Arc;
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub(crate) struct SiftProps {
    pub words: &'static Words,
    pub filter: Filter,
    pub lanes: Vec<(Party, Arc<str>)>,
    /// Bookmarks; whether a checker set it.
    pub marks: Vec<(Instant, bool)>,
    pub comma: bool,
    pub send: Callback<Command>,
}

/// What of the diagram is shown, and the instants marked in it.
#[component]
pub(crate) fn Sift(props: &SiftProps) -> Html {
    let w = props.words;
    let kind = |class: Class| {
        let word = match class {
            Class::Beat => w.kind_beat,
            Class::Talk => w.kind_talk,
            Class::Order => w.kind_order,
            Class::Sync => w.kind_sync,
            Class::Election => w.kind_election,
        };
        let send = props.send.reform(move |_: Event| Command::Hands(Hand::Class(class)));
        tick(word, props.filter.shows(class), send)
    };
    let lane = |(party, name): &(Party, Arc<str>)| {
        let party = *party;
        let send = props.send.reform(move |_: Event| Command::Hands(Hand::Lane(party)));
        tick(name, props.filter.shows_party(party), send)
    };
    let all = props.send.reform(|_: MouseEvent| Command::Hands(Hand::ShowAll));
    html! {
        <div class="sift" role="group" aria-label={w.filter_open}>
            <fieldset>
                <legend>{ w.filter_kinds }</legend>
                { for CLASSES.into_iter().map(kind) }
            </fieldset>
            <fieldset>
                <legend>{ w.filter_nodes }</legend>
                { for props.lanes.iter().map(lane) }
            </fieldset>
            { marks(props) }
            if props.filter.is_set() {
                <button class="linked" onclick={all}>{ w.filter_all }</button>
            }
        </div>
    }
}

fn tick(word: &str, shown: bool, onchange: Callback<Event>) -> Html {
    html! {
        <label class="tick"><input type="checkbox" checked={shown} {onchange} />{ word }</label>
    }
}

fn marks(props: &SiftProps) -> Html {
    let w = props.words;
    let act = |make: fn() -> Hand| props.send.reform(move |_: MouseEvent| Command::Hands(make()));
    html! {
        <fieldset>
            <legend>{ w.marks }</legend>
            <button class="linked" onclick={act(|| Hand::Mark)}>{ w.mark_add }</button>
            { for props.marks.iter().map(|(at, checker)| {
                let (at, when) = (*at, seconds(at.0 as f64, 3, props.comma));
                let seek = props.send.reform(move |_: MouseEvent| Command::Seek(at));
                let forget = props.send.reform(move |_: MouseEvent| Command::Hands(Hand::Unmark(at)));
                html! {
                    <span class="kept-mark">
                        <button class="linked code" onclick={seek}
                            aria-label={fill(w.mark_go, &[&when])}>{ &when }</button>
                        if *checker {
                            { w.mark_checker }
                        } else {
                            <button class="quiet round" onclick={forget}
                                aria-label={fill(w.mark_remove, &[&when])}>{ "×" }</button>
                        }
                    </span>
                }
            }) }
        </fieldset>
    }
}
