//! The tree of znodes and the console: what is open and typed, and what each command does.

use crate::app::App;
use crate::net::Deed;
use crate::update::{Command, Selection};
use relevo_apps::shell::{self, LineError};
use relevo_coordination::Zxid;
use relevo_core::Party;
use relevo_lab::{ClientView, Scene, Work, Znodes};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;
use yew::Context;

/// The height of a row, in pixels; the style sheet's `--row`.
pub(crate) const ROW: f64 = 28.0;
/// A folder of more children than this is closed at first.
const OPEN_AT_FIRST: u32 = 24;
/// How many lines are offered again.
const LINES_KEPT: usize = 12;

/// Something done to the tree or the console.
#[derive(Clone, Debug)]
pub(crate) enum Twig {
    /// A znode is chosen.
    Choose(Arc<str>),
    /// A folder is opened or closed.
    Turn(Arc<str>),
    /// A key in the tree.
    Key(String),
    /// The tree was scrolled: its top and height, in pixels.
    Scrolled(f64, f64),
    /// The console is opened or closed.
    Show,
    /// Another client asks.
    Who(Arc<str>),
    /// The line is this now.
    Typed(String),
    /// A field of the form changed.
    Form(Form),
    /// The line is asked.
    Ask,
}

/// The form that writes a line.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Form {
    pub command: &'static str,
    pub path: String,
    pub data: String,
    pub version: String,
    /// `-e`, `-c`, `-t 60000` or nothing.
    pub kind: String,
    pub sequential: bool,
    pub watch: bool,
}

/// A row of the outline.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Line {
    pub path: Arc<str>,
    pub depth: usize,
    /// Whether it is open; none where it has no children.
    pub open: Option<bool>,
}

/// The lines of one tree at one transaction, so that a picture a frame costs nothing.
#[derive(Debug, Default)]
struct Outline {
    of: Option<(Arc<str>, Zxid, u64, u32)>,
    lines: Rc<Vec<Line>>,
}

/// What is open, chosen and typed.
#[derive(Debug)]
pub(crate) struct Grove {
    pub chosen: Option<Arc<str>>,
    /// Folders that are not as they are at first.
    turned: BTreeSet<Arc<str>>,
    turns: u32,
    outline: RefCell<Outline>,
    pub top: f64,
    pub height: f64,
    /// Whether the console is open, where the learner chose.
    pub open: Option<bool>,
    who: Option<Arc<str>>,
    pub line: String,
    pub wrong: Option<LineError>,
    pub form: Form,
    pub earlier: Vec<String>,
}

impl Default for Grove {
    fn default() -> Grove {
        Grove {
            chosen: None,
            turned: BTreeSet::new(),
            turns: 0,
            outline: RefCell::default(),
            top: 0.0,
            height: 0.0,
            open: None,
            who: None,
            line: String::new(),
            wrong: None,
            form: Form::new("create"),
            earlier: Vec::new(),
        }
    }
}

impl Form {
    fn new(command: &'static str) -> Form {
        Form {
            command,
            path: "/".into(),
            data: String::new(),
            version: String::new(),
            kind: String::new(),
            sequential: false,
            watch: false,
        }
    }

    /// The line it writes.
    fn line(&self) -> String {
        let has = |field| fields(self.command).contains(field);
        let mut line = self.command.to_owned();
        let mut add = |word: &str| {
            line.push(' ');
            line.push_str(word);
        };
        if has("kind") && self.sequential {
            add("-s");
        }
        if has("kind") && !self.kind.is_empty() {
            add(&self.kind);
        }
        if has("watch") && self.watch {
            add("-w");
        }
        if has("version") && !self.version.is_empty() {
            add("-v");
            add(&self.version);
        }
        if has("path") {
            add(&self.path);
        }
        if has("data") && !(self.data.is_empty() && self.command == "create") {
            let quoted = self.data.is_empty() || self.data.contains([' ', ';']);
            add(&if quoted { ["\"", &self.data, "\""].concat() } else { self.data.clone() });
        }
        if self.command == "multi" {
            let Form { path, data, .. } = self;
            add(&["check ", path, " ; set ", path, " ", if data.is_empty() { "x" } else { data }]
                .concat());
        }
        line
    }
}

/// The fields a command has in the form, by a letter each.
pub(crate) fn fields(command: &str) -> &'static str {
    match command {
        "create" => "kind path data",
        "set" => "path data version",
        "setAcl" => "path data",
        "delete" => "path version",
        "get" | "ls" | "stat" => "path watch",
        "multi" => "data",
        "whoami" | "close" => "",
        "addauth" => "data",
        _ => "path",
    }
}

impl Grove {
    /// The outline of what is open.
    pub(crate) fn lines(&self, lab: &Arc<str>, znodes: &Znodes) -> Rc<Vec<Line>> {
        let of = Some((lab.clone(), znodes.zxid, znodes.len() as u64, self.turns));
        let mut outline = self.outline.borrow_mut();
        if outline.of != of {
            let mut lines = Vec::new();
            self.grow(znodes, "/".into(), 0, &mut lines);
            *outline = Outline { of, lines: Rc::new(lines) };
        }
        outline.lines.clone()
    }

