//! The commands of the page and the one place that applies them.

use crate::app::App;
use crate::course::Study;
use crate::hands::Hand;
use crate::model::{Answer, Figure, Language, Level, LinkState, Stage, Theme, keep};
use crate::net::{Deed, News, Outcome, Source, is_first, perform_first};
use crate::paint::{Moment, now_ms, paint};
use crate::parts::{Arrived, Part};
use crate::picture::{MANY, Room};
use crate::tell;
use crate::tree::Twig;
use relevo_core::{HostId, Instant, Party, Seq};
use relevo_lab::stream::Frame;
use std::sync::Arc;
use yew::Context;

/// What can be selected, and asked "why?".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Selection {
    Server(HostId),
    Client(Party),
    Link(HostId, HostId),
    /// A message, by the event of its sending.
    Message(Seq),
    Event(Seq),
    /// The znode chosen in the tree.
    Znode,
}

/// Something that opens and closes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Panel {
    Keys,
    Table,
    Connect,
    /// The column, where the window is narrow.
    Column,
    /// The faults behind "more".
    More,
}

/// Everything a component or the outside can ask of the page.
#[derive(Debug)]
pub(crate) enum Command {
    Tick,
    News(News),
    /// Try the connection again; the lab may be gone while the server is there.
    Reconnect {
        gone: bool,
    },
    Room(Room),
    DiagramRoom(Room),
    Key(String),
    Answer(Answer),
    /// The button of the first minute.
    StopLeader,
    Select(Option<Selection>),
    Do(Deed),
    Came(Deed, Outcome),
    /// Run or stand; in the past, play it again.
    PlayPause,
    /// One event on, or back.
    Step {
        forward: bool,
    },
    Speed(f64),
    /// Look at this instant.
    Seek(Instant),
    /// Back to now.
    Now,
    /// A different future from the instant shown.
    Fork,
    /// Another lab.
    Visit(Source),
    /// Shows less or more time at once.
    Zoom(f64),
    Toggle(Panel),
    Close,
    Language(Language),
    NextTheme,
    NextLevel,
    /// Draws the lab another way.
    Figure(Figure),
    /// Something of the tree or the console.
    Twig(Twig),
    /// The address changed.
    Went,
    /// Something of the course.
    Study(Study),
    /// Something of the figure, the diagram or a link.
    Hands(Hand),
    /// A part is to come; whether somebody waits for it.
    SendFor(Part, bool),
    Arrived(Arrived),
}

/// The speeds offered.
pub(crate) const SPEEDS: [f64; 8] = [1.0, 0.5, 0.25, 0.125, 0.0625, 0.03125, 0.015625, 0.0078125];
/// How fast a visitor's own lab runs at first: a number a second, hops of a few milliseconds that
/// the eye can follow.
const PACE: f64 = 0.125;
/// What time slows to by itself when the leader is stopped, so that each vote can be read; and what
/// it hurries to while nothing is under way.
const SLOW: f64 = 0.015625;
const QUIET: f64 = 0.0625;
/// Between two changes of that tempo, in milliseconds.
const TEMPO_MS: f64 = 250.0;
/// How many deeds wait for the one before them: a key held down must not pile up what is done
/// long after it is let go.
const MOST_ASKED: usize = 32;
/// Numbers the new leader has acknowledged when time goes on as before.
const SETTLED: u32 = 2;
/// How much real time the diagram spans, in nanoseconds at full speed.
const SPAN_NS: f64 = 5e9;
/// With many messages in flight the page renders less often: every so many milliseconds.
const CROWDED_MS: f64 = 70.0;
/// However slow time is, so much of it is shown: enough to see what led here.
const LEAST_SPAN_NS: f64 = 3e8;
/// Where "now" stands in the diagram, from its left.
pub(crate) const NOW_AT: f64 = 0.74;

