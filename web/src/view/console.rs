//! The console: what a client of the lab is asked, as a line of ZooKeeper's shell or by a form
//! that writes the line, and what it was answered.

use super::console_words::{answered, explained, wrong};
use crate::app::App;
use crate::tree::{Form, Twig, consoles, fields, twig};
use crate::words::{fill, tree};
use relevo_apps::{Outcome, shell};
use relevo_core::Party;
use relevo_lab::{ClientView, ProcessState, Said, Scene, What, Work};
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

/// How many of the last things said are shown.
const SHOWN: usize = 3;
/// How many lines are offered to complete what is typed.
const OFFERED: usize = 24;

/// The console, where the lab has a client that asks.
pub(crate) fn console(app: &App) -> Html {
    let (scene, w) = (app.shown(), tree::beside(app.prefs.language.words()));
    let Some((party, client)) = app.grove.who(scene) else { return html! {} };
    let open = app.console_open();
    let show = app.send.reform(|_: MouseEvent| twig(Twig::Show));
    html! {
        <section class={classes!("console", open.then_some("open"))} aria-label={w.console}>
            <p class="console-head">
                <button class="quiet small" onclick={show}
                    aria-expanded={if open { "true" } else { "false" }}>{ w.console }</button>
                if open { { who(app, w, party, client) } }
            </p>
            if open {
                { said(app, w, client) }
                { line(app, w, client) }
                { form(app, w) }
            }
        </section>
    }
}

fn who(app: &App, w: &'static tree::Words, party: Party, client: &ClientView) -> Html {
    let others = consoles(app.shown()).map(|(of, view)| {
        let name = view.name.clone();
        let onclick = app.send.reform(move |_: MouseEvent| twig(Twig::Who(name.clone())));
        let chosen = if of == party { "true" } else { "false" };
        html! {
            <button class="small quiet who" {onclick} aria-pressed={chosen}>{ &*view.name }</button>
        }
    });
    html! {
        <>
            <span role="group" aria-label={w.as_whom}>{ for others }</span>
            <span class="note">{ standing(app.shown(), client, w) }</span>
        </>
    }
}

/// Whether it could ask now, in words.
fn standing(scene: &Scene, client: &ClientView, w: &tree::Words) -> String {
    match (&client.state, client.connected, client.server) {
        (ProcessState::Paused, ..) => w.client_paused.to_owned(),
        (ProcessState::Crashed { .. } | ProcessState::Stopped { .. }, ..) => {
            w.client_stopped.to_owned()
        }
        (_, true, Some(server)) => fill(w.client_at, &[&scene.party_name(Party::Host(server))]),
        _ if client.is_unseen() => w.client_waits.to_owned(),
        _ => w.client_seeks.to_owned(),
    }
}

fn said(app: &App, w: &'static tree::Words, client: &ClientView) -> Html {
    let Work::Console { said } = &client.work else { return html! {} };
    let last = said.iter().skip(said.len().saturating_sub(SHOWN));
    html! {
        <ol class="said" aria-live="polite" aria-label={w.said}>
            if said.is_empty() { <li class="note">{ w.nothing_said }</li> }
            { for last.map(|said| thing(app, w, said)) }
        </ol>
    }
}

fn thing(app: &App, w: &'static tree::Words, said: &Said) -> Html {
    let seq = said.seq;
    let why = app.send.reform(move |_: MouseEvent| {
        crate::update::Command::Select(Some(crate::update::Selection::Event(seq)))
    });
    match &said.what {
        What::Asked { request, outcome, .. } => {
            let line = shell::render(request).unwrap_or_else(|| format!("{request:?}"));
            let (mark, told) = match outcome {
                None => ("waits", w.waits.to_owned()),
                Some(Outcome::Unknown) => ("unknown", w.outcome_unknown.to_owned()),
                Some(outcome) => answered(request, outcome, w),
            };
            let reason = outcome.as_ref().and_then(|outcome| explained(outcome, w));
            html! {
                <li key={seq.0.to_string()} class={classes!("asked", mark)}>
                    <code class="line">{ line }</code>
                    <button class="cause answer" onclick={why}>{ told }</button>
                    if let Some(reason) = reason { <span class="note">{ reason }</span> }
                </li>
            }
        }
        What::Told(event) => html! {
            <li key={seq.0.to_string()} class="notice">
                <button class="cause answer" onclick={why}>
                    { "WATCHER:: " }{ format!("{:?} {}", event.kind, event.path) }
                </button>
                <span class="note">{ w.watcher_told }</span>
            </li>
        },
        What::Session { session, resumed } => html! {
            <li key={seq.0.to_string()} class="note">
                { fill(if *resumed { w.session_kept } else { w.session_new }, &[&session.to_string()]) }
            </li>
        },
        What::Expired => html! {
            <li key={seq.0.to_string()} class="note bad">{ w.session_lost }</li>
        },
    }
}

