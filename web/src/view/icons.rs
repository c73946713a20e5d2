use yew::prelude::*;

/// A small drawing that goes with a word; hidden from readers, for the word says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Icon {
    Play,
    Pause,
    Forward,
    Back,
    Check,
    Cross,
    Theme,
    Plus,
    Minus,
    Fit,
}

#[derive(Properties, PartialEq)]
pub(crate) struct IconProps {
    pub icon: Icon,
}

#[component]
pub(crate) fn Glyph(props: &IconProps) -> Html {
    let (path, class) = match props.icon {
        Icon::Play => ("M5 3 L17 10 L5 17 Z", "icon solid"),
        Icon::Pause => ("M5 3 H8 V17 H5 Z M12 3 H15 V17 H12 Z", "icon solid"),
        Icon::Forward => ("M4 3 L14 10 L4 17 Z M15 3 H17 V17 H15 Z", "icon solid"),
        Icon::Back => ("M16 3 L6 10 L16 17 Z M3 3 H5 V17 H3 Z", "icon solid"),
        Icon::Check => ("M4 11 L8 15 L16 5", "icon line"),
        Icon::Cross => ("M5 5 L15 15 M15 5 L5 15", "icon line"),
        Icon::Plus => ("M10 4 V16 M4 10 H16", "icon line"),
        Icon::Minus => ("M4 10 H16", "icon line"),
        Icon::Fit => ("M4 8 V4 H8 M12 4 H16 V8 M16 12 V16 H12 M8 16 H4 V12", "icon line"),
        Icon::Theme => {
            ("M10 3 A7 7 0 0 1 10 17 Z M10 3 A7 7 0 1 0 10 17 A7 7 0 1 0 10 3", "icon both")
        }
    };
    html! {
        <svg {class} viewBox="0 0 20 20" aria-hidden="true" focusable="false">
            <path d={path} />
        </svg>
    }
}
