//! The figure of an election among clients: who stands in line, who watches whom, who believes to
//! lead, and whose name the fence holds.

use super::znodes::shown_data;
use crate::app::App;
use crate::tree::{Twig, twig};
use crate::update::{Command, Selection};
use crate::words::{fill, tree};
use relevo_apps::{ELECTION_PATH, LEADER_PATH};
use relevo_coordination::{NodeKind, SessionId};
use relevo_core::Party;
use relevo_lab::{Belief, ClientView, ProcessState, Scene, Work, ZnodeView};
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
    let places = places(scene);
    let drawn = places.iter().map(|place| {
        let number = place.path.map(|path| number(path).to_owned());
        // Whoever has no znode in line comes last.
        ((!place.stands, number), candidate(app, w, place))
    });
    let others = others(scene, &places);
    let others = others
        .map(|(path, view)| ((false, Some(number(path).to_owned())), other(app, w, path, view)));
    let mut line: Vec<_> = drawn.chain(others).collect();
    line.sort_by(|(one, _), (next, _)| one.cmp(next));
    let believers = places.iter().filter(|place| *place.belief == Belief::Leads).count();
    let first = scene.znodes.children(ELECTION_PATH).min_by_key(|(path, _)| number(path));
    // Whether a learner's own client takes its turn, only it knows.
    let own = first.filter(|(path, _)| places.iter().all(|place| place.path != Some(path)));
    let own = own.and_then(|(_, view)| client_of(scene, view));
    let past = app.view.cursor.is_some().then_some("past");
    html! {
        <section class={classes!("scene", "election", past)} aria-label={w.election}>
            <p class="lead">
                { match (believers, own) {
                    (0, Some(own)) => fill(w.own_turn, &[&scene.party_name(own)]),
                    (0, None) => w.believe_none.to_owned(),
                    (1, _) => w.believe_one.to_owned(),
                    (more, _) => fill(w.believe_many, &[&more.to_string()]),
                } }
            </p>
            <ol class="candidates">
                { for line.into_iter().map(|(_, drawn)| drawn) }
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

/// The znodes in line that are none of the lab's candidates': a learner's own.
fn others<'a>(
    scene: &'a Scene,
    places: &[Place<'_>],
) -> impl Iterator<Item = (&'a Arc<str>, &'a ZnodeView)> {
    let known: Vec<Arc<str>> = places.iter().filter_map(|place| place.path.cloned()).collect();
    scene.znodes.children(ELECTION_PATH).filter(move |(path, _)| !known.contains(path))
}

/// The session an ephemeral belongs to.
fn owner(znode: &ZnodeView) -> Option<SessionId> {
    match znode.stored.kind {
        NodeKind::Ephemeral(owner) => Some(owner),
        _ => None,
    }
}

fn client_of(scene: &Scene, znode: &ZnodeView) -> Option<Party> {
    scene.sessions.get(&owner(znode)?)?.client
}

fn other(app: &App, w: &'static tree::Words, path: &Arc<str>, znode: &ZnodeView) -> Html {
    let scene = app.shown();
    let owner = owner(znode);
    let client = client_of(scene, znode);
    let view = client.and_then(|party| scene.clients.get(&party));
    // Whoever was stopped comes back with another session; the old one's znodes outlive it.
    let left = owner.is_some() && view.is_none_or(|view| view.session != owner);
    let choose = path.clone();
    let onclick = app.send.reform(move |_: MouseEvent| match client {
        Some(party) => Command::Select(Some(Selection::Client(party))),
        None => twig(Twig::Choose(choose.clone())),
    });
    let own = number(path);
    let first = scene.znodes.children(ELECTION_PATH).all(|(other, _)| number(other) >= own);
    let mut watched = view.iter().flat_map(|view| &view.watches).map(|(path, _)| path);
    let watched = watched.find(|path| path.starts_with(ELECTION_PATH) && number(path) < own);
    let (mark, told) = match watched {
        _ if left => ("doubts", w.left_behind.to_owned()),
        _ if first => ("leads", w.its_turn.to_owned()),
        Some(before) => ("waits", fill(w.waits_behind, &[number(before)])),
        None => ("doubts", w.watches_nobody.to_owned()),
    };
    let name = path.rsplit('/').next().unwrap_or(path);
    html! {
        <li class={classes!("candidate", mark)}>
            <button class="body" {onclick}>
                <span class="digits">{ own }</span>
                <span class="name">{ view.map_or(name, |view| &*view.name) }</span>
            </button>
            <p class="note">{ told }</p>
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
