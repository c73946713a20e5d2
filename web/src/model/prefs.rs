use crate::words::Words;
use crate::words::{en::EN, es::ES};

/// A language of the page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Language {
    #[default]
    Spanish,
    English,
}

/// Which tokens are used; `System` follows the browser.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Theme {
    #[default]
    System,
    Light,
    Dark,
}

/// How much is told aloud. Heartbeats never are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    #[default]
    Consequences,
    Messages,
    Everything,
}

/// What the learner chose and finds again after a reload.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Preferences {
    pub language: Language,
    pub theme: Theme,
    pub level: Level,
}

impl Language {
    pub(crate) fn words(self) -> &'static Words {
        match self {
            Language::Spanish => &ES,
            Language::English => &EN,
        }
    }

    /// The words of the course.
    pub(crate) fn course(self) -> &'static crate::words::course::Words {
        match self {
            Language::Spanish => &crate::words::course::ES,
            Language::English => &crate::words::course::EN,
        }
    }

    /// The language it is not.
    pub(crate) fn other(self) -> Language {
        match self {
            Language::Spanish => Language::English,
            Language::English => Language::Spanish,
        }
    }

    /// As BCP 47 has it.
    pub(crate) fn tag(self) -> &'static str {
        match self {
            Language::Spanish => "es",
            Language::English => "en",
        }
    }
}

fn storage() -> Option<web_sys::Storage> {
    web_sys::window()?.local_storage().ok()?
}

/// Reads something kept under the page's own prefix.
pub(crate) fn kept(key: &str) -> Option<String> {
    storage()?.get_item(&["relevo.", key].concat()).ok()?
}

/// Keeps something; a browser that refuses storage merely forgets.
pub(crate) fn keep(key: &str, value: &str) {
    if let Some(storage) = storage() {
        let _ = storage.set_item(&["relevo.", key].concat(), value);
    }
}

impl Preferences {
    /// What was kept, else what the browser says.
    pub(crate) fn load() -> Preferences {
        let language = kept("language").or_else(|| web_sys::window()?.navigator().language());
        let language = match language.as_deref() {
            Some(tag) if tag.starts_with("es") => Language::Spanish,
            _ => Language::English,
        };
        let theme = match kept("theme").as_deref() {
            Some("light") => Theme::Light,
            Some("dark") => Theme::Dark,
            _ => Theme::System,
        };
        let level = match kept("level").as_deref() {
            Some("messages") => Level::Messages,
            Some("everything") => Level::Everything,
            _ => Level::Consequences,
        };
        Preferences { language, theme, level }
    }

    /// Keeps them and gives the document its language and theme.
    pub(crate) fn apply(&self) {
        let theme = match self.theme {
            Theme::System => "system",
            Theme::Light => "light",
            Theme::Dark => "dark",
        };
        let level = match self.level {
            Level::Consequences => "consequences",
            Level::Messages => "messages",
            Level::Everything => "everything",
        };
        keep("language", self.language.tag());
        keep("theme", theme);
        keep("level", level);
        let root = web_sys::window().and_then(|w| w.document()).and_then(|d| d.document_element());
        if let Some(root) = root {
            let _ = root.set_attribute("lang", self.language.tag());
            let _ = root.set_attribute("data-theme", theme);
        }
    }
}