impl App {
    /// Applies one command; tells whether anything must be drawn again.
    pub(crate) fn apply(&mut self, ctx: &Context<App>, command: Command) -> bool {
        if !matches!(command, Command::Tick | Command::News(_)) {
            self.turns.both();
        }
        match command {
            Command::Tick => return self.tick(ctx),
            Command::News(news) => {
                let rendered = self.news(ctx, news);
                if rendered {
                    self.turns.both();
                }
                return rendered;
            }
            Command::Reconnect { gone } => {
                if gone && self.parts.lessons.is_some_and(|lessons| (lessons.gone)(self, ctx)) {
                    return true;
                }
                if gone {
                    self.source = Source::FirstMinute;
                }
                self.connect(ctx);
            }
            Command::Room(room) => {
                let changed = self.room != room;
                self.room = room;
                return changed;
            }
            Command::DiagramRoom(room) => {
                let changed = self.diagram_room != room;
                self.diagram_room = room;
                return changed;
            }
            Command::Answer(answer) => {
                self.store.story.answer = Some(answer);
                answer.keep(&self.store.lab.id);
            }
            Command::StopLeader => self.stop_leader(ctx),
            Command::Select(selection) => {
                self.view.selection = selection;
                self.view.more = false;
            }
            Command::Do(deed) => self.ask(ctx, deed),
            Command::Came(deed, outcome) => self.came(ctx, deed, outcome),
            Command::PlayPause => self.play_pause(ctx),
            Command::Step { forward } => self.step(ctx, forward),
            Command::Speed(speed) => {
                self.view.hurried = None;
                self.ask(ctx, Deed::Speed { speed });
            }
            Command::Seek(at) => self.seek(ctx, at),
            Command::Now => self.back_to_now(ctx),
            Command::Fork => {
                let at = self.view.cursor.unwrap_or(self.store.clock.now());
                self.ask(ctx, Deed::Fork { at });
            }
            Command::Visit(source) => self.visit(ctx, source),
            Command::Zoom(factor) => {
                self.view.zoom = (self.view.zoom * factor).clamp(1.0 / 16.0, 8.0);
                self.view.zoomed = true;
            }
            Command::Toggle(panel) => self.toggle(ctx, panel),
            Command::Close => self.close(),
            Command::Figure(figure) => {
                self.view.figure = Some(figure);
                keep("figure", &[&self.figure_scope(), " ", figure.name()].concat());
            }
            Command::Went => self.went(ctx),
            Command::Key(_) | Command::Twig(_) | Command::Study(_) | Command::Hands(_) => {
                return self.by_part(ctx, command);
            }
            Command::SendFor(part, wanted) => self.send_for(ctx, part, wanted),
            Command::Arrived(arrived) => self.arrived(ctx, arrived),
            Command::Language(language) => {
                self.prefs.language = language;
                self.prefs.apply();
            }
            Command::NextTheme => {
                self.prefs.theme = match self.prefs.theme {
                    Theme::System if prefers_dark() => Theme::Light,
                    Theme::System | Theme::Light => Theme::Dark,
                    Theme::Dark => Theme::Light,
                };
                self.prefs.apply();
            }
            Command::NextLevel => {
                self.prefs.level = match self.prefs.level {
                    Level::Consequences => Level::Messages,
                    Level::Messages => Level::Everything,
                    Level::Everything => Level::Consequences,
                };
                self.prefs.apply();
            }
        }
        true
    }

    fn tick(&mut self, ctx: &Context<App>) -> bool {
        let (before, stage) = (self.store.revision, self.store.story.stage);
        let now_ms = now_ms();
        let elapsed_ms = (now_ms - self.last_tick_ms).clamp(0.0, 100.0);
        self.last_tick_ms = now_ms;
        let (level, words) = (self.prefs.level, self.prefs.language.words());
        let mut said = None;
        let now = self.store.advance(now_ms, |event, scene| {
            said = tell::narrate(event, scene, level, words).or(said.take());
        });
        let spoken = said.is_some();
        if let Some(said) = said {
            self.view.said = said.into();
        }
        if let Some(at) = self.view.recalled.take() {
            self.look_at(at);
        }
        if let Some(lessons) = self.parts.lessons {
            (lessons.follow)(self, ctx);
        }
        if let Some(tools) = self.parts.tools {
            (tools.follow)(self);
        }
        self.foresee(ctx);
        let replayed = self.replay(ctx, now, elapsed_ms);
        self.settle(ctx, stage);
        self.tempo(ctx, now_ms);
        let zoomed = self.glide(elapsed_ms);
        paint(self.moment());
        self.stale |= self.store.revision != before;
        let rendered = spoken || replayed || zoomed || self.due(now_ms);
        if rendered {
            if self.crowded() && !replayed && !zoomed {
                self.turns.next();
            } else {
                self.turns.both();
            }
            (self.stale, self.last_render_ms) = (false, now_ms);
        }
        rendered
    }

