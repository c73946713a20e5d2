//! Everything that can be done now, each with its name and its key: the keyboard, the palette and
//! the keys of the moment all read this one list.

use crate::app::App;
use crate::hands::{Hand, Saved};
use crate::net::Deed;
use crate::update::{Command, Panel, SPEEDS, Selection};
use crate::words::fill;
use crate::words::hands::Words;
use relevo_core::{HostId, Party};
use relevo_lab::{ProcessState, Scenario, ServerView};
use std::sync::Arc;

/// How far one press zooms the figure.
const ZOOM: f64 = 1.25;
/// How far one press moves the view, in pixels.
const PAN: f64 = 60.0;
/// How much one press changes the diagram's height, in pixels.
const TALLER: f64 = 24.0;
/// What a key makes of a disk, a clock and a link, whose measure only the inspector asks for.
pub(crate) const SLOW_DISK: u32 = 100;
pub(crate) const CLOCK_MS: i64 = 60_000;
pub(crate) const SLOW_MS: u32 = 300;

/// Something that can be done now.
#[derive(Debug)]
pub(crate) struct Action {
    /// What names it in the program; no two alike.
    pub id: &'static str,
    /// As `KeyboardEvent.key` has it, with `Shift+` where arrows are meant.
    pub key: &'static str,
    pub name: String,
    pub command: Command,
    /// It concerns what is selected.
    pub chosen: bool,
}

/// The list under way.
struct Actions(Vec<Action>);

impl Actions {
    fn add(&mut self, id: &'static str, key: &'static str, name: &str, command: Command) {
        self.0.push(Action { id, key, name: name.to_owned(), command, chosen: false });
    }

    fn chosen(&mut self, id: &'static str, key: &'static str, name: String, command: Command) {
        self.0.push(Action { id, key, name, command, chosen: true });
    }
}

/// A key as it is written on a keyboard.
pub(crate) fn key_told(key: &str) -> &str {
    match key {
        " " => "␣",
        "ArrowLeft" => "←",
        "ArrowRight" => "→",
        "Shift+ArrowLeft" => "⇧ ←",
        "Shift+ArrowRight" => "⇧ →",
        "Shift+ArrowUp" => "⇧ ↑",
        "Shift+ArrowDown" => "⇧ ↓",
        "Escape" => "Esc",
        key => key,
    }
}

impl App {
    /// What can be done now, what concerns the selection first.
    pub(crate) fn actions(&self) -> Vec<Action> {
        let (w, mut all) = (self.prefs.language.hands(), Actions(Vec::new()));
        self.with_selection(w, &mut all);
        self.with_time(w, &mut all);
        self.with_figure(w, &mut all);
        self.with_page(w, &mut all);
        all.0
    }

    fn with_selection(&self, w: &Words, all: &mut Actions) {
        let live = self.view.cursor.is_none();
        match self.view.selection {
            Some(Selection::Server(host)) if live => {
                let server = self.store.scene.servers.iter().find(|server| server.host == host);
                if let Some(server) = server {
                    self.with_server(server, w, all);
                }
            }
            Some(Selection::Link(one, other)) if live => self.with_link(one, other, w, all),
            Some(Selection::Message(seq)) => {
                let (held, flies) = (self.held(seq), self.store.scene.flights.contains_key(&seq));
                if live && flies {
                    let (id, name, deed) = if held {
                        ("release", w.release, Deed::Release { message: seq })
                    } else {
                        ("hold", w.hold, Deed::Hold { message: seq })
                    };
                    all.chosen(id, "y", name.to_owned(), Command::Do(deed));
                    let drop = Command::Do(Deed::Drop { message: seq });
                    all.chosen("drop", "x", w.drop.to_owned(), drop);
                }
            }
            _ => {}
        }
        if self.can_follow() {
            let follow = Command::Hands(Hand::Follow);
            all.chosen("follow", "w", w.follow.to_owned(), follow);
        }
        if self.view.hands.followed.is_some() {
            let unfollow = Command::Hands(Hand::Unfollow);
            all.chosen("unfollow", "W", w.unfollow.to_owned(), unfollow);
        }
        if self.view.selection.is_none() && live {
            all.add("stop-leader", "x", w.stop_leader, Command::StopLeader);
        }
    }

