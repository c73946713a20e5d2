//! Many messages in flight, painted on a canvas. A browser moves an element by painting anew all
//! it covers; an image it only copies. The elements stay where keys, fingers and screen readers
//! find them, unseen and placed anew with each render; their style is what is painted, so that
//! the style sheet alone says how a message looks.

use super::flights::{Outline, outline};
use crate::paint::Moment;
use crate::picture::{FlightSpot, Lens, Point, Room, SHAPE, Shape, shape_of};
use crate::update::media;
use std::collections::BTreeMap;
use std::f64::consts::TAU;
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::js_sys::Array;
use web_sys::{CanvasRenderingContext2d as Brush, CssStyleDeclaration, Element, HtmlCanvasElement};

/// More looks than this, and those out of use are forgotten.
const MOST_LOOKS: usize = 400;
/// Around a shape, for its stroke.
const PAD: f64 = 4.0;
/// Above and below a message that is held, for what holds it.
const CLAMP: f64 = 34.0;

/// What one message looks like, drawn once and copied in every frame.
struct Look {
    image: HtmlCanvasElement,
    /// From its middle to its left and its upper edge, in pixels of the canvas.
    half: Point,
}

/// How a part of a message is filled, stroked and written.
struct Style {
    fill: String,
    stroke: String,
    width: f64,
    dashes: Array,
    font: String,
}

/// The looks drawn, for as long as theme and size stay. Asking a browser for sizes or styles has it
/// lay out the page at once: both are asked for only when they can have changed.
#[derive(Default)]
pub(crate) struct Easel {
    looks: BTreeMap<String, Rc<Look>>,
    /// Of the parts of a message, in their order.
    styles: BTreeMap<String, Rc<Vec<Style>>>,
    drawn_for: Option<Drawn>,
}

/// What all looks depend on, and the places that come of it.
#[derive(Clone, Copy, PartialEq)]
struct Drawn {
    seen: (Room, Lens),
    fine: f64,
    dark: bool,
    scale: Scale,
    size: (f64, f64),
}

/// How places of the figure are pixels of the canvas.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Scale {
    by: f64,
    left: f64,
    top: f64,
}

/// Messages ready to be painted at any instant.
pub(crate) struct Ready {
    brush: Brush,
    size: (f64, f64),
    scale: Scale,
    layer: Element,
    flights: Vec<Painted>,
}

struct Painted {
    flight: FlightSpot,
    look: Rc<Look>,
    /// Selected or held: it lies above the others.
    above: bool,
}

/// Whether this browser paints on a canvas.
pub(crate) fn can_paint() -> bool {
    thread_local! {
        static CAN: bool = blank(1.0, 1.0).is_some();
    }
    CAN.with(|can| *can)
}

/// A canvas of its own, and what draws on it.
fn blank(width: f64, height: f64) -> Option<(HtmlCanvasElement, Brush)> {
    let document = web_sys::window()?.document()?;
    let canvas: HtmlCanvasElement = document.create_element("canvas").ok()?.dyn_into().ok()?;
    canvas.set_width(width.ceil() as u32);
    canvas.set_height(height.ceil() as u32);
    let brush = brush(&canvas)?;
    Some((canvas, brush))
}

fn brush(canvas: &HtmlCanvasElement) -> Option<Brush> {
    canvas.get_context("2d").ok()??.dyn_into().ok()
}

impl Easel {
    /// Makes messages ready; `layer` holds their elements, in the same order.
    pub(crate) fn ready(
        &mut self,
        canvas: &HtmlCanvasElement,
        layer: &Element,
        seen: (Room, Lens),
        flights: Vec<(FlightSpot, String)>,
    ) -> Option<Ready> {
        let Drawn { scale, size, .. } = self.heed(canvas, seen)?;
        if (canvas.width(), canvas.height()) != (size.0 as u32, size.1 as u32) {
            canvas.set_width(size.0 as u32);
            canvas.set_height(size.1 as u32);
        }
        let mut child = layer.first_element_child();
        let mut ready = Vec::with_capacity(flights.len());
        for (flight, words) in flights {
            let element = child?;
            let look = self.look(&element, &flight, &words, scale.by)?;
            let above = flight.by_hand || element.class_list().contains("selected");
            ready.push(Painted { flight, look, above });
            child = element.next_element_sibling();
        }
        if self.looks.len() > MOST_LOOKS {
            self.looks.retain(|_, look| Rc::strong_count(look) > 1);
        }
        let (brush, layer) = (brush(canvas)?, layer.clone());
        Some(Ready { brush, size, scale, layer, flights: ready })
    }