    /// Renders when something has happened, and at least a few times a second for what no event
    /// changes: the clock's reading. Where much is in flight, not in every frame: what moves is
    /// moved by painters, and what is new comes a few frames later.
    fn due(&self, now_ms: f64) -> bool {
        let least = if self.crowded() { CROWDED_MS } else { 0.0 };
        let since = now_ms - self.last_render_ms;
        since > 120.0 || (self.stale && since > least)
    }

    fn crowded(&self) -> bool {
        self.store.scene.flights.len() > MANY
    }

    /// What this frame shows.
    pub(crate) fn moment(&self) -> Moment {
        let now = self.store.clock.now();
        let shown = self.view.cursor.unwrap_or(now);
        let left = match self.view.anchor {
            Some(anchor) => anchor,
            None => now.0 as f64 - self.view.span * NOW_AT,
        };
        Moment { now, shown, span: self.view.span, left }
    }

    /// Goes on playing the past, up to now.
    fn replay(&mut self, ctx: &Context<App>, now: Instant, elapsed_ms: f64) -> bool {
        let Some(cursor) = self.view.cursor.filter(|_| self.view.replaying) else { return false };
        let moved = elapsed_ms * 1e6 * self.store.clock.speed().min(QUIET);
        let cursor = Instant(cursor.0 + moved as u64);
        if cursor >= now {
            self.back_to_now(ctx);
        } else {
            self.look_at(cursor);
        }
        true
    }

    /// Lets time go on as before once the new leader has served a while.
    fn settle(&mut self, ctx: &Context<App>, before: Stage) {
        let story = &self.store.story;
        if before != Stage::Resumed && story.stage == Stage::Resumed {
            self.view.invited = true;
        }
        if story.stage == Stage::Resumed
            && story.since_resumed >= SETTLED
            && let Some(speed) = self.view.hurried.take()
        {
            self.ask(ctx, Deed::Speed { speed });
        }
    }

    /// While the election is shown, slow where something is under way, quicker where nothing is.
    fn tempo(&mut self, ctx: &Context<App>, now_ms: f64) {
        let story = &self.store.story;
        if self.view.hurried.is_none() || story.stage < Stage::Stopped {
            return;
        }
        let beat = relevo_lab::MessageKind::Ping;
        let busy = self.store.scene.flights.values().any(|flight| flight.kind != beat);
        let speed = if busy { SLOW } else { QUIET };
        let (due, other) = (now_ms - self.last_tempo_ms > TEMPO_MS, self.store.clock.speed());
        if due && (other / speed - 1.0).abs() > 0.1 {
            self.last_tempo_ms = now_ms;
            self.ask(ctx, Deed::Speed { speed });
        }
    }

    /// The span of the diagram follows the speed, quickly but not at once.
    fn glide(&mut self, elapsed_ms: f64) -> bool {
        let speed = self.store.clock.speed();
        let speed = if speed > 0.0 { speed } else { 1.0 };
        let aim = (SPAN_NS * speed).max(LEAST_SPAN_NS) / self.view.zoom;
        let ratio = aim / self.view.span;
        // While the past is looked at, only the learner changes how much of it is seen.
        let held = self.view.cursor.is_some() && !self.view.zoomed;
        if (ratio - 1.0).abs() < 0.002 || held {
            return false;
        }
        let share = if self.calm { 1.0 } else { (elapsed_ms / 60.0).min(1.0) };
        let span = self.view.span * ratio.powf(share);
        if let (Some(cursor), Some(left)) = (self.view.cursor, self.view.anchor) {
            let place = (cursor.0 as f64 - left) / self.view.span;
            self.view.anchor = Some(cursor.0 as f64 - place * span);
        }
        self.view.span = span;
        true
    }