fn line(app: &App, w: &'static tree::Words, client: &ClientView) -> Html {
    let grove = &app.grove;
    let typed = app.send.reform(|event: InputEvent| {
        let input: HtmlInputElement = event.target_unchecked_into();
        twig(Twig::Typed(input.value()))
    });
    let ask = app.send.reform(|event: SubmitEvent| {
        event.prevent_default();
        twig(Twig::Ask)
    });
    html! {
        <form class="line-form" onsubmit={ask}>
            <label for="shell">{ &*client.name }{ " ›" }</label>
            <input id="shell" list="lines" autocomplete="off" autocapitalize="off"
                spellcheck="false" placeholder="create -e -s /a data" oninput={typed}
                aria-label={w.line} value={grove.line.clone()}
                aria-describedby={grove.wrong.as_ref().map(|_| "shell-wrong")} />
            <datalist id="lines">
                { for offers(app).into_iter().map(|line| html! { <option value={line} /> }) }
            </datalist>
            <button class="linked" type="submit">{ w.ask }</button>
            if let Some(error) = &grove.wrong {
                <p id="shell-wrong" class="bad small" role="alert">{ wrong(error, w) }</p>
            }
        </form>
    }
}

/// Lines that go on from what is typed: asked before, a command, or a path below.
fn offers(app: &App) -> Vec<String> {
    let line = app.grove.line.as_str();
    let mut offers: Vec<String> = app.grove.earlier.iter().rev().cloned().collect();
    let (before, word) = line.rsplit_once(' ').map_or(("", line), |(before, word)| (before, word));
    if before.is_empty() {
        offers.extend(shell::COMMANDS.iter().map(|(name, _)| [*name, " "].concat()));
    }
    if let Some(end) = word.rfind('/') {
        let (folder, start) = (if end == 0 { "/" } else { &word[..end] }, &word[end + 1..]);
        // One of them may be the line as it stands.
        let below = app.shown().znodes.children_from(folder, start).take(OFFERED + 1);
        offers.extend(below.map(|(path, _)| [before, " ", path].concat()));
    }
    offers.retain(|offer| offer.starts_with(line) && offer != line);
    offers.truncate(OFFERED);
    offers
}

fn form(app: &App, w: &'static tree::Words) -> Html {
    let form = &app.grove.form;
    let has = |field| fields(form.command).contains(field);
    let told = |change: fn(&mut Form, String)| {
        let form = form.clone();
        app.send.reform(move |event: Event| {
            let input: HtmlInputElement = event.target_unchecked_into();
            let mut form = form.clone();
            change(&mut form, input.value());
            twig(Twig::Form(form))
        })
    };
    let typed = |change: fn(&mut Form, String)| {
        let form = form.clone();
        app.send.reform(move |event: InputEvent| {
            let input: HtmlInputElement = event.target_unchecked_into();
            let mut form = form.clone();
            change(&mut form, input.value());
            twig(Twig::Form(form))
        })
    };
    let ticked = |change: fn(&mut Form)| {
        let form = form.clone();
        app.send.reform(move |_: Event| {
            let mut form = form.clone();
            change(&mut form);
            twig(Twig::Form(form))
        })
    };
    let command = {
        let form = form.clone();
        app.send.reform(move |event: Event| {
            let select: HtmlSelectElement = event.target_unchecked_into();
            let chosen = shell::COMMANDS.iter().find(|(name, _)| *name == select.value());
            let command = chosen.map_or(form.command, |(name, _)| *name);
            twig(Twig::Form(Form { command, ..form.clone() }))
        })
    };
    let kinds = [
        ("", w.form_persistent),
        ("-e", w.form_ephemeral),
        ("-c", w.form_container),
        ("-t 10000", w.form_ttl),
    ];
    html! {
        <div class="ask-form" role="group" aria-label={w.form}>
            <select aria-label={w.form_command} onchange={command}>
                { for shell::COMMANDS.iter().map(|(name, _)| html! {
                    <option value={*name} selected={*name == form.command}>{ *name }</option>
                }) }
            </select>
            if has("kind") {
                <select aria-label={w.form_kind} onchange={told(|form, kind| form.kind = kind)}>
                    { for kinds.into_iter().map(|(flag, word)| html! {
                        <option value={flag} selected={flag == form.kind}>{ word }</option>
                    }) }
                </select>
                <label>
                    <input type="checkbox" checked={form.sequential}
                        onchange={ticked(|form| form.sequential = !form.sequential)} />
                    { w.form_sequential }
                </label>
            }
            if has("path") {
                <input class="path" aria-label={w.form_path} value={form.path.clone()}
                    oninput={typed(|form, path| form.path = path)} />
            }
            if has("data") {
                <input class="path" aria-label={w.form_data} placeholder={w.form_data}
                    value={form.data.clone()} oninput={typed(|form, data| form.data = data)} />
            }
            if has("version") {
                <input class="version" aria-label={w.form_version} placeholder={w.form_version}
                    inputmode="numeric" value={form.version.clone()}
                    oninput={typed(|form, version| form.version = version)} />
            }
            if has("watch") {
                <label>
                    <input type="checkbox" checked={form.watch}
                        onchange={ticked(|form| form.watch = !form.watch)} />
                    { w.form_watch }
                </label>
            }
        </div>
    }
}
