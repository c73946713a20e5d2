use super::client::Client;
use super::flights::Flights;
use super::lens::{use_grip, use_wheel};
use super::link::Link;
use super::room::use_room;
use super::server::Server;
use super::text::px;
use crate::hands::Hand;
use crate::model::Shared;
use crate::picture::{BOX, Lens, Picture, Room};
use crate::update::{Command, Selection};
use crate::words::{Words, fill};
use relevo_core::Party;
use relevo_lab::{ClientView, Work};
use std::sync::Arc;
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub(crate) struct SceneProps {
    pub words: &'static Words,
    pub picture: Shared<Picture>,
    /// Which part of it is seen.
    pub lens: Lens,
    pub selection: Option<Selection>,
    /// Where a cut runs from top to bottom.
    #[prop_or_default]
    pub cuts: Vec<f64>,
    /// The past is shown.
    pub past: bool,
    /// Time stands, here or in the lab.
    pub still: bool,
    /// Nothing has arrived yet.
    pub waiting: bool,
    pub send: Callback<Command>,
}

/// The ensemble, its clients, and what flies between them.
#[component]
pub(crate) fn SceneView(props: &SceneProps) -> Html {
    let (w, picture) = (props.words, &*props.picture);
    let node = use_node_ref();
    let measured = use_memo(props.send.clone(), |send| send.reform(Command::Room));
    use_room(node.clone(), (*measured).clone());
    let Room { width, height } = picture.room;
    let view_box = props.lens.seen(picture.room).map(px).join(" ");
    let turned = use_memo(props.send.clone(), |send| {
        send.reform(|(factor, at)| Command::Hands(Hand::Zoom { factor, at: Some(at) }))
    });
    use_wheel(node.clone(), (*turned).clone());
    let grip = use_grip(node.clone(), props.send.clone());
    let near = (!props.lens.fits()).then_some("near");
    let selected = |selection: Selection| props.selection == Some(selection);
    let past = props.past.then_some("past");
    html! {
        <section class={classes!("scene", past, near)} ref={node} aria-label={w.scene}
            onpointerdown={grip.down} onpointermove={grip.moved} onpointerup={grip.up.clone()}
            onpointerleave={grip.up.clone()} onpointercancel={grip.up}>
            <svg class="figure" viewBox={view_box} role="group" aria-label={w.scene}>
                <defs>
                    <pattern id="hatch" width="7" height="7" patternUnits="userSpaceOnUse"
                        patternTransform="rotate(45)">
                        <line class="hatch" x1="0" y1="0" x2="0" y2="7" />
                    </pattern>
                </defs>
                { for props.cuts.iter().map(|x| html! {
                    <line class="great-cut" x1={px(*x)} x2={px(*x)} y1="0" y2={px(height)} />
                }) }
                { for picture.links.iter().map(|spot| html! {
                    <Link key={link_key(spot.from, spot.to)} words={w} spot={spot.clone()}
                        from={name(picture, spot.from, w)} to={name(picture, spot.to, w)}
                        selected={is_link(props.selection, spot.from, spot.to)}
                        send={props.send.clone()} />
                }) }
                { for picture.servers.iter().map(|spot| html! {
                    <Server key={spot.view.host.0.to_string()} words={w} spot={spot.clone()}
                        selected={selected(Selection::Server(spot.view.host))}
                        send={props.send.clone()} />
                }) }
                { for picture.clients.iter().map(|spot| html! {
                    <Client key={party_key(spot.party)} words={w} spot={spot.clone()}
                        selected={selected(Selection::Client(spot.party))}
                        send={props.send.clone()} />
                }) }
                <Flights words={w} flights={picture.flights.clone()}
                    crowds={picture.crowds.clone()} selected={message(props.selection)} still={props.still}
                    send={props.send.clone()} />
                if picture.more_clients > 0 {
                    <text class="more-clients" x={px(width - 4.0)} y={px(below_clients(picture))}>
                        { fill(w.more_clients, &[&picture.more_clients.to_string()]) }
                    </text>
                }
                if picture.servers.is_empty() {
                    <text class="nothing" x={px(width / 2.0)} y={px(height / 2.0)}>
                        { if props.waiting { w.b_connecting } else { w.empty } }
                    </text>
                }
            </svg>
        </section>
    }
}

/// Under the lowest client beside the servers.
fn below_clients(picture: &Picture) -> f64 {
    let right = picture.clients.iter().filter(|spot| spot.at.x > picture.room.width / 2.0);
    right.map(|spot| spot.at.y + BOX.1 / 2.0 + 20.0).fold(12.0, f64::max)
}

/// As `tell::called` says it.
fn name(picture: &Picture, party: Party, w: &Words) -> Arc<str> {
    let server = picture.servers.iter().find(|spot| Party::Host(spot.view.host) == party);
    let client = picture.clients.iter().find(|spot| spot.party == party);
    match (server, client.map(|spot| &spot.view)) {
        (Some(spot), _) => spot.view.name.clone(),
        (_, Some(ClientView { work: Work::Counter { .. }, .. })) => w.counter.into(),
        (_, client) => client.map(|view| view.name.clone()).unwrap_or_default(),
    }
}

fn is_link(selection: Option<Selection>, from: Party, to: Party) -> bool {
    match (selection, from, to) {
        (Some(Selection::Link(one, other)), Party::Host(from), Party::Host(to)) => {
            (one, other) == (from, to) || (other, one) == (from, to)
        }
        _ => false,
    }
}

fn message(selection: Option<Selection>) -> Option<relevo_core::Seq> {
    match selection {
        Some(Selection::Message(seq)) => Some(seq),
        _ => None,
    }
}

fn party_key(party: Party) -> String {
    match party {
        Party::Host(host) => ["h", &host.0.to_string()].concat(),
        Party::Outside(outside) => ["o", &outside.0.to_string()].concat(),
    }
}

fn link_key(from: Party, to: Party) -> String {
    [party_key(from), party_key(to)].join("-")
}
