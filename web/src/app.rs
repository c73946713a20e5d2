//! The page as a whole: what it knows, what is open, and the tree of components.

use crate::course::Address;
use crate::hands::Hands;
use crate::keyboard::Keyboard;
use crate::model::{Course, Figure, Language, LinkState, Place, Preferences, Store, kept};
use crate::net::{Deed, Socket, Source};
use crate::paint::Frames;
use crate::parts::Parts;
use crate::picture::Room;
use crate::tree::Grove;
use crate::update::{Command, Selection, media};
use crate::view::{self, Turns};
use relevo_core::Instant;
use relevo_lab::{Scene, Work};
use std::collections::VecDeque;
use std::sync::Arc;
use yew::platform::time::sleep;
use yew::prelude::*;

/// What is open and selected: gone with a reload, unlike the preferences.
#[derive(Debug)]
pub(crate) struct ViewState {
    pub selection: Option<Selection>,
    /// How the lab is drawn, where the learner chose.
    pub figure: Option<Figure>,
    /// The instant looked back on; none while now is shown.
    pub cursor: Option<Instant>,
    /// The scene at the cursor.
    pub past: Option<Scene>,
    /// An instant the page has forgotten, asked of the server; and once its answer is there.
    pub recalling: Option<Instant>,
    pub recalled: Option<Instant>,
    /// The diagram's left edge, in nanoseconds, while it does not follow now.
    pub anchor: Option<f64>,
    /// How much lab time the diagram spans, in nanoseconds.
    pub span: f64,
    pub zoom: f64,
    /// The zoom was changed since the past is looked at.
    pub zoomed: bool,
    pub replaying: bool,
    /// The lab was paused because its past is looked at.
    pub waits: bool,
    /// The speed to return to once the election is over.
    pub hurried: Option<f64>,
    /// The invitation to look back is shown.
    pub invited: bool,
    pub looked_back: bool,
    pub keys: bool,
    pub table: bool,
    pub connect: bool,
    pub column: bool,
    pub more: bool,
    /// What the learner's hands have opened, moved and left out.
    pub hands: Hands,
    pub addresses: Vec<String>,
    pub own_addresses: Vec<String>,
    /// What the server would not do, and why.
    pub refused: Option<Arc<str>>,
    /// What was said aloud last.
    pub said: Arc<str>,
}

/// The root component.
pub(crate) struct App {
    pub store: Store,
    pub prefs: Preferences,
    pub view: ViewState,
    /// The room of the scene, and of the diagram.
    pub room: Room,
    pub diagram_room: Room,
    pub source: Source,
    pub socket: Option<Socket>,
    /// Failed attempts to connect in a row.
    pub attempts: u32,
    /// This page's build; the server's must be the same.
    pub build: Option<Arc<str>>,
    /// The learner wants no motion.
    pub calm: bool,
    pub last_tick_ms: f64,
    pub last_render_ms: f64,
    pub turns: Turns,
    /// Something has happened since.
    pub stale: bool,
    pub last_tempo_ms: f64,
    /// A lab not seen before is to be given its pace.
    pub pace: bool,
    /// What the server is to be asked next, and whether it is being asked something.
    pub asked: VecDeque<(Arc<str>, Deed)>,
    pub asking: bool,
    pub send: Callback<Command>,
    pub course: Course,
    /// The tree and the console.
    pub grove: Grove,
    /// What comes when it is opened.
    pub parts: Parts,
    _address: Address,
    _frames: Frames,
    _keyboard: Keyboard,
}

impl Component for App {
    type Message = Command;
    type Properties = ();

    fn create(ctx: &Context<App>) -> App {
        let prefs = Preferences::load();
        prefs.apply();
        let send = ctx.link().callback(|command| command);
        let mut app = App {
            store: Store::default(),
            prefs,
            view: ViewState::new(),
            room: Room::default(),
            diagram_room: Room::default(),
            source: first_source(),
            socket: None,
            attempts: 0,
            build: own_build(),
            calm: media("(prefers-reduced-motion: reduce)"),
            last_tick_ms: 0.0,
            last_render_ms: 0.0,
            turns: Turns::default(),
            stale: false,
            last_tempo_ms: 0.0,
            pace: false,
            asked: VecDeque::new(),
            asking: false,
            send,
            course: Course::default(),
            grove: Grove::default(),
            parts: Parts::default(),
            _address: Address::watch(ctx.link().callback(|()| Command::Went)),
            _frames: Frames::start(ctx.link().callback(|_| Command::Tick)),
            _keyboard: Keyboard::listen(ctx.link().callback(Command::Key)),
        };
        app.went(ctx);
        if !crate::link::in_address() && app.course.place.exercise().is_none() {
            app.connect(ctx);
        }
        app
    }