    fn with_server(&self, server: &ServerView, w: &Words, all: &mut Actions) {
        let node = server.name.clone();
        let named = |sentence: &str| fill(sentence, &[&node]);
        let condition = self.store.scene.condition(server.host);
        let alive = matches!(server.state, ProcessState::Running | ProcessState::Paused);
        if alive {
            let stop = Deed::Crash { node: node.clone(), power_loss: false };
            let power = Deed::Crash { node: node.clone(), power_loss: true };
            let (id, name, pause) = match server.state {
                ProcessState::Paused => {
                    ("resume", w.resume_node, Deed::Resume { node: node.clone() })
                }
                _ => ("pause-node", w.pause_node, Deed::Pause { node: node.clone() }),
            };
            all.chosen("stop", "x", named(w.stop), Command::Do(stop));
            all.chosen("power", "p", named(w.power), Command::Do(power));
            all.chosen(id, "u", named(name), Command::Do(pause));
        } else {
            let restart = Deed::Restart { node: node.clone() };
            all.chosen("restart", "r", named(w.restart), Command::Do(restart));
        }
        let slow = condition.disk_factor == 1;
        let factor = if slow { SLOW_DISK } else { 1 };
        let told =
            if slow { fill(w.fault_slow, &[&factor.to_string()]) } else { w.fault_own.into() };
        let deed = Deed::SlowDisk { node: node.clone(), factor };
        all.chosen("slow-disk", "s", told, Command::Do(deed));
        let full = !condition.disk_full;
        let told = if full { w.disk_fill } else { w.disk_free };
        let deed = Deed::FillDisk { node: node.clone(), full };
        all.chosen("fill-disk", "D", told.to_owned(), Command::Do(deed));
        let deed = Deed::LoseDisk { node: node.clone() };
        all.chosen("lose-disk", "d", w.disk_lose.to_owned(), Command::Do(deed));
        let right = (condition.offset_ms, condition.drift_ppm) == (0, 0);
        let offset_ms = if right { CLOCK_MS } else { 0 };
        let told = if right { fill(w.fault_clock, &["60"]) } else { w.clock_right.to_owned() };
        let deed = Deed::SkewClock { node: node.clone(), offset_ms, drift_ppm: 0 };
        all.chosen("clock", "k", told, Command::Do(deed));
        let deed = Deed::Partition { groups: self.all_but(&node) };
        all.chosen("isolate", "q", w.isolate.to_owned(), Command::Do(deed));
        all.chosen("more", "m", w.more.to_owned(), Command::Toggle(Panel::More));
    }

    fn with_link(&self, one: HostId, other: HostId, w: &Words, all: &mut Actions) {
        let scene = &self.store.scene;
        let name = |host: HostId| scene.party_name(Party::Host(host));
        let (from, to) = (name(one), name(other));
        let cut = Deed::Cut { one: from.clone(), other: to.clone() };
        let both = [&*from, " – ", &*to].concat();
        all.chosen("cut", "x", fill(w.cut, &[&both]), Command::Do(cut));
        for (id, key, from, to) in [("cut-there", "1", &from, &to), ("cut-back", "2", &to, &from)] {
            let told = [w.way_cut, ": ", &**from, " → ", &**to].concat();
            let deed = Deed::CutWay { from: from.clone(), to: to.clone() };
            all.chosen(id, key, told, Command::Do(deed));
        }
        let slow =
            scene.pace(one, other).is_none_or(|pace| pace.latency == self.own_pace().latency);
        let (latency_ms, jitter_ms) = if slow { (SLOW_MS, 0) } else { self.own_pace_ms() };
        let told = fill(w.fault_pace, &[&latency_ms.to_string()]);
        let deed = Deed::Pace { one: from, other: to, latency_ms, jitter_ms };
        all.chosen("pace", "s", told, Command::Do(deed));
        all.chosen("more", "m", w.more.to_owned(), Command::Toggle(Panel::More));
    }

    fn with_time(&self, w: &Words, all: &mut Actions) {
        let words = self.prefs.language.words();
        let back = self.view.cursor.is_some();
        let stands = if back { !self.view.replaying } else { self.store.clock.paused() };
        let play = if stands { words.play } else { words.pause };
        all.add("play", " ", play, Command::PlayPause);
        all.add("step-on", "ArrowRight", w.step_on, Command::Step { forward: true });
        all.add("step-back", "ArrowLeft", w.step_back, Command::Step { forward: false });
        if let Some(speed) = self.neighbouring_speed(true) {
            all.add("slower", ",", w.slower, Command::Speed(speed));
        }
        if let Some(speed) = self.neighbouring_speed(false) {
            all.add("faster", ".", w.faster, Command::Speed(speed));
        }
        if back {
            all.add("now", "n", words.to_now, Command::Now);
        }
        all.add("fork", "f", words.fork, Command::Fork);
        if !self.store.scene.cuts.is_empty() {
            all.add("heal", "h", w.heal, Command::Do(Deed::Heal));
        }
        if !back && self.store.scene.servers.len() > 1 {
            let name = [w.part_do, " (", w.parts, ")"].concat();
            all.add("split", "Q", &name, Command::Hands(Hand::Split));
        }
        if !self.store.scene.flights.is_empty() {
            all.add("next-message", "j", w.next_message, Command::Hands(Hand::NextMessage(true)));
            all.add("last-message", "J", w.last_message, Command::Hands(Hand::NextMessage(false)));
        }
    }

