//! The keys of the page, wherever the focus is.

use crate::app::App;
use crate::update::Command;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Element, KeyboardEvent};
use yew::Callback;

/// Listens to the whole document while it lives.
pub(crate) struct Keyboard {
    listener: Closure<dyn FnMut(KeyboardEvent)>,
}

impl Keyboard {
    pub(crate) fn listen(pressed: Callback<String>) -> Keyboard {
        let listener = Closure::new(move |event: KeyboardEvent| {
            if event.ctrl_key() || event.meta_key() || event.alt_key() {
                return;
            }
            let key = event.key();
            if !taken(&event, &key) {
                // The browser would scroll, or search.
                let shifted = event.shift_key() && key.starts_with("Arrow");
                if shifted || matches!(key.as_str(), " " | "/" | "ArrowLeft" | "ArrowRight") {
                    event.prevent_default();
                }
                pressed.emit(if shifted { ["Shift+", &key].concat() } else { key });
            }
        });
        let keyboard = Keyboard { listener };
        if let Some(document) = web_sys::window().and_then(|window| window.document()) {
            let function: &wasm_bindgen::JsValue = keyboard.listener.as_ref();
            let _ = document.add_event_listener_with_callback("keydown", function.unchecked_ref());
        }
        keyboard
    }
}

impl Drop for Keyboard {
    fn drop(&mut self) {
        if let Some(document) = web_sys::window().and_then(|window| window.document()) {
            let function: &wasm_bindgen::JsValue = self.listener.as_ref();
            let _ =
                document.remove_event_listener_with_callback("keydown", function.unchecked_ref());
        }
    }
}

/// Whether the focused element needs this key itself.
fn taken(event: &KeyboardEvent, key: &str) -> bool {
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let Some(target) = target else { return false };
    let typing = matches!(target.tag_name().as_str(), "INPUT" | "SELECT" | "TEXTAREA");
    // A slider or a choice takes arrows, but no letters.
    let kind = target.get_attribute("type").unwrap_or_default();
    let letters = typing && !matches!(kind.as_str(), "radio" | "checkbox" | "range");
    let in_tree =
        key.starts_with("Arrow") && target.closest("[role=tree]").is_ok_and(|tree| tree.is_some());
    match key {
        _ if in_tree => true,
        "Escape" => false,
        " " | "Enter" => {
            let button = target.tag_name() == "BUTTON";
            typing || button || target.get_attribute("role").as_deref() == Some("button")
        }
        _ if key.starts_with("Arrow") => typing,
        _ => letters,
    }
}

impl App {
    /// What a key asks for: the first action that goes by it.
    pub(crate) fn key(&self, key: &str) -> Option<Command> {
        let key = match key {
            "<" => ",",
            ">" => ".",
            "−" => "-",
            key => key,
        };
        self.actions().into_iter().find(|action| action.key == key).map(|action| action.command)
    }
}