    /// Forgets what was drawn for another theme or size.
    fn heed(&mut self, canvas: &HtmlCanvasElement, seen: (Room, Lens)) -> Option<Drawn> {
        let fine = web_sys::window()?.device_pixel_ratio();
        let dark = is_dark();
        if let Some(drawn) = self.drawn_for
            && (drawn.seen, drawn.fine, drawn.dark) == (seen, fine, dark)
        {
            return Some(drawn);
        }
        let (width, height) = (f64::from(canvas.client_width()), f64::from(canvas.client_height()));
        let scale = scale(canvas, seen.0, seen.1, fine);
        let drawn = Drawn { seen, fine, dark, scale, size: (width * fine, height * fine) };
        (self.looks, self.styles) = (BTreeMap::new(), BTreeMap::new());
        self.drawn_for = Some(drawn);
        Some(drawn)
    }

    fn look(
        &mut self,
        element: &Element,
        flight: &FlightSpot,
        words: &str,
        scale: f64,
    ) -> Option<Rc<Look>> {
        let class = element.get_attribute("class")?;
        let side = if flight.rightwards() { " > " } else { " < " };
        let key = [&class, side, words].concat();
        if let Some(look) = self.looks.get(&key) {
            return Some(look.clone());
        }
        let parts = parts(element);
        let filled = if shape_of(flight.kind) == Shape::Filled { "filled" } else { "" };
        let styled = [&class, " ", filled].concat();
        let styles = match self.styles.get(&styled) {
            Some(styles) if styles.len() == parts.len() => styles.clone(),
            _ => Rc::new(parts.iter().map(read).collect::<Option<Vec<_>>>()?),
        };
        self.styles.insert(styled, styles.clone());
        let look = Rc::new(draw(&parts, &styles, flight, words, scale)?);
        self.looks.insert(key, look.clone());
        Some(look)
    }
}

/// The figure fits into its room as its own drawing does: whole, and in the middle.
fn scale(canvas: &HtmlCanvasElement, room: Room, lens: Lens, fine: f64) -> Scale {
    let (inset_x, inset_y) = (f64::from(canvas.offset_left()), f64::from(canvas.offset_top()));
    let width = f64::from(canvas.client_width()) + 2.0 * inset_x;
    let height = f64::from(canvas.client_height()) + 2.0 * inset_y;
    let [left, top, wide, high] = lens.seen(room);
    let by = (width / wide.max(1.0)).min(height / high.max(1.0));
    Scale {
        by: by * fine,
        left: ((width - wide * by) / 2.0 - inset_x - left * by) * fine,
        top: ((height - high * by) / 2.0 - inset_y - top * by) * fine,
    }
}

impl Ready {
    /// Paints one frame.
    pub(crate) fn paint(&self, moment: Moment) {
        self.brush.clear_rect(0.0, 0.0, self.size.0, self.size.1);
        for above in [false, true] {
            for painted in self.flights.iter().filter(|painted| painted.above == above) {
                self.copy(painted, moment);
            }
        }
        if let Ok(Some(focused)) = self.layer.query_selector(":focus-visible") {
            let _ = self.focus(&focused, moment);
        }
    }

    fn copy(&self, painted: &Painted, moment: Moment) -> Point {
        let Scale { by, left, top } = self.scale;
        let (at, half) = (painted.flight.at(moment.shown), painted.look.half);
        let x = (at.x * by + left - half.x).round();
        let y = (at.y * by + top - half.y).round();
        let _ = self.brush.draw_image_with_html_canvas_element(&painted.look.image, x, y);
        Point { x, y }
    }

    /// What has the keyboard's focus lies above all, in a frame of its own.
    fn focus(&self, focused: &Element, moment: Moment) -> Option<()> {
        let seq = focused.get_attribute("data-message")?;
        let seq = relevo_core::Seq(seq.parse().ok()?);
        let painted = self.flights.iter().find(|painted| painted.flight.seq == seq)?;
        let (Point { x, y }, half) = (self.copy(painted, moment), painted.look.half);
        let body = style(&focused.query_selector(".body").ok()??)?;
        self.brush.set_stroke_style_str(&word(&body, "stroke"));
        self.brush.set_line_width(PAD / 2.0 * self.scale.by);
        self.brush.stroke_rect(x, y, half.x * 2.0, half.y * 2.0);
        Some(())
    }
}