    fn update(&mut self, ctx: &Context<App>, command: Command) -> bool {
        self.apply(ctx, command)
    }

    fn view(&self, _: &Context<App>) -> Html {
        view::page(self)
    }
}

impl App {
    pub(crate) fn connect(&mut self, ctx: &Context<App>) {
        self.socket = Socket::open(&self.source, ctx.link().callback(Command::News));
        if self.socket.is_none() {
            self.store.link = LinkState::Healing;
            self.retry(ctx, true);
        }
    }

    /// Tries again, each time a little later. Where the server is there but will not show the
    /// lab, the lab is gone, and a new one is asked for.
    pub(crate) fn retry(&mut self, ctx: &Context<App>, greeted: bool) {
        self.attempts += 1;
        let wait_ms = (250 * u64::from(self.attempts)).min(3_000);
        ctx.link().send_future(async move {
            sleep(std::time::Duration::from_millis(wait_ms)).await;
            Command::Reconnect { gone: !greeted && reachable().await }
        });
    }

    /// Whether the language writes a decimal comma.
    pub(crate) fn comma(&self) -> bool {
        self.prefs.language == Language::Spanish
    }

    /// How the lab is drawn: as the learner chose, else as the exercise's step has it.
    pub(crate) fn figure(&self) -> Figure {
        let made_for = || (self.parts.lessons?.figure)(self);
        self.view
            .figure
            .filter(|_| !self.shows_one_thing())
            .or_else(made_for)
            .unwrap_or(Figure::Ensemble)
    }

    /// What a chosen figure was chosen for: a step of an exercise, or a lab.
    pub(crate) fn figure_scope(&self) -> String {
        match self.course.place.exercise() {
            Some(id) => [id, ".", &self.course.progress.passed.to_string()].concat(),
            None => self.store.lab.id.to_string(),
        }
    }

    /// Shows the figure chosen here before a reload.
    pub(crate) fn remember_figure(&mut self) {
        let kept = kept("figure").unwrap_or_default();
        if let Some((scope, name)) = kept.split_once(' ')
            && self.view.figure.is_none()
            && scope == self.figure_scope()
        {
            self.view.figure = Figure::named(name);
        }
    }

    /// The first minute shows one thing only, until its console is used.
    pub(crate) fn shows_one_thing(&self) -> bool {
        let first = self.course.place == Place::Lab && &*self.store.lab.scenario == "first-minute";
        first && !self.console_open()
    }

    /// Whether the lab has what a figure draws.
    pub(crate) fn can_draw(&self, figure: Figure) -> bool {
        let stands = |work: &Work| matches!(work, Work::Candidate { .. });
        let mut clients = self.store.scene.clients.values();
        figure != Figure::Election || clients.any(|client| stands(&client.work))
    }

    /// The scene shown: now's, or the past looked back on.
    pub(crate) fn shown(&self) -> &Scene {
        self.view.past.as_ref().unwrap_or(&self.store.scene)
    }
}

impl ViewState {
    fn new() -> ViewState {
        ViewState {
            selection: None,
            figure: None,
            cursor: None,
            past: None,
            recalling: None,
            recalled: None,
            anchor: None,
            span: 6e8,
            zoom: 1.0,
            zoomed: false,
            replaying: false,
            waits: false,
            hurried: None,
            invited: false,
            looked_back: false,
            keys: false,
            table: false,
            connect: false,
            column: false,
            more: false,
            hands: Hands::load(),
            addresses: Vec::new(),
            own_addresses: Vec::new(),
            refused: None,
            said: "".into(),
        }
    }
}

/// The lab this page showed before a reload or the address names, else a new one.
fn first_source() -> Source {
    let query = web_sys::window().and_then(|window| window.location().search().ok());
    let asked = query.as_deref().and_then(|query| query.strip_prefix("?lab=").map(str::to_owned));
    match asked.or_else(|| kept("lab")) {
        Some(lab) => Source::Lab(lab.into()),
        None => Source::FirstMinute,
    }
}

/// Whether the server answers at all.
async fn reachable() -> bool {
    let Some(window) = web_sys::window() else { return false };
    wasm_bindgen_futures::JsFuture::from(window.fetch_with_str("/build.txt")).await.is_ok()
}

/// The build this page is of, as its own document says; none where nobody filled it in.
fn own_build() -> Option<Arc<str>> {
    let document = web_sys::window()?.document()?;
    let meta = document.query_selector("meta[name=relevo-build]").ok()??;
    meta.get_attribute("content").filter(|build| !build.is_empty()).map(Into::into)
}
