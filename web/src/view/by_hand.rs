//! What the learner's hands have opened, from the state of the page.

use super::dialogs::{Connect, Keys};
use super::divider::Divider;
use super::palette::{Entry, Palette};
use super::promises::{Broken, Promise, Promises, promise_of};
use super::share::Share;
use super::sift::Sift;
use crate::app::App;
use crate::hands::{Hand, Linking};
use crate::update::Command;
use crate::words::Words;
use relevo_lab::stream::{Verdict, Violation};
use yew::prelude::*;

/// The dialogs the hands open.
pub(crate) fn dialogs(app: &App, w: &'static Words) -> Html {
    html! {
        <>
            if app.view.keys {
                <Keys words={w} hands={app.prefs.language.hands()} actions={entries(app)}
                    send={app.send.clone()} />
            }
            { by_hand(app, w) }
            if app.view.connect {
                <Connect words={w} addresses={app.view.addresses.clone()}
                    own={app.view.own_addresses.clone()}
                    is_main={&*app.store.lab.id == "main"} send={app.send.clone()} />
            }
        </>
    }
}

/// The panels that lie over the page.
fn by_hand(app: &App, words: &'static Words) -> Html {
    let (w, hands) = (app.prefs.language.hands(), &app.view.hands);
    html! {
        <>
            if hands.palette {
                <Palette words={w} entries={entries(app)} send={app.send.clone()} />
            }
            if hands.promises {
                <Promises words={w} close={words.act_close} promises={promises(app)}
                    send={app.send.clone()} />
            }
            if let Linking::Ready { .. } = hands.linking { { shared(app, words) } }
        </>
    }
}

/// Every action, or those that concern the selection and the moment.
fn entries(app: &App) -> Vec<Entry> {
    let entry = |action: crate::actions::Action| Entry {
        id: action.id,
        key: action.key,
        name: action.name,
        chosen: action.chosen,
    };
    app.actions().into_iter().map(entry).collect()
}

/// The word about a link that was come by.
pub(crate) fn share(app: &App, words: &'static Words) -> Html {
    match app.view.hands.linking {
        Linking::None | Linking::Ready { .. } => html! {},
        _ => shared(app, words),
    }
}

fn shared(app: &App, words: &'static Words) -> Html {
    html! {
        <Share {words} hands={app.prefs.language.hands()}
            linking={app.view.hands.linking.clone()} comma={app.comma()}
            send={app.send.clone()} />
    }
}

pub(crate) fn divider(app: &App) -> Html {
    html! {
        <Divider words={app.prefs.language.hands()} height={app.diagram_room.height}
            send={app.send.clone()} />
    }
}

/// The filter's button, its choices where they are open, and what is followed.
pub(crate) fn sift(app: &App) -> Html {
    let (w, hands) = (app.prefs.language.hands(), &app.view.hands);
    let lanes = app.store.diagram.lanes.iter();
    let lanes: Vec<_> = lanes.map(|lane| (lane.party, app.lane_name(lane.party))).collect();
    let unfollow = app.send.reform(|_: MouseEvent| Command::Hands(Hand::Unfollow));
    html! {
        <>
            if hands.filtering {
                <Sift words={w} filter={hands.filter.clone()} {lanes} marks={app.all_marks()}
                    comma={app.comma()} send={app.send.clone()} />
            }
            if hands.followed.is_some() {
                <p class="following" role="status">
                    { w.followed }{ " " }
                    <button class="linked" onclick={unfollow}>{ w.unfollow }</button>
                </p>
            }
            if hands.unsaved { <p class="following bad" role="alert">{ w.saved_failed }</p> }
        </>
    }
}

fn promises(app: &App) -> Vec<Promise> {
    let w = app.prefs.language.hands();
    let promise = |verdict: &Verdict| Promise {
        words: promise_of(verdict, w),
        facts: verdict.facts,
        broken: verdict.violation.as_ref().map(|violation| broken(app, violation)),
    };
    app.store.verdicts.iter().map(promise).collect()
}

fn broken(app: &App, violation: &Violation) -> Broken {
    Broken {
        what: violation.what.clone(),
        chain: app.chain_of(violation.at).0,
        at: app.store.event(violation.at).map(|event| event.at),
    }
}
