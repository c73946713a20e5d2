use crate::picture::Room;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, ResizeObserver};
use yew::prelude::*;

/// Tells an element's size, and every change of it.
#[hook]
pub(crate) fn use_room(node: NodeRef, told: Callback<Room>) {
    use_effect_with((node, told), |(node, told)| {
        let element = node.cast::<Element>();
        let (told, watched) = (told.clone(), element.clone());
        let measure = move || {
            if let Some(element) = &watched {
                let (width, height) = (element.client_width(), element.client_height());
                told.emit(Room { width: f64::from(width), height: f64::from(height) });
            }
        };
        measure();
        let changed: Closure<dyn FnMut()> = Closure::new(measure);
        let function: &JsValue = changed.as_ref();
        let observer = ResizeObserver::new(function.unchecked_ref()).ok();
        if let (Some(observer), Some(element)) = (&observer, &element) {
            observer.observe(element);
        }
        move || {
            if let Some(observer) = observer {
                observer.disconnect();
            }
            drop(changed);
        }
    });
}