    fn grow(&self, znodes: &Znodes, path: Arc<str>, depth: usize, lines: &mut Vec<Line>) {
        let Some(view) = znodes.at(&path) else { return };
        let first = view.children <= OPEN_AT_FIRST && &*path != "/zookeeper";
        let open = (view.children > 0).then(|| first != self.turned.contains(&path));
        lines.push(Line { path: path.clone(), depth, open });
        if open == Some(true) {
            for (child, _) in znodes.children(&path) {
                self.grow(znodes, child.clone(), depth + 1, lines);
            }
        }
    }

    fn turn(&mut self, path: Arc<str>) {
        if !self.turned.remove(&path) {
            self.turned.insert(path);
        }
        self.turns += 1;
    }

    /// The client that asks: the one chosen, else the first there is.
    pub(crate) fn who<'a>(&self, scene: &'a Scene) -> Option<(Party, &'a ClientView)> {
        let chosen = |view: &ClientView| self.who.as_ref().is_none_or(|who| *who == view.name);
        consoles(scene).find(|(_, view)| chosen(view)).or_else(|| consoles(scene).next())
    }
}

/// The clients that ask what they are told to.
pub(crate) fn consoles(scene: &Scene) -> impl Iterator<Item = (Party, &ClientView)> {
    let clients = scene.clients.iter().map(|(party, view)| (*party, view));
    clients.filter(|(_, view)| matches!(view.work, Work::Console { .. }))
}

impl App {
    /// Applies what was done to the tree or the console.
    pub(crate) fn twig(&mut self, ctx: &Context<App>, twig: Twig) {
        match twig {
            Twig::Choose(path) => self.choose(path),
            Twig::Turn(path) => self.grove.turn(path),
            Twig::Key(key) => self.climb(&key),
            Twig::Scrolled(top, height) => (self.grove.top, self.grove.height) = (top, height),
            Twig::Show => self.grove.open = Some(!self.console_open()),
            Twig::Who(name) => self.grove.who = Some(name),
            Twig::Typed(line) => (self.grove.line, self.grove.wrong) = (line, None),
            Twig::Form(form) => {
                (self.grove.line, self.grove.wrong) = (form.line(), None);
                self.grove.form = form;
            }
            Twig::Ask => self.ask_line(ctx),
        }
    }

    /// Whether the console is open: closed at first where nobody waits to be asked.
    pub(crate) fn console_open(&self) -> bool {
        let seen = || consoles(self.shown()).any(|(_, view)| !view.is_unseen());
        self.grove.open.unwrap_or_else(seen)
    }

    fn choose(&mut self, path: Arc<str>) {
        self.grove.form.path = path.to_string();
        self.grove.chosen = Some(path);
        self.view.selection = Some(Selection::Znode);
        self.view.more = false;
    }

    fn climb(&mut self, key: &str) {
        let lines = self.grove.lines(&self.store.lab.id, &self.shown().znodes);
        let at = lines.iter().position(|line| Some(&line.path) == self.grove.chosen.as_ref());
        let (Some(line), at) = (lines.get(at.unwrap_or(0)), at) else { return };
        let to = match (key, at) {
            ("ArrowDown", Some(at)) => (at + 1).min(lines.len() - 1),
            ("ArrowUp", Some(at)) => at.saturating_sub(1),
            ("Home", _) => 0,
            ("End", _) => lines.len() - 1,
            ("ArrowRight", Some(_)) if line.open == Some(false) => {
                return self.grove.turn(line.path.clone());
            }
            ("ArrowLeft", Some(_)) if line.open == Some(true) => {
                return self.grove.turn(line.path.clone());
            }
            ("ArrowLeft", Some(at)) => {
                let up = lines[..at].iter().rposition(|above| above.depth < line.depth);
                up.unwrap_or(0)
            }
            ("ArrowRight", Some(at)) if line.open.is_some() => at + 1,
            _ => at.unwrap_or(0),
        };
        self.choose(lines[to].path.clone());
        self.reveal(to as f64 * ROW);
    }

    /// Scrolls so that a row can be seen.
    fn reveal(&mut self, y: f64) {
        let Grove { top, height, .. } = self.grove;
        let aim = if y < top {
            y
        } else if y + ROW > top + height {
            y + ROW - height
        } else {
            return;
        };
        let document = web_sys::window().and_then(|window| window.document());
        if let Some(tree) = document.and_then(|document| document.get_element_by_id("znodes")) {
            tree.set_scroll_top(aim as i32);
        }
    }

    fn ask_line(&mut self, ctx: &Context<App>) {
        // What the form shows is asked, though it was not touched since the last time.
        if self.grove.line.trim().is_empty() {
            self.grove.line = self.grove.form.line();
        }
        let line = self.grove.line.trim().to_owned();
        if let Err(wrong) = shell::parse(&line) {
            self.grove.wrong = Some(wrong);
            return;
        }
        let Some(client) = self.grove.who(self.shown()).map(|(_, view)| view.name.clone()) else {
            return;
        };
        // What is asked is asked now; the past answers nothing.
        self.back_to_now(ctx);
        self.grove.earlier.retain(|earlier| *earlier != line);
        self.grove.earlier.push(line.clone());
        if self.grove.earlier.len() > LINES_KEPT {
            self.grove.earlier.remove(0);
        }
        (self.grove.line, self.grove.wrong) = (String::new(), None);
        self.ask(ctx, Deed::Ask { client, line });
    }
}

/// A command of the tree.
pub(crate) fn twig(twig: Twig) -> Command {
    Command::Twig(twig)
}