    fn with_figure(&self, w: &Words, all: &mut Actions) {
        let zoom = |factor| Command::Hands(Hand::Zoom { factor, at: None });
        let pan = |dx, dy| Command::Hands(Hand::Pan { dx, dy });
        all.add("zoom-in", "i", w.zoom_in, zoom(ZOOM));
        all.add("zoom-out", "o", w.zoom_out, zoom(1.0 / ZOOM));
        if !self.view.hands.lens.fits() {
            all.add("zoom-fit", "0", w.zoom_fit, Command::Hands(Hand::Fit));
            all.add("pan-left", "Shift+ArrowLeft", w.pan_left, pan(-PAN, 0.0));
            all.add("pan-right", "Shift+ArrowRight", w.pan_right, pan(PAN, 0.0));
            all.add("pan-up", "Shift+ArrowUp", w.pan_up, pan(0.0, -PAN));
            all.add("pan-down", "Shift+ArrowDown", w.pan_down, pan(0.0, PAN));
        }
        all.add("time-in", "+", w.time_in, Command::Zoom(1.5));
        all.add("time-out", "-", w.time_out, Command::Zoom(1.0 / 1.5));
        all.add("taller", "]", w.taller, Command::Hands(Hand::Taller(TALLER)));
        all.add("shorter", "[", w.shorter, Command::Hands(Hand::Taller(-TALLER)));
        all.add("table", "t", w.table, Command::Toggle(Panel::Table));
        all.add("filter", "e", w.filter_open, Command::Hands(Hand::Filter));
        all.add("mark", "b", w.mark_add, Command::Hands(Hand::Mark));
        if !self.view.hands.marks.is_empty() {
            all.add("next-mark", "B", w.mark_next, Command::Hands(Hand::NextMark));
        }
    }

    fn with_page(&self, w: &Words, all: &mut Actions) {
        let words = self.prefs.language.words();
        let save = |saved| Command::Hands(Hand::Save(saved));
        all.add("promises", "c", w.promises_open, Command::Hands(Hand::Promises));
        all.add("link", "l", w.link, Command::Hands(Hand::Link));
        all.add("svg", "S", w.save_svg, save(Saved::Svg));
        all.add("png", "P", w.save_png, save(Saved::Png));
        all.add("trace", "X", w.save_trace, save(Saved::Trace));
        all.add("connect", "a", w.connect, Command::Toggle(Panel::Connect));
        all.add("map", "g", w.map, Command::Hands(Hand::Map));
        all.add("narration", "v", w.narration, Command::NextLevel);
        all.add("theme", "T", w.theme, Command::NextTheme);
        all.add("language", "L", w.language, Command::Language(self.prefs.language.other()));
        all.add("palette", "/", w.palette, Command::Hands(Hand::Palette));
        all.add("keys", "?", words.key_keys, Command::Toggle(Panel::Keys));
        all.add("close", "Escape", w.deselect, Command::Close);
    }

    pub(crate) fn neighbouring_speed(&self, slower: bool) -> Option<f64> {
        let speed = self.store.clock.speed();
        if slower {
            SPEEDS.into_iter().find(|offered| *offered < speed * 0.95)
        } else {
            SPEEDS.into_iter().rev().find(|offered| *offered > speed * 1.05)
        }
    }

    /// Every host but one, as one group; whoever is in none reaches nobody.
    fn all_but(&self, name: &str) -> Vec<Vec<Arc<str>>> {
        vec![self.host_names().into_iter().filter(|other| &**other != name).collect()]
    }

    /// The hosts of the lab, by name: its servers, and clients that live in it.
    pub(crate) fn host_names(&self) -> Vec<Arc<str>> {
        let scene = &self.store.scene;
        let clients = scene.clients.iter().filter(|(party, _)| matches!(party, Party::Host(_)));
        let clients = clients.map(|(_, client)| client.name.clone());
        scene.servers.iter().map(|server| server.name.clone()).chain(clients).collect()
    }

    fn own_pace(&self) -> Scenario {
        Scenario::named(&self.store.lab.scenario).unwrap_or_default()
    }

    /// The latency and jitter the lab's links began with, in milliseconds.
    pub(crate) fn own_pace_ms(&self) -> (u32, u32) {
        let own = self.own_pace();
        let ms = |duration: relevo_core::Duration| (duration.0 / 1_000_000) as u32;
        (ms(own.latency), ms(own.jitter))
    }
}
