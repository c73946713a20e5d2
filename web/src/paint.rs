//! What moves between two renders. Components register a painter; each animation frame calls all
//! of them with the instant shown, and they set attributes on their own elements. Nothing else in
//! the page runs per frame.

use relevo_core::Instant;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use yew::Callback;
use yew::prelude::*;

/// The instants of one frame.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Moment {
    /// The lab's now.
    pub now: Instant,
    /// What is shown: now, or the past looked back on.
    pub shown: Instant,
    /// How much lab time the diagram spans, in nanoseconds.
    pub span: f64,
    /// The diagram's left edge, in nanoseconds of lab time; may lie before its beginning.
    pub left: f64,
}

type Painter = Rc<dyn Fn(Moment)>;

thread_local! {
    static PAINTERS: RefCell<Vec<(u32, Painter)>> = const { RefCell::new(Vec::new()) };
    static NEXT: Cell<u32> = const { Cell::new(0) };
    static LAST: Cell<Moment> = Cell::new(Moment::default());
}

/// Paints one frame.
pub(crate) fn paint(moment: Moment) {
    LAST.set(moment);
    let painters = PAINTERS.with_borrow(|painters| painters.clone());
    for (_, painter) in painters {
        painter(moment);
    }
}

/// Registers a painter while the component lives, anew whenever `deps` change; it also paints at
/// once, so that nothing flashes at an old place.
#[hook]
pub(crate) fn use_painter<D: PartialEq + 'static>(deps: D, painter: impl Fn(Moment) + 'static) {
    use_effect_with(deps, move |_| {
        let id = NEXT.replace(NEXT.get().wrapping_add(1));
        let painter: Painter = Rc::new(painter);
        painter(LAST.get());
        PAINTERS.with_borrow_mut(|painters| painters.push((id, painter)));
        move || PAINTERS.with_borrow_mut(|painters| painters.retain(|(other, _)| *other != id))
    });
}

/// Where the function lives that asks for itself again.
type Slot = RefCell<Option<Closure<dyn FnMut(f64)>>>;

/// The animation frames; they stop when this is dropped.
pub(crate) struct Frames {
    request: Rc<Cell<i32>>,
    _tick: Rc<Slot>,
}

impl Frames {
    /// Calls `tick` with the page's own time, once a frame.
    pub(crate) fn start(tick: Callback<f64>) -> Frames {
        let request = Rc::new(Cell::new(0));
        let slot: Rc<Slot> = Rc::default();
        let (again, handle) = (slot.clone(), request.clone());
        *slot.borrow_mut() = Some(Closure::new(move |_: f64| {
            tick.emit(now_ms());
            handle.set(ask(&again));
        }));
        request.set(ask(&slot));
        Frames { request, _tick: slot }
    }
}

impl Drop for Frames {
    fn drop(&mut self) {
        if let Some(window) = web_sys::window() {
            let _ = window.cancel_animation_frame(self.request.get());
        }
    }
}

fn ask(slot: &Slot) -> i32 {
    let slot = slot.borrow();
    let (Some(window), Some(tick)) = (web_sys::window(), slot.as_ref()) else { return 0 };
    let tick: &wasm_bindgen::JsValue = tick.as_ref();
    window.request_animation_frame(tick.unchecked_ref()).unwrap_or(0)
}

/// The page's own time.
pub(crate) fn now_ms() -> f64 {
    web_sys::window().and_then(|window| window.performance()).map_or(0.0, |clock| clock.now())
}

/// The last frame painted.
pub(crate) fn last() -> Moment {
    LAST.get()
}

/// The nearest place that is a whole number of the screen's own pixels.
pub(crate) fn whole(place: f64) -> f64 {
    let fine = web_sys::window().map_or(1.0, |window| window.device_pixel_ratio());
    (place * fine).round() / fine
}
