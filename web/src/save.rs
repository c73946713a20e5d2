//! Taking along what is seen: the figure and the diagram as one picture, the trace as lines.

use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::js_sys::{Array, Promise};
use web_sys::{
    Blob, BlobPropertyBag, CanvasRenderingContext2d, CssStyleDeclaration, Document, Element,
    HtmlAnchorElement, HtmlCanvasElement, HtmlImageElement, Url, Window, XmlSerializer,
};

/// What of its style a drawn thing takes along; without its style sheet it would be black.
const STYLES: [&str; 14] = [
    "fill",
    "stroke",
    "stroke-width",
    "stroke-dasharray",
    "stroke-linecap",
    "stroke-linejoin",
    "paint-order",
    "opacity",
    "font-family",
    "font-size",
    "font-weight",
    "text-anchor",
    "display",
    "filter",
];
/// A picture's pixels a pixel of the screen.
const FINE: f64 = 2.0;

/// Saves the server's lines of the trace.
pub(crate) fn trace(lab: &str) {
    let Some(document) = document() else { return };
    let _ = download(&document, &["/trace.jsonl?lab=", lab].concat(), "");
}

/// Saves what is seen as SVG.
pub(crate) fn svg(name: &str) -> Option<()> {
    let document = document()?;
    let (text, ..) = drawn(&document)?;
    let url = blob_url(&text)?;
    let saved = download(&document, &url, &[name, ".svg"].concat());
    let _ = Url::revoke_object_url(&url);
    saved
}

/// Saves what is seen as PNG.
pub(crate) async fn png(name: &str) -> Option<()> {
    let document = document()?;
    let (text, width, height) = drawn(&document)?;
    let encoded: String = web_sys::js_sys::encode_uri_component(&text).into();
    let image = HtmlImageElement::new().ok()?;
    image.set_src(&["data:image/svg+xml;charset=utf-8,", &encoded].concat());
    JsFuture::from(image.decode()).await.ok()?;
    let canvas: HtmlCanvasElement = document.create_element("canvas").ok()?.dyn_into().ok()?;
    canvas.set_width((width * FINE) as u32);
    canvas.set_height((height * FINE) as u32);
    let context = canvas.get_context("2d").ok()??;
    let context: CanvasRenderingContext2d = context.dyn_into().ok()?;
    let (wide, high) = (width * FINE, height * FINE);
    context.draw_image_with_html_image_element_and_dw_and_dh(&image, 0.0, 0.0, wide, high).ok()?;
    let promise = Promise::new(&mut |done, _| {
        let given = Closure::once_into_js(move |blob: JsValue| {
            let _ = done.call1(&JsValue::NULL, &blob);
        });
        let _ = canvas.to_blob(given.unchecked_ref());
    });
    let blob: Blob = JsFuture::from(promise).await.ok()?.dyn_into().ok()?;
    let url = Url::create_object_url_with_blob(&blob).ok()?;
    let saved = download(&document, &url, &[name, ".png"].concat());
    let _ = Url::revoke_object_url(&url);
    saved
}

fn window() -> Option<Window> {
    web_sys::window()
}

fn document() -> Option<Document> {
    window()?.document()
}

/// Figure above diagram, on the page's own paper; its text, width and height.
fn drawn(document: &Document) -> Option<(String, f64, f64)> {
    let window = window()?;
    let figures = document.query_selector_all("svg.figure").ok()?;
    let body = document.body()?;
    let paper = window.get_computed_style(&body).ok()??;
    let paper = paper.get_property_value("background-color").ok()?;
    let (mut inside, mut width, mut height) = (String::new(), 0.0f64, 0.0);
    for index in 0..figures.length() {
        let figure: Element = figures.item(index)?.dyn_into().ok()?;
        let bounds = figure.get_bounding_client_rect();
        let copy: Element = figure.clone_node_with_deep(true).ok()?.dyn_into().ok()?;
        styled(&window, &figure, &copy)?;
        let number = |value: f64| value.round().to_string();
        for (name, value) in [
            ("y", number(height)),
            ("width", number(bounds.width())),
            ("height", number(bounds.height())),
        ] {
            copy.set_attribute(name, &value).ok()?;
        }
        inside.push_str(&XmlSerializer::new().ok()?.serialize_to_string(&copy).ok()?);
        (width, height) = (width.max(bounds.width()), height + bounds.height());
    }
    let size =
        [" width=\"", &width.round().to_string(), "\" height=\"", &height.round().to_string()];
    let text = [
        "<svg xmlns=\"http://www.w3.org/2000/svg\"",
        &size.concat(),
        "\"><rect width=\"100%\" height=\"100%\" fill=\"",
        &paper,
        "\"/>",
        &inside,
        "</svg>",
    ];
    (width > 0.0).then(|| (text.concat(), width, height))
}

/// Writes onto a copy, deeply, how its original looks.
fn styled(window: &Window, original: &Element, copy: &Element) -> Option<()> {
    let style: CssStyleDeclaration = window.get_computed_style(original).ok()??;
    for name in STYLES {
        let value = style.get_property_value(name).ok()?;
        if !value.is_empty() {
            copy.set_attribute(name, &value).ok()?;
        }
    }
    let (originals, copies) = (original.children(), copy.children());
    for index in 0..originals.length() {
        styled(window, &originals.item(index)?, &copies.item(index)?)?;
    }
    Some(())
}

fn blob_url(text: &str) -> Option<String> {
    let parts = Array::of1(&JsValue::from_str(text));
    let options = BlobPropertyBag::new();
    options.set_type("image/svg+xml");
    let blob = Blob::new_with_str_sequence_and_options(&parts, &options).ok()?;
    Url::create_object_url_with_blob(&blob).ok()
}

fn download(document: &Document, url: &str, name: &str) -> Option<()> {
    let anchor: HtmlAnchorElement = document.create_element("a").ok()?.dyn_into().ok()?;
    anchor.set_href(url);
    anchor.set_download(name);
    document.body()?.append_child(&anchor).ok()?;
    anchor.click();
    anchor.remove();
    Some(())
}
