use super::icons::{Glyph, Icon};
use crate::hands::Hand;
use crate::picture::{Lens, Point};
use crate::update::Command;
use crate::words::hands::Words;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{AddEventListenerOptions, Element, PointerEvent, WheelEvent};
use yew::prelude::*;

/// Hears the wheel itself, since whoever listens through the document may not keep the page from
/// scrolling: the factor it asks for, and where it points.
#[hook]
pub(crate) fn use_wheel(node: NodeRef, turned: Callback<(f64, Point)>) {
    use_effect_with((node, turned), |(node, turned)| {
        let element = node.cast::<Element>();
        let (turned, over) = (turned.clone(), element.clone());
        let heard: Closure<dyn FnMut(WheelEvent)> = Closure::new(move |event: WheelEvent| {
            let Some(over) = &over else { return };
            // Where the page itself scrolls, its wheel stays its own; pinching says `ctrl`.
            if scrolls() && !event.ctrl_key() {
                return;
            }
            event.prevent_default();
            let pace = if event.ctrl_key() { 100.0 } else { 500.0 };
            let factor = (-event.delta_y() / pace).exp().clamp(0.5, 2.0);
            turned.emit((factor, within(over, event.client_x(), event.client_y())));
        });
        let function: JsValue = heard.as_ref().clone();
        if let Some(element) = &element {
            let options = AddEventListenerOptions::new();
            options.set_passive(false);
            let _ = element.add_event_listener_with_callback_and_add_event_listener_options(
                "wheel",
                function.unchecked_ref(),
                &options,
            );
        }
        move || {
            if let Some(element) = element {
                let _ =
                    element.remove_event_listener_with_callback("wheel", function.unchecked_ref());
            }
            drop(heard);
        }
    });
}

/// Whether the page is longer than its window.
fn scrolls() -> bool {
    let root = web_sys::window().and_then(|window| window.document()?.document_element());
    root.is_some_and(|root| root.scroll_height() > root.client_height() + 1)
}

fn within(element: &Element, x: i32, y: i32) -> Point {
    let bounds = element.get_bounding_client_rect();
    Point { x: f64::from(x) - bounds.left(), y: f64::from(y) - bounds.top() }
}

/// What moves the view by pointer: one drags it, two pinch it.
pub(crate) struct Grip {
    pub down: Callback<PointerEvent>,
    pub moved: Callback<PointerEvent>,
    pub up: Callback<PointerEvent>,
}

#[hook]
pub(crate) fn use_grip(node: NodeRef, send: Callback<Command>) -> Grip {
    let touching: Rc<RefCell<BTreeMap<i32, Point>>> = use_mut_ref(BTreeMap::new);
    let place = move |event: &PointerEvent| {
        node.cast::<Element>().map(|element| within(&element, event.client_x(), event.client_y()))
    };
    let down = {
        let (touching, place) = (touching.clone(), place.clone());
        Callback::from(move |event: PointerEvent| {
            if let Some(at) = place(&event) {
                touching.borrow_mut().insert(event.pointer_id(), at);
            }
        })
    };
    let moved = {
        let touching = touching.clone();
        Callback::from(move |event: PointerEvent| {
            let Some(at) = place(&event) else { return };
            let mut touching = touching.borrow_mut();
            let other = touching.iter().find(|(id, _)| **id != event.pointer_id());
            let other = other.map(|(_, at)| *at);
            let Some(before) = touching.get_mut(&event.pointer_id()) else { return };
            let was = std::mem::replace(before, at);
            let hand = match other {
                Some(other) => Hand::Zoom {
                    factor: at.distance(other).max(1.0) / was.distance(other).max(1.0),
                    at: Some(at.between(other, 0.5)),
                },
                None => Hand::Pan { dx: was.x - at.x, dy: was.y - at.y },
            };
            send.emit(Command::Hands(hand));
        })
    };
    let up = Callback::from(move |event: PointerEvent| {
        touching.borrow_mut().remove(&event.pointer_id());
    });
    Grip { down, moved, up }
}

#[derive(Properties, PartialEq)]
pub(crate) struct LensProps {
    pub words: &'static Words,
    pub lens: Lens,
    pub send: Callback<Command>,
}

/// Nearer, farther, everything: for those without a wheel.
#[component]
pub(crate) fn LensButtons(props: &LensProps) -> Html {
    let w = props.words;
    let act = |word: &'static str, icon: Icon, id: &'static str, off: bool| {
        let onclick = props.send.reform(move |_: MouseEvent| Command::Hands(Hand::Run(id)));
        html! {
            <button class="quiet round" aria-label={word} title={word} {onclick} disabled={off}>
                <Glyph {icon} />
            </button>
        }
    };
    html! {
        <div class="lens" role="group" aria-label={w.view_of}>
            if !props.lens.fits() { { act(w.zoom_fit, Icon::Fit, "zoom-fit", false) } }
            { act(w.zoom_out, Icon::Minus, "zoom-out", props.lens.fits()) }
            { act(w.zoom_in, Icon::Plus, "zoom-in", false) }
        </div>
    }
}