    fn news(&mut self, ctx: &Context<App>, news: News) -> bool {
        match news {
            News::Frame(frame) => {
                if let Frame::Hello { build, lab } = &*frame {
                    if self.build.get_or_insert_with(|| build.clone()) != build {
                        return self.foreign();
                    }
                    let course = self.parts.lessons;
                    if !course.is_some_and(|lessons| (lessons.greeted)(self, ctx, lab)) {
                        let own = !lab.durable && lab.forked_from.is_none();
                        if own && crate::model::kept("lab").as_deref() != Some(&*lab.id) {
                            self.pace = true;
                        }
                        keep("lab", &lab.id);
                    }
                    let story = &mut self.store.story;
                    story.answer = story.answer.or_else(|| Answer::kept(&lab.id));
                    self.source = Source::Lab(lab.id.clone());
                    self.attempts = 0;
                    self.send_again(ctx);
                }
                if let Frame::Solution(solution) = &*frame
                    && let Some(lessons) = self.parts.lessons
                {
                    (lessons.stuck)(self, solution);
                }
                if let Frame::History { .. } = &*frame {
                    self.view.recalled = self.view.recalling.take();
                }
                let quiet = matches!(*frame, Frame::Events(_) | Frame::Clock(_));
                let hello = matches!(*frame, Frame::Hello { .. });
                self.store.receive(*frame, now_ms());
                if hello {
                    self.remember_figure();
                }
                if std::mem::take(&mut self.pace) {
                    self.ask(ctx, Deed::Speed { speed: PACE });
                }
                return !quiet;
            }
            News::Foreign => return self.foreign(),
            News::Closed { greeted } => {
                self.socket = None;
                self.asked.clear();
                if !matches!(self.store.link, LinkState::Stopped(_) | LinkState::Incompatible) {
                    self.store.link = LinkState::Healing;
                    self.retry(ctx, greeted);
                }
            }
        }
        true
    }

    /// The server is another build: a reload brings the page that goes with it, once.
    fn foreign(&mut self) -> bool {
        self.socket = None;
        self.store.link = LinkState::Incompatible;
        if let Some(window) = web_sys::window()
            && crate::model::kept("reloaded").is_none_or(|at| stale(&at))
        {
            keep("reloaded", &wall_ms().to_string());
            let _ = window.location().reload();
        }
        true
    }

    fn stop_leader(&mut self, ctx: &Context<App>) {
        self.back_to_now(ctx);
        let Some(leader) = self.store.scene.leader().map(|leader| leader.name.clone()) else {
            return;
        };
        let speed = self.store.clock.speed();
        if speed > SLOW {
            self.view.hurried = Some(speed);
            self.ask(ctx, Deed::Speed { speed: SLOW });
        }
        if self.store.clock.paused() {
            self.ask(ctx, Deed::ResumeTime);
        }
        self.ask(ctx, Deed::Crash { node: leader, power_loss: false });
    }

    pub(crate) fn ask(&mut self, ctx: &Context<App>, deed: Deed) {
        self.ask_of(ctx, self.store.lab.id.clone(), deed);
    }

    /// Asks one thing after the other: a pause and what ends it must not overtake each other on
    /// connections of their own.
    pub(crate) fn ask_of(&mut self, ctx: &Context<App>, lab: Arc<str>, deed: Deed) {
        self.view.refused = None;
        // Before the first lab has said hello there is none to ask anything of.
        if lab.is_empty() && !matches!(deed, Deed::Addresses | Deed::OpenLink(_)) {
            return;
        }
        if self.asked.len() < MOST_ASKED {
            self.asked.push_back((lab, deed));
        }
        self.ask_next(ctx);
    }

