//! Parts of the page that come when they are opened.
//!
//! The first minute needs the ensemble, its diagram and its story. Everything else is compiled
//! with it and cut off afterwards (`xtask/src/split.rs`), into two files: what a learner's hands
//! open ([`Tools`]), and the course ([`Lessons`]). Each is reached through one table of functions
//! alone, so that whatever only they reach goes with them; a call around the table would bring it
//! back into the first load, which a test measures.
//!
//! A part is asked for when it is opened, or before that, when the page has nothing better to do.
//! What was asked of it meanwhile is kept and done in order once it is here. Where it does not
//! come, the page says so and offers to try again; what is here goes on.

use crate::app::App;
use crate::course::{self, Study};
use crate::hands::Hand;
use crate::model::{Figure, Opening, Place, Stage};
use crate::net::{Deed, Performed, perform};
use crate::update::Command;
use crate::view::{self, Lit};
use crate::words::Words;
use relevo_core::Seq;
use relevo_lab::stream::{LabInfo, Solution};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use wasm_split_helpers::{SplitLoaderError, wasm_split};
use yew::platform::time::sleep;
use yew::{Context, Html};

/// How many commands wait for a part.
const MOST_WAITING: usize = 32;
/// The page is left alone so long after its first picture, and a part after the one before.
const BREATH: Duration = Duration::from_secs(2);

/// A part of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Tools,
    Lessons,
}