fn style(element: &Element) -> Option<CssStyleDeclaration> {
    web_sys::window()?.get_computed_style(element).ok()?
}

fn word(style: &CssStyleDeclaration, name: &str) -> String {
    style.get_property_value(name).unwrap_or_default()
}

fn parts(element: &Element) -> Vec<Element> {
    let Ok(found) = element.query_selector_all(".body, .clamp path, text") else {
        return Vec::new();
    };
    (0..found.length()).filter_map(|index| found.item(index)?.dyn_into().ok()).collect()
}

fn read(part: &Element) -> Option<Style> {
    let style = style(part)?;
    let dashes = Array::new();
    let number = |text: &str| text.trim().trim_end_matches("px").parse::<f64>().ok();
    for dash in word(&style, "stroke-dasharray").split(',').filter_map(number) {
        dashes.push(&JsValue::from_f64(dash));
    }
    Some(Style {
        fill: word(&style, "fill"),
        stroke: word(&style, "stroke"),
        width: number(&word(&style, "stroke-width")).unwrap_or(1.0),
        dashes,
        font: ["font-weight", "font-size", "font-family"].map(|name| word(&style, name)).join(" "),
    })
}

/// Draws a message as its element would look.
fn draw(
    parts: &[Element],
    styles: &[Style],
    flight: &FlightSpot,
    words: &str,
    scale: f64,
) -> Option<Look> {
    let outline = outline(flight.kind, words, flight.rightwards());
    let above = if flight.by_hand { CLAMP } else { SHAPE / 2.0 + PAD };
    let half = Point { x: (outline.half() + PAD) * scale, y: above * scale };
    let (image, brush) = blank(half.x * 2.0, half.y * 2.0)?;
    brush.scale(scale, scale).ok()?;
    brush.translate(half.x / scale, half.y / scale).ok()?;
    for (part, style) in parts.iter().zip(styles) {
        let attribute = |name| part.get_attribute(name).unwrap_or_default();
        match part.local_name().as_str() {
            "text" => {
                brush.set_font(&style.font);
                brush.set_text_align("center");
                brush.set_fill_style_str(&style.fill);
                let y = attribute("y").parse().unwrap_or(0.0);
                let _ = brush.fill_text(&attribute("data-word"), 0.0, y);
            }
            "path" => {
                line(&brush, &attribute("d"));
                stroke_and_fill(&brush, style);
            }
            _ => {
                outline_on(&brush, &outline);
                stroke_and_fill(&brush, style);
            }
        }
    }
    Some(Look { image, half })
}

fn outline_on(brush: &Brush, outline: &Outline) {
    brush.begin_path();
    match outline {
        Outline::Dot { radius } => {
            let _ = brush.arc(0.0, 0.0, *radius, 0.0, TAU);
        }
        Outline::Box { half, round } => {
            let (width, high) = (half * 2.0, SHAPE / 2.0);
            let _ = brush.round_rect_with_f64(-half, -high, width, SHAPE, *round);
        }
        Outline::Points(points) => {
            points.iter().for_each(|(x, y)| brush.line_to(*x, *y));
            brush.close_path();
        }
    }
}

/// Walks the few commands that a clamp is drawn with: to a place, and straight on.
fn line(brush: &Brush, path: &str) {
    brush.begin_path();
    let (mut x, mut y) = (0.0, 0.0);
    let mut words = path.split_whitespace();
    while let Some(word) = words.next() {
        let number = word[1..].parse().unwrap_or(0.0);
        match &word[..1] {
            "H" => x = number,
            "V" => y = number,
            _ => {
                x = number;
                y = words.next().and_then(|y| y.parse().ok()).unwrap_or(0.0);
            }
        }
        if word.starts_with('M') { brush.move_to(x, y) } else { brush.line_to(x, y) }
    }
}

fn stroke_and_fill(brush: &Brush, style: &Style) {
    if style.fill != "none" {
        brush.set_fill_style_str(&style.fill);
        brush.fill();
    }
    if style.stroke != "none" {
        let _ = brush.set_line_dash(&style.dashes);
        brush.set_line_width(style.width);
        brush.set_stroke_style_str(&style.stroke);
        brush.stroke();
    }
}

fn is_dark() -> bool {
    let root = web_sys::window().and_then(|window| window.document()?.document_element());
    match root.and_then(|root| root.get_attribute("data-theme")).as_deref() {
        Some("dark") => true,
        Some("light") => false,
        _ => media("(prefers-color-scheme: dark)"),
    }
}
