use super::focus::use_focus;
use crate::actions::key_told;
use crate::hands::Hand;
use crate::update::Command;
use crate::words::hands::Words;
use web_sys::HtmlInputElement;
use yew::prelude::*;

/// One action as the palette lists it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entry {
    pub id: &'static str,
    pub key: &'static str,
    pub name: String,
    /// It concerns what is selected.
    pub chosen: bool,
}

#[derive(Properties, PartialEq)]
pub(crate) struct PaletteProps {
    pub words: &'static Words,
    pub entries: Vec<Entry>,
    pub send: Callback<Command>,
}

/// Every action with its key; typing narrows them, Enter does the one marked.
#[component]
pub(crate) fn Palette(props: &PaletteProps) -> Html {
    let (w, input) = (props.words, use_focus());
    // Where much is drawn, a key can come before what was typed is: it goes by what is typed.
    let (sought, draw) = (use_mut_ref(Sought::default), use_force_update());
    let oninput = {
        let (sought, draw) = (sought.clone(), draw.clone());
        Callback::from(move |event: InputEvent| {
            let input = event.target_dyn_into::<HtmlInputElement>();
            let query = input.map(|input| input.value()).unwrap_or_default();
            *sought.borrow_mut() = Sought { query, marked: 0 };
            draw.force_update();
        })
    };
    let onkeydown = {
        let (sought, send, entries) = (sought.clone(), props.send.clone(), props.entries.clone());
        Callback::from(move |event: KeyboardEvent| {
            let mut sought = sought.borrow_mut();
            let (found, at) = sought.found(&entries);
            match event.key().as_str() {
                "ArrowDown" => sought.marked = (at + 1).min(found.len().saturating_sub(1)),
                "ArrowUp" => sought.marked = at.saturating_sub(1),
                "Enter" => {
                    if let Some(entry) = found.get(at) {
                        send.emit(Command::Hands(Hand::Run(entry.id)));
                    }
                }
                _ => return,
            }
            draw.force_update();
            event.prevent_default();
            event.stop_propagation();
        })
    };
    let sought = sought.borrow();
    let (found, at) = sought.found(&props.entries);
    let active = found.get(at).map(|entry| ["act-", entry.id].concat());
    html! {
        <section class="dialog palette" role="dialog" aria-label={w.palette}>
            <h2>{ w.palette }</h2>
            <input ref={input} type="text" class="find" role="combobox" aria-expanded="true"
                aria-controls="actions" aria-autocomplete="list" aria-activedescendant={active}
                aria-label={w.palette_find} placeholder={w.palette_find} autocomplete="off"
                value={sought.query.clone()} {oninput} {onkeydown} />
            <ul id="actions" role="listbox" aria-label={w.palette}>
                { for found.iter().enumerate().map(|(index, entry)| {
                    row(entry, index == at, &props.send)
                }) }
            </ul>
            if found.is_empty() { <p class="note" role="status">{ w.palette_none }</p> }
        </section>
    }
}

/// What is typed, and the place of the entry marked.
#[derive(Debug, Default)]
struct Sought {
    query: String,
    marked: usize,
}

impl Sought {
    /// The entries that are meant, and which of them is marked.
    fn found<'a>(&self, entries: &'a [Entry]) -> (Vec<&'a Entry>, usize) {
        let sought = plain(&self.query);
        let meant = entries.iter().filter(|entry| plain(&entry.name).contains(&sought));
        let found: Vec<&Entry> = meant.collect();
        let at = self.marked.min(found.len().saturating_sub(1));
        (found, at)
    }
}

fn row(entry: &Entry, marked: bool, send: &Callback<Command>) -> Html {
    let id = entry.id;
    let onclick = send.reform(move |_: MouseEvent| Command::Hands(Hand::Run(id)));
    html! {
        <li id={["act-", id].concat()} role="option" {onclick}
            aria-selected={if marked { "true" } else { "false" }}>
            <span>{ &entry.name }</span><kbd>{ key_told(entry.key) }</kbd>
        </li>
    }
}

/// For comparing: without capitals and accents.
fn plain(text: &str) -> String {
    let plain = |letter: char| match letter {
        'á' | 'Á' => 'a',
        'é' | 'É' => 'e',
        'í' | 'Í' => 'i',
        'ó' | 'Ó' => 'o',
        'ú' | 'Ú' | 'ü' => 'u',
        'ñ' | 'Ñ' => 'n',
        other => other.to_ascii_lowercase(),
    };
    text.chars().map(plain).collect()
}