/// What the hands open: figures, console, inspector, table, palette, links.
#[derive(Debug)]
pub(crate) struct Tools {
    /// Applies a key, or a command of the tree or the hands.
    pub apply: fn(&mut App, &Context<App>, Command) -> bool,
    /// Asks the server for a deed that is not of the first minute.
    pub perform: fn(Arc<str>, Deed) -> Performed,
    /// Keeps up with the lab, once a frame.
    pub follow: fn(&mut App),
    pub figures: fn(&App) -> Html,
    pub stage: fn(&App, &'static Words, bool) -> Html,
    pub console: fn(&App) -> Html,
    /// What is selected, and the event it is as it is by.
    pub inspector: fn(&App, &'static Words) -> Option<(Html, Seq)>,
    /// What stands out in the diagram.
    pub lit: fn(&App, Option<Seq>) -> Lit,
    pub table: fn(&App, &'static Words) -> Html,
    pub sift: fn(&App) -> Html,
    pub share: fn(&App, &'static Words) -> Html,
    pub dialogs: fn(&App, &'static Words) -> Html,
}

/// The course: map, exercises, questions.
#[derive(Debug)]
pub(crate) struct Lessons {
    pub apply: fn(&mut App, &Context<App>, Study),
    pub follow: fn(&mut App, &Context<App>),
    pub gone: fn(&mut App, &Context<App>) -> bool,
    pub greeted: fn(&mut App, &Context<App>, &LabInfo) -> bool,
    pub forked: fn(&mut App, &Context<App>, &Deed, &str) -> bool,
    pub refused: fn(&mut App, &Context<App>, &Deed) -> bool,
    pub stuck: fn(&mut App, &Solution),
    pub figure: fn(&App) -> Option<Figure>,
    /// The map, or a set of questions.
    pub screen: fn(&App) -> Html,
    /// The exercise beside its lab.
    pub beside: fn(&App, &'static Words) -> Html,
}

static TOOLS: Tools = Tools {
    apply: App::by_hand,
    perform,
    follow: App::hands_follow,
    figures: view::figures,
    stage: view::stage,
    console: view::console,
    inspector: view::inspector,
    lit: App::lit,
    table: view::table,
    sift: view::sift,
    share: view::share,
    dialogs: view::dialogs,
};

static LESSONS: Lessons = Lessons {
    apply: App::study,
    follow: App::follow,
    gone: App::study_gone,
    greeted: App::study_greeted,
    forked: App::study_forked,
    refused: App::study_refused,
    stuck: App::study_stuck,
    figure: course::figure,
    screen: view::screen,
    beside: view::beside,
};

#[wasm_split(tools, fallible)]
fn tools() -> Result<&'static Tools, SplitLoaderError> {
    Ok(&TOOLS)
}

#[wasm_split(lessons, fallible)]
fn lessons() -> Result<&'static Lessons, SplitLoaderError> {
    Ok(&LESSONS)
}

/// A part that was sent for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Arrived {
    Tools(&'static Tools),
    Lessons(&'static Lessons),
    /// The connection did not bring it.
    Not(Part),
}

/// How a part stands that is not here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Nobody has asked for it.
    #[default]
    Absent,
    /// It is under way; whether somebody waits for it.
    Coming { wanted: bool },
    /// It was wanted and did not come.
    Lost,
}

/// The parts that are here, and what waits for those that are not.
#[derive(Debug, Default)]
pub(crate) struct Parts {
    pub tools: Option<&'static Tools>,
    pub lessons: Option<&'static Lessons>,
    standing: [Standing; 2],
    waiting: VecDeque<Command>,
    /// The first picture is there, and what comes ahead of need was seen to.
    foreseen: bool,
    /// The story is told: the course comes next.
    told: bool,
}

impl Parts {
    /// How a part stands that is not here; none where it is.
    pub(crate) fn standing(&self, part: Part) -> Option<Standing> {
        (!self.has(part)).then_some(self.standing[part as usize])
    }

    fn has(&self, part: Part) -> bool {
        match part {
            Part::Tools => self.tools.is_some(),
            Part::Lessons => self.lessons.is_some(),
        }
    }

    /// Keeps what a part is to do, once it is here. The address counts only as it is at last, and
    /// of keys only the last: what is pressed again and again would be done all at once.
    fn keep(&mut self, command: Command) {
        if let Command::Key(_) = command {
            self.waiting.retain(|it| !matches!(it, Command::Key(_)));
        }
        let went = |it: &Command| matches!(it, Command::Study(Study::Went(_)));
        let again = went(&command) && self.waiting.iter().any(went);
        if self.waiting.len() < MOST_WAITING && !again {
            self.waiting.push_back(command);
        }
    }
}

impl App {
    /// Has a part apply a command, now or when it is here.
    pub(crate) fn by_part(&mut self, ctx: &Context<App>, command: Command) -> bool {
        match (command, self.parts.tools, self.parts.lessons) {
            (Command::Study(study), _, Some(lessons)) => (lessons.apply)(self, ctx, study),
            (command @ Command::Study(_), ..) => {
                self.parts.keep(command);
                self.send_for(ctx, Part::Lessons, true);
            }
            (command, Some(tools), _) => return (tools.apply)(self, ctx, command),
            (command, ..) => {
                self.parts.keep(command);
                self.send_for(ctx, Part::Tools, true);
            }
        }
        true
    }

    /// Sends for a part, unless it is here or under way.
    pub(crate) fn send_for(&mut self, ctx: &Context<App>, part: Part, wanted: bool) {
        if self.parts.has(part) {
            return;
        }
        let standing = &mut self.parts.standing[part as usize];
        match standing {
            Standing::Coming { wanted: before } => *before |= wanted,
            Standing::Lost if !wanted => {}
            _ => {
                *standing = Standing::Coming { wanted };
                ctx.link().send_future(async move { Command::Arrived(fetched(part).await) });
            }
        }
    }

    /// The server is back: so may be what did not come.
    pub(crate) fn send_again(&mut self, ctx: &Context<App>) {
        for part in [Part::Tools, Part::Lessons] {
            if self.parts.standing(part) == Some(Standing::Lost) {
                self.send_for(ctx, part, true);
            }
        }
    }

    /// A part is here, or not.
    pub(crate) fn arrived(&mut self, ctx: &Context<App>, arrived: Arrived) {
        view::hand_on_focus();
        match arrived {
            Arrived::Tools(tools) => self.parts.tools = Some(tools),
            Arrived::Lessons(lessons) => self.parts.lessons = Some(lessons),
            Arrived::Not(part) => {
                let standing = &mut self.parts.standing[part as usize];
                let wanted = *standing == Standing::Coming { wanted: true };
                *standing = if wanted { Standing::Lost } else { Standing::Absent };
                return;
            }
        }
        // What the other part is to do is kept again.
        for command in std::mem::take(&mut self.parts.waiting) {
            self.apply(ctx, command);
        }
        self.ask_next(ctx);
    }

    /// Sends for what is open, and, while nothing is under way, for what may be opened soon: the
    /// tools after the first picture, the course when the story is told.
    pub(crate) fn foresee(&mut self, ctx: &Context<App>) {
        if self.opens_tools() && self.parts.standing(Part::Tools) != Some(Standing::Lost) {
            self.send_for(ctx, Part::Tools, true);
        }
        if !self.parts.foreseen && !self.store.scene.servers.is_empty() {
            self.parts.foreseen = true;
            soon(ctx, Part::Tools);
        }
        if !self.parts.told && self.store.story.stage == Stage::Resumed {
            self.parts.told = true;
            soon(ctx, Part::Lessons);
        }
    }

    /// Whether something is to be seen that the tools draw.
    fn opens_tools(&self) -> bool {
        let view = &self.view;
        let known = !self.store.lab.id.is_empty() || self.course.opening == Opening::Open;
        view.selection.is_some()
            || view.table
            || view.keys
            || view.connect
            || (known && !self.shows_one_thing())
    }

    /// Goes where the address says.
    pub(crate) fn went(&mut self, ctx: &Context<App>) {
        let before = std::mem::replace(&mut self.course.place, Place::of_address());
        if self.course.place != before
            && let Some(window) = web_sys::window()
        {
            window.scroll_to_with_x_and_y(0.0, 0.0);
        }
        if self.course.place != Place::Lab || self.course.opening != Opening::Closed {
            self.by_part(ctx, Command::Study(Study::Went(before)));
        }
        if crate::link::in_address() {
            self.by_part(ctx, Command::Hands(Hand::FollowLink));
        }
    }
}

/// Sends for a part after a while.
fn soon(ctx: &Context<App>, part: Part) {
    ctx.link().send_future(async move {
        sleep(BREATH).await;
        Command::SendFor(part, false)
    });
}

async fn fetched(part: Part) -> Arrived {
    let arrived = match part {
        Part::Tools => tools().await.map(Arrived::Tools),
        Part::Lessons => lessons().await.map(Arrived::Lessons),
    };
    arrived.unwrap_or(Arrived::Not(part))
}
