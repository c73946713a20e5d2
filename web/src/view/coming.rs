//! What stands in the place of a part that is not here yet.

use crate::app::App;
use crate::parts::{Part, Standing};
use crate::update::Command;
use std::time::Duration;
use wasm_bindgen::JsCast;
use web_sys::{Document, Element, HtmlElement};
use yew::platform::{spawn_local, time::sleep};
use yew::prelude::*;

/// A quiet line while a part comes that somebody waits for, and what to do where it does not.
pub(crate) fn coming(app: &App, part: Part) -> Html {
    let w = app.prefs.language.words();
    match app.parts.standing(part) {
        Some(Standing::Coming { wanted: true }) => html! {
            <p class="coming" role="status" tabindex="-1">{ w.part_coming }</p>
        },
        Some(Standing::Lost) => {
            let again = app.send.reform(move |event: MouseEvent| {
                // The button goes; whoever pressed it stays where it was.
                if let Some(line) = event.target_dyn_into::<Element>().and_then(line_of) {
                    let _ = line.focus();
                }
                Command::SendFor(part, true)
            });
            html! {
                <p class="coming lost" role="alert" tabindex="-1">
                    { w.part_lost }{ " " }
                    <button class="linked" onclick={again}>{ w.part_again }</button>
                </p>
            }
        }
        _ => html! {},
    }
}

fn line_of(element: Element) -> Option<HtmlElement> {
    element.closest(".coming").ok()??.dyn_into().ok()
}

/// Keeps the focus on the page when the line that has it is about to make room for what came.
pub(crate) fn hand_on_focus() {
    let Some(document) = web_sys::window().and_then(|window| window.document()) else { return };
    let waits = document.active_element().and_then(line_of).is_some();
    if waits {
        spawn_local(async move {
            // Once it is drawn; a dialog takes the focus by itself.
            sleep(Duration::ZERO).await;
            if document.active_element().is_none_or(|focused| focused.tag_name() == "BODY") {
                focus_heading(&document);
            }
        });
    }
}

fn focus_heading(document: &Document) -> Option<()> {
    let heading = document.query_selector("h1").ok()??.dyn_into::<HtmlElement>().ok()?;
    heading.set_attribute("tabindex", "-1").ok()?;
    heading.focus().ok()
}
