use crate::hands::{Hand, LOWEST};
use crate::update::Command;
use crate::words::hands::Words;
use wasm_bindgen::JsCast;
use web_sys::{Element, PointerEvent};
use yew::prelude::*;

/// How much one press of a key moves it, in pixels.
const STEP: f64 = 24.0;

#[derive(Properties, PartialEq)]
pub(crate) struct DividerProps {
    pub words: &'static Words,
    /// The diagram's height now, in pixels.
    pub height: f64,
    pub send: Callback<Command>,
}

/// The line between figure and diagram: dragged, or moved by keys.
#[component]
pub(crate) fn Divider(props: &DividerProps) -> Html {
    let from = use_mut_ref(|| None::<f64>);
    let bottom = props.height;
    let down = {
        let from = from.clone();
        Callback::from(move |event: PointerEvent| {
            *from.borrow_mut() = Some(f64::from(event.client_y()) + bottom);
            let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
            if let Some(target) = target {
                let _ = target.set_pointer_capture(event.pointer_id());
            }
        })
    };
    let moved = {
        let (from, send) = (from.clone(), props.send.clone());
        Callback::from(move |event: PointerEvent| {
            if let Some(from) = *from.borrow() {
                let height = from - f64::from(event.client_y());
                send.emit(Command::Hands(Hand::Height(height)));
            }
        })
    };
    let up = Callback::from(move |_: PointerEvent| *from.borrow_mut() = None);
    let send = props.send.clone();
    let onkeydown = Callback::from(move |event: KeyboardEvent| {
        let more = match event.key().as_str() {
            "ArrowUp" => STEP,
            "ArrowDown" => -STEP,
            _ => return,
        };
        event.prevent_default();
        event.stop_propagation();
        send.emit(Command::Hands(Hand::Taller(more)));
    });
    html! {
        <div class="divider" role="separator" tabindex="0" aria-orientation="horizontal"
            aria-label={props.words.resize} title={props.words.resize}
            aria-valuenow={props.height.round().to_string()} aria-valuemin={LOWEST.to_string()}
            aria-valuemax="1000" onpointerdown={down} onpointermove={moved}
            onpointerup={up.clone()} onpointercancel={up} {onkeydown} />
    }
}