    pub(crate) fn ask_next(&mut self, ctx: &Context<App>) {
        if self.asking {
            return;
        }
        let Some((_, deed)) = self.asked.front() else { return };
        let by_tools = self.parts.tools.filter(|_| !is_first(deed));
        if by_tools.is_none() && !is_first(deed) {
            return self.send_for(ctx, Part::Tools, true);
        }
        let Some((lab, deed)) = self.asked.pop_front() else { return };
        self.asking = true;
        let told = deed.clone();
        ctx.link().send_future(async move {
            let outcome = match by_tools {
                Some(tools) => (tools.perform)(lab, deed).await,
                None => perform_first(lab, deed).await,
            };
            Command::Came(told, outcome)
        });
    }

    fn came(&mut self, ctx: &Context<App>, deed: Deed, outcome: Outcome) {
        self.asking = false;
        self.ask_next(ctx);
        match outcome {
            Outcome::Done => {}
            Outcome::Forked { lab } => {
                let course = self.parts.lessons;
                if !course.is_some_and(|lessons| (lessons.forked)(self, ctx, &deed, &lab)) {
                    // Time that was slowed by itself is not slow in another future.
                    if let Some(speed) = self.view.hurried {
                        self.ask_of(ctx, lab.clone(), Deed::Speed { speed });
                    }
                    self.visit(ctx, Source::Lab(lab));
                }
            }
            Outcome::Addresses(addresses) => {
                if deed == Deed::OpenPorts {
                    self.view.own_addresses = addresses;
                } else {
                    self.view.addresses = addresses;
                }
            }
            Outcome::Linked(link) => drop(self.apply(ctx, Command::Hands(Hand::Linked(link)))),
            Outcome::Made { lab, same } => {
                self.apply(ctx, Command::Hands(Hand::Made { lab, same }));
            }
            Outcome::Refused(reason) if matches!(deed, Deed::Link { .. } | Deed::OpenLink(_)) => {
                self.apply(ctx, Command::Hands(Hand::Refused(reason)));
            }
            Outcome::Refused(reason) => {
                let course = self.parts.lessons;
                if !course.is_some_and(|lessons| (lessons.refused)(self, ctx, &deed)) {
                    self.view.refused = Some(reason.into());
                }
            }
        }
    }

    fn play_pause(&mut self, ctx: &Context<App>) {
        if self.view.cursor.is_some() {
            self.view.replaying = !self.view.replaying;
        } else if self.store.clock.paused() {
            self.ask(ctx, Deed::ResumeTime);
        } else {
            self.ask(ctx, Deed::PauseTime);
        }
    }

    fn step(&mut self, ctx: &Context<App>, forward: bool) {
        let shown = self.view.cursor.unwrap_or(self.store.clock.now());
        if self.view.cursor.is_none() && forward {
            if self.store.clock.paused() {
                self.ask(ctx, Deed::Step { events: 1 });
            } else {
                self.ask(ctx, Deed::PauseTime);
            }
            return;
        }
        let neighbour = self.store.window.neighbour(shown, forward, tell::worth_a_stop);
        match neighbour.map(|event| (event.at, event.seq)) {
            Some((at, seq)) => {
                self.seek(ctx, at);
                self.view.selection = Some(Selection::Event(seq));
                self.say_event(seq);
            }
            None if forward => self.back_to_now(ctx),
            None => {
                let before = self.store.window.oldest().0.saturating_sub(1);
                self.seek(ctx, Instant(before));
            }
        }
    }

    pub(crate) fn say_event(&mut self, seq: Seq) {
        let words = self.prefs.language.words();
        if let Some(event) = self.store.event(seq) {
            self.view.said = tell::describe(event, &self.store.scene, words).into();
        }
    }

