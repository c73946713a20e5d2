//! Where the keyboard's focus goes.

use wasm_bindgen::JsCast;
use web_sys::HtmlElement;
use yew::prelude::*;

/// The element with this reference takes the focus when it comes, so that who reads by ear hears
/// it and who types goes on there, and gives it back when it goes. It needs a `tabindex`, if it
/// is no control.
#[hook]
pub(crate) fn use_focus() -> NodeRef {
    let element = use_node_ref();
    use_effect_with((), {
        let element = element.clone();
        move |()| {
            let document = web_sys::window().and_then(|window| window.document());
            let before = document.and_then(|document| document.active_element());
            let before = before.and_then(|element| element.dyn_into::<HtmlElement>().ok());
            if let Some(element) = element.cast::<HtmlElement>() {
                let _ = element.focus();
            }
            move || {
                if let Some(before) = before {
                    let _ = before.focus();
                }
            }
        }
    });
    element
}
