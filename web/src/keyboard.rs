//! The keys of the page, wherever the focus is.

use crate::app::App;
use crate::net::Deed;
use crate::update::{Command, Panel, SPEEDS, Selection};
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
                if matches!(key.as_str(), " " | "ArrowLeft" | "ArrowRight") {
                    event.prevent_default();
                }
                pressed.emit(key);
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
    match key {
        "Escape" | "?" => false,
        " " | "Enter" => {
            let button = target.tag_name() == "BUTTON";
            typing || button || target.get_attribute("role").as_deref() == Some("button")
        }
        _ => typing,
    }
}

impl App {
    /// What a key asks for.
    pub(crate) fn key(&self, key: &str) -> Option<Command> {
        Some(match key {
            " " => Command::PlayPause,
            "ArrowRight" => Command::Step { forward: true },
            "ArrowLeft" => Command::Step { forward: false },
            "," | "<" => Command::Speed(self.neighbouring_speed(true)?),
            "." | ">" => Command::Speed(self.neighbouring_speed(false)?),
            "+" => Command::Zoom(1.5),
            "-" | "−" => Command::Zoom(1.0 / 1.5),
            "n" => Command::Now,
            "f" => Command::Fork,
            "x" => self.stop_chosen(),
            "h" => Command::Do(Deed::Heal),
            "t" => Command::Toggle(Panel::Table),
            "v" => Command::NextLevel,
            "Escape" => Command::Close,
            "?" => Command::Toggle(Panel::Keys),
            _ => return None,
        })
    }

    fn stop_chosen(&self) -> Command {
        let chosen = match self.view.selection {
            Some(Selection::Server(host)) => Some(host),
            _ => None,
        };
        let server = self.store.scene.servers.iter().find(|s| Some(s.host) == chosen);
        match server {
            Some(server) => {
                Command::Do(Deed::Crash { node: server.name.clone(), power_loss: false })
            }
            None => Command::StopLeader,
        }
    }

    fn neighbouring_speed(&self, slower: bool) -> Option<f64> {
        let speed = self.store.clock.speed();
        if slower {
            SPEEDS.into_iter().find(|offered| *offered < speed * 0.95)
        } else {
            SPEEDS.into_iter().rev().find(|offered| *offered > speed * 1.05)
        }
    }
}