    pub(crate) fn seek(&mut self, ctx: &Context<App>, at: Instant) {
        let now = self.store.clock.now();
        if at >= now {
            self.back_to_now(ctx);
            return;
        }
        if self.view.cursor.is_none() {
            self.view.anchor = Some(self.moment().left);
            // The lab waits while its past is looked at; files and outside clients do not.
            if !self.store.clock.paused() && !self.store.lab.durable {
                self.view.waits = true;
                self.ask(ctx, Deed::PauseTime);
            }
        }
        self.view.replaying = false;
        self.view.looked_back = true;
        if at < self.store.window.oldest() {
            self.recall(ctx, at);
        }
        self.look_at(at);
    }

    /// Looks at what the page has forgotten: the server tells the past again, as far as the lab
    /// remembers it, and all of it is kept until now is returned to.
    fn recall(&mut self, ctx: &Context<App>, at: Instant) {
        let remembered = self.store.clock.oldest() < self.store.window.oldest();
        if self.view.recalling.is_some() || (remembered && !self.store.window.whole) {
            let asked = self.view.recalling.replace(at).is_some();
            self.store.window.whole = true;
            if !asked {
                self.connect(ctx);
            }
        }
    }

    fn look_at(&mut self, at: Instant) {
        let at = at.max(self.store.window.oldest());
        self.view.cursor = Some(at);
        self.view.past = self.store.scene_at(at);
        // The diagram follows a cursor that leaves it.
        let (left, span) = (self.view.anchor.unwrap_or(0.0), self.view.span);
        let place = (at.0 as f64 - left) / span;
        if place < 0.05 {
            self.view.anchor = Some(at.0 as f64 - span * 0.45);
        } else if place > 0.95 {
            self.view.anchor = Some(at.0 as f64 - span * 0.55);
        }
    }

    pub(crate) fn back_to_now(&mut self, ctx: &Context<App>) {
        let waited = std::mem::take(&mut self.view.waits);
        if waited && self.store.clock.paused() {
            self.ask(ctx, Deed::ResumeTime);
        }
        (self.view.cursor, self.view.past, self.view.anchor) = (None, None, None);
        (self.view.recalling, self.view.recalled) = (None, None);
        self.store.window.whole = false;
        (self.view.replaying, self.view.zoomed) = (false, false);
    }

    pub(crate) fn visit(&mut self, ctx: &Context<App>, source: Source) {
        (self.view.cursor, self.view.past, self.view.anchor) = (None, None, None);
        (self.view.recalling, self.view.recalled) = (None, None);
        self.store.window.whole = false;
        (self.view.replaying, self.view.waits, self.view.hurried) = (false, false, None);
        (self.view.selection, self.view.own_addresses) = (None, Vec::new());
        self.source = source;
        self.connect(ctx);
    }

    fn toggle(&mut self, ctx: &Context<App>, panel: Panel) {
        let open = match panel {
            Panel::Keys => &mut self.view.keys,
            Panel::Table => &mut self.view.table,
            Panel::Connect => &mut self.view.connect,
            Panel::Column => &mut self.view.column,
            Panel::More => &mut self.view.more,
        };
        *open = !*open;
        if panel == Panel::Connect && self.view.connect {
            self.ask(ctx, Deed::Addresses);
        }
    }

    /// Escape: closes what is open, else lets go of what is selected.
    fn close(&mut self) {
        if self.view.hands.close() {
            return;
        }
        let view = &mut self.view;
        if view.keys || view.connect || view.table {
            (view.keys, view.connect, view.table) = (false, false, false);
        } else {
            view.selection = None;
        }
        view.refused = None;
    }
}

fn prefers_dark() -> bool {
    media("(prefers-color-scheme: dark)")
}

/// Whether the browser says so.
pub(crate) fn media(query: &str) -> bool {
    let list = web_sys::window().and_then(|window| window.match_media(query).ok().flatten());
    list.is_some_and(|list| list.matches())
}

fn wall_ms() -> f64 {
    web_sys::js_sys::Date::now()
}

/// Whether a reload is long enough ago to try another.
fn stale(at: &str) -> bool {
    at.parse::<f64>().is_ok_and(|at| wall_ms() - at > 30_000.0)
}
