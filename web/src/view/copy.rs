use crate::words::Words;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub(crate) struct CopyableProps {
    pub words: &'static Words,
    pub text: AttrValue,
}

/// A text with the button that copies it, which then says whether it did.
#[component]
pub(crate) fn Copyable(props: &CopyableProps) -> Html {
    let (w, text) = (props.words, &props.text);
    let done = use_state(|| None::<(AttrValue, bool)>);
    let onclick = {
        let (done, text) = (done.clone(), text.clone());
        Callback::from(move |_: MouseEvent| {
            let (done, text) = (done.clone(), text.clone());
            spawn_local(async move {
                let copied = copy(&text).await;
                done.set(Some((text, copied)));
            });
        })
    };
    let done = done.as_ref().filter(|(copied, _)| copied == text).map(|(_, copied)| *copied);
    html! {
        <div class="copyable">
            <pre class="code" tabindex="0">{ text }</pre>
            <button class="linked" {onclick}>
                { if done == Some(true) { w.copied } else { w.copy } }
            </button>
            if done == Some(false) { <p class="note" role="status">{ w.uncopied }</p> }
        </div>
    }
}

/// Puts a text on the clipboard; whether it is there now. Over plain HTTP only the machine itself
/// is given a clipboard, and anyone may forbid its use.
async fn copy(text: &str) -> bool {
    let Some(window) = web_sys::window() else { return false };
    let clipboard = window.navigator().clipboard();
    !clipboard.is_undefined() && JsFuture::from(clipboard.write_text(text)).await.is_ok()
}
