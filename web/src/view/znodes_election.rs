//! The figure of an election among clients: who stands in line, who watches whom, who believes to
//! lead, and whose name the fence holds.

use super::znodes::shown_data;
use crate::app::App;
use crate::tree::{Twig, twig};
use crate::update::{Command, Selection};
use crate::words::{fill, tree};
use relevo_apps::{ELECTION_PATH, LEADER_PATH};
use relevo_core::Party;
use relevo_lab::{Belief, ClientView, ProcessState, Scene, Work};
use std::sync::Arc;
use yew::prelude::*;

/// One place in the line.
struct Place<'a> {
    party: Party,
    view: &'a ClientView,
    path: Option<&'a Arc<str>>,
    belief: &'a Belief,
    /// Whether its znode is there.
    stands: bool,
}

/// The line of candidates.
pub(crate) fn election(app: &App, w: &'static tree::Words) -> Html {
    let scene = app.shown();
    let mut places = places(scene);
    // Whoever has no znode in line comes last.
    places.sort_by_key(|place| (!place.stands, place.path.map(|path| number(path).to_owned())));
    let believers = places.iter().filter(|place| *place.belief == Belief::Leads).count();
    let past = app.view.cursor.is_some().then_some("past");
    html! {
        <section class={classes!("scene", "election", past)} aria-label={w.election}>
            <p class="lead">
                { match believers {
                    0 => w.believe_none.to_owned(),
                    1 => w.believe_one.to_owned(),
                    more => fill(w.believe_many, &[&more.to_string()]),
                } }
            </p>
            <ol class="candidates">
                { for places.iter().map(|place| candidate(app, w, place)) }
            </ol>
            { fence(app, w) }
            if places.is_empty() { <p class="note">{ w.no_candidates }</p> }
        </section>
    }
}

fn places(scene: &Scene) -> Vec<Place<'_>> {
    let place = |(party, view): (&Party, &'_ ClientView)| match &view.work {
        Work::Candidate { .. } => Some(*party),
        _ => None,
    };
    let parties = scene.clients.iter().filter_map(place);
    parties.filter_map(|party| placed(scene, party)).collect()
}

fn placed(scene: &Scene, party: Party) -> Option<Place<'_>> {
    let view = scene.clients.get(&party)?;
    let Work::Candidate { path, belief, .. } = &view.work else { return None };
    let stands = path.as_ref().is_some_and(|path| scene.znodes.at(path).is_some());
    Some(Place { party, view, path: path.as_ref(), belief, stands })
}

/// The ten digits at the end of its name.
fn number(path: &str) -> &str {
    path.len().checked_sub(10).and_then(|at| path.get(at..)).unwrap_or(path)
}

fn candidate(app: &App, w: &'static tree::Words, place: &Place<'_>) -> Html {
    let select = Command::Select;
    let party = place.party;
    let onclick = app.send.reform(move |_: MouseEvent| select(Some(Selection::Client(party))));
    let frozen = place.view.state == ProcessState::Paused;
    let down = !frozen && place.view.state != ProcessState::Running;
    let (mark, told) = match place.belief {
        Belief::Leads if !place.stands => ("deposed", w.leads_no_more.to_owned()),
        Belief::Leads => ("leads", w.leads.to_owned()),
        Belief::Waits { behind } => ("waits", fill(w.waits_behind, &[number(behind)])),
        Belief::Nothing if down => ("down", w.client_stopped.to_owned()),
        Belief::Nothing => ("doubts", w.doubts.to_owned()),
    };
    html! {
        <li class={classes!("candidate", mark, frozen.then_some("frozen"))}>
            <button class="body" {onclick}>
                <span class="digits">
                    { place.path.map_or("–", |path| number(path)) }
                </span>
                <span class="name">{ &*place.view.name }</span>
            </button>
            <p class="note">{ told }</p>
            if frozen { <p class="note bad">{ w.client_paused }</p> }
        </li>
    }
}

/// What stands in `/leader`.
fn fence(app: &App, w: &'static tree::Words) -> Html {
    let scene = app.shown();
    let choose = app.send.reform(|_: MouseEvent| twig(Twig::Choose(LEADER_PATH.into())));
    let line = scene.znodes.at(ELECTION_PATH).map_or(0, |folder| folder.children);
    let told = match scene.znodes.at(LEADER_PATH) {
        Some(view) => fill(w.fence, &[&shown_data(view), &view.stored.version.to_string()]),
        None => w.fence_none.to_owned(),
    };
    html! {
        <p class="fence">
            <button class="linked" onclick={choose}><code>{ LEADER_PATH }</code></button>
            { " " }{ told }{ " " }
            <span class="note">{ fill(w.in_line, &[&line.to_string()]) }</span>
        </p>
    }
}
