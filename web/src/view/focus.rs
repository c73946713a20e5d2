//! Where the keyboard's focus goes.

use web_sys::HtmlElement;
use yew::prelude::*;

/// The element with this reference takes the focus when it appears, so that who reads by ear hears
/// it and who types goes on there. It needs a `tabindex`.
#[hook]
pub(crate) fn use_taken_focus() -> NodeRef {
    let element = use_node_ref();
    use_effect_with((), {
        let element = element.clone();
        move |()| {
            if let Some(element) = element.cast::<HtmlElement>() {
                let _ = element.focus();
            }
        }
    });
    element
}
