//! The page: one lab, alive.
//!
//! The server streams numbered events; [`model::Store`] folds them with the same code the server
//! uses (`Scene::apply`, `Diagram::apply`) and keeps a window of the past, so that looking back
//! asks nobody. [`update`] is the one place that changes anything; components draw what they are
//! given and send [`update::Command`]s. What moves between renders ([`paint`]) is moved by
//! setting attributes once a frame; everything else is drawn again only where it changed.
//!
//! Words stand in [`words`], one struct with a value for each language, so that a missing word
//! does not compile. Colours and sizes stand in the style sheets' tokens, places in [`picture`].

mod actions;
mod app;
mod course;
mod handin;
mod hands;
mod inspect;
mod keyboard;
mod link;
mod model;
mod net;
mod paint;
mod parts;
mod picture;
mod save;
mod tell;
mod tree;
mod update;
mod view;
mod words;

fn main() {
    let document = web_sys::window().and_then(|window| window.document());
    match document.and_then(|document| document.get_element_by_id("app")) {
        Some(root) => {
            root.set_inner_html("");
            yew::Renderer::<app::App>::with_root(root).render();
        }
        None => {
            yew::Renderer::<app::App>::new().render();
        }
    }
}
