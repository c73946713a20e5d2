use crate::model::Language;
use relevo_exercises::{Page, Span, Term, spans};
use std::rc::Rc;
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub(crate) struct ProseProps {
    pub language: Language,
    pub page: Rc<Page>,
    pub text: AttrValue,
}

/// A text of an exercise: what has weight is set so, and a term opens its definition in place.
#[component]
pub(crate) fn Prose(props: &ProseProps) -> Html {
    // A term is known by its place, and in another language another may stand there.
    let open = use_state(|| None::<(usize, AttrValue)>);
    let place = open.as_ref().filter(|(_, text)| *text == props.text).map(|(place, _)| *place);
    let escape = {
        let open = open.clone();
        Callback::from(move |event: KeyboardEvent| {
            if event.key() == "Escape" && place.is_some() {
                event.stop_propagation();
                open.set(None);
            }
        })
    };
    let spans = spans(&props.text);
    let opened = place.and_then(|place| match spans.get(place)? {
        Span::Term { id, .. } => props.page.term(props.language.of_course(), id),
        Span::Text(_) | Span::Weight(_) => None,
    });
    let drawn = spans.iter().enumerate().map(|(at, span)| match *span {
        Span::Text(text) => html! { { text } },
        Span::Weight(text) => html! { <strong>{ text }</strong> },
        Span::Term { id, shown } => term(props, &open, (at, place == Some(at)), id, shown),
    });
    html! {
        <span onkeydown={escape}>
            { for drawn }
            // Below the text, whose sentence goes on.
            if let Some(term) = opened { { definition(props.language, term) } }
        </span>
    }
}

fn definition(language: Language, term: &Term) -> Html {
    let (word, foreign) = own_word(language, term);
    html! {
        <span class="definition" role="note">
            <strong lang={foreign}>{ word }</strong>
            { &term.word[word.len()..] }{ ": " }{ &term.text }
        </span>
    }
}

fn term(
    props: &ProseProps,
    open: &UseStateHandle<Option<(usize, AttrValue)>>,
    (place, opened): (usize, bool),
    id: &str,
    shown: Option<&str>,
) -> Html {
    let Some(term) = props.page.term(props.language.of_course(), id) else {
        return html! { { shown.unwrap_or(id) } };
    };
    let onclick = {
        let (open, text) = (open.clone(), props.text.clone());
        Callback::from(move |_: MouseEvent| {
            open.set((!opened).then(|| (place, text.clone())));
        })
    };
    let (word, foreign) = own_word(props.language, term);
    html! {
        <button class="term" {onclick} lang={foreign.filter(|_| shown.is_none())}
            aria-expanded={if opened { "true" } else { "false" }}>
            { shown.unwrap_or(word) }
        </button>
    }
}

/// The term itself, and its language where the field keeps the English word: the course's own word
/// then follows after a comma.
fn own_word(language: Language, term: &Term) -> (&str, Option<&'static str>) {
    let own = term.own(language.of_course());
    (own, (own.len() < term.word.len()).then_some("en"))
}

/// The same text without its marks, for titles and labels.
pub(crate) fn plain(page: &Page, language: Language, text: &str) -> String {
    page.plain(language.of_course(), text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_foreign_word_is_told_from_the_courses_own() {
        let term = |word: &str| Term { word: word.to_owned(), text: String::new() };
        let (watch, epoch) = (term("watch, vigilancia"), term("época"));
        assert_eq!(own_word(Language::Spanish, &watch), ("watch", Some("en")));
        assert_eq!(own_word(Language::Spanish, &epoch), ("época", None));
        assert_eq!(own_word(Language::English, &term("watch")), ("watch", None));
    }
}
