//! What the learner does with the figure, the diagram and links, and the one place that applies
//! it.

use crate::app::App;
use crate::link;
use crate::model::{Filter, Followed, Marks, follow, keep, kept, request_of};
use crate::net::{Deed, Source};
use crate::picture::{Class, Lens, Point};
use crate::save;
use crate::update::{Command, Selection};
use relevo_core::{Instant, Party, Seq};
use relevo_lab::MessageKind;
use relevo_proto::lab::v1::Permalink;
use std::rc::Rc;
use wasm_bindgen::JsCast;
use yew::Context;

/// The diagram is never lower than this, in pixels.
pub(crate) const LOWEST: f64 = 120.0;
/// The share of the window's height it may take.
const HIGHEST: f64 = 0.7;

/// What can be asked for here.
#[derive(Debug)]
pub(crate) enum Hand {
    /// Does the action of this name.
    Run(&'static str),
    /// Comes nearer to the figure, around a pixel.
    Zoom {
        factor: f64,
        at: Option<Point>,
    },
    /// Moves the view of the figure, in pixels.
    Pan {
        dx: f64,
        dy: f64,
    },
    Fit,
    /// Gives the diagram a height in pixels.
    Height(f64),
    Taller(f64),
    Palette,
    Promises,
    Filter,
    Class(Class),
    Lane(Party),
    ShowAll,
    Follow,
    Unfollow,
    /// Sets or takes away a bookmark at the instant shown.
    Mark,
    Unmark(Instant),
    NextMark,
    /// Opens where the network is split.
    Split,
    /// Selects the next message in flight, or the one before.
    NextMessage(bool),
    Link,
    /// The address carries a link.
    FollowLink,
    Linked(Box<Permalink>),
    Made {
        lab: std::sync::Arc<str>,
        same: bool,
    },
    Refused(String),
    /// A link of another build is replayed all the same.
    Anyway,
    Leave,
    CloseLink,
    Save(Saved),
    /// The browser could not draw it.
    Unsaved,
    Map,
}

/// What can be taken along.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Saved {
    Svg,
    Png,
    Trace,
}

/// A link asked for, or come by.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Linking {
    #[default]
    None,
    /// To be copied: its address; whether something is left out; the instant.
    Ready {
        address: String,
        partial: bool,
        at: Instant,
    },
    /// Another build made it.
    Foreign {
        link: Rc<Permalink>,
    },
    Opening,
    Unreadable,
    /// The server's word for why not.
    Refused(String),
    /// The lab shown was made from a link; whether it came out the same.
    Made {
        lab: std::sync::Arc<str>,
        same: bool,
        at: Instant,
    },
}

/// What is open, seen and left out.
#[derive(Debug, Default)]
pub(crate) struct Hands {
    pub lens: Lens,
    /// The diagram's height in pixels, where the learner chose one.
    pub height: Option<f64>,
    pub palette: bool,
    pub promises: bool,
    /// The filter's choices are shown.
    pub filtering: bool,
    pub filter: Filter,
    pub followed: Option<Rc<Followed>>,
    pub marks: Marks,
    /// The lab the marks are of.
    pub marked: std::sync::Arc<str>,
    pub linking: Linking,
    pub unsaved: bool,
}

impl Hands {
    /// What was kept.
    pub(crate) fn load() -> Hands {
        let height = kept("diagram").and_then(|height| height.parse().ok());
        let hands = Hands { height, ..Hands::default() };
        hands.apply_height();
        hands
    }

    /// Closes what lies on top; whether anything did.
    pub(crate) fn close(&mut self) -> bool {
        let open = self.palette || self.promises || self.filtering;
        let linking = !matches!(self.linking, Linking::None | Linking::Opening);
        (self.palette, self.promises, self.filtering) = (false, false, false);
        if linking {
            self.linking = Linking::None;
        }
        open || linking
    }

    fn apply_height(&self) {
        let root = web_sys::window().and_then(|window| window.document()?.document_element());
        let root = root.and_then(|root| root.dyn_into::<web_sys::HtmlElement>().ok());
        if let (Some(root), Some(height)) = (root, self.height) {
            let height = height.round().to_string() + "px";
            let _ = root.style().set_property("--diagram-own", &height);
        }
    }
}

impl App {
    /// Applies a key, or what was done to the tree, the figure, the diagram or a link.
    pub(crate) fn by_hand(&mut self, ctx: &Context<App>, command: Command) -> bool {
        match command {
            Command::Key(key) => {
                return self.key(&key).is_some_and(|command| self.apply(ctx, command));
            }
            Command::Twig(twig) => self.twig(ctx, twig),
            Command::Hands(hand) => return self.hand(ctx, hand),
            _ => {}
        }
        true
    }

    fn hand(&mut self, ctx: &Context<App>, hand: Hand) -> bool {
        match hand {
            Hand::Run(id) => {
                self.view.hands.palette = false;
                let found = self.actions().into_iter().find(|action| action.id == id);
                return found.is_none_or(|action| self.apply(ctx, action.command));
            }
            Hand::Zoom { factor, at } => {
                self.view.hands.lens = self.view.hands.lens.zoomed(factor, at, self.room);
            }
            Hand::Pan { dx, dy } => {
                self.view.hands.lens = self.view.hands.lens.moved(dx, dy, self.room);
            }
            Hand::Fit => self.view.hands.lens = Lens::default(),
            Hand::Height(height) => self.set_height(height),
            Hand::Taller(more) => self.set_height(self.diagram_height() + more),
            Hand::Palette => self.view.hands.palette = !self.view.hands.palette,
            Hand::Promises => self.view.hands.promises = !self.view.hands.promises,
            Hand::Filter => self.view.hands.filtering = !self.view.hands.filtering,
            Hand::Class(class) => self.view.hands.filter.toggle(class),
            Hand::Lane(party) => self.view.hands.filter.toggle_party(party),
            Hand::ShowAll => {
                (self.view.hands.filter, self.view.hands.followed) = (Filter::default(), None);
            }
            Hand::Follow => self.follow_chosen(ctx),
            Hand::Unfollow => self.view.hands.followed = None,
            Hand::Mark => {
                let at = self.view.cursor.unwrap_or(self.store.clock.now());
                self.view.hands.marks.toggle(at, &self.store.lab.id);
            }
            Hand::Unmark(at) => self.view.hands.marks.toggle(at, &self.store.lab.id),
            Hand::NextMark => self.next_mark(ctx),
            Hand::NextMessage(forward) => self.next_message(forward),
            Hand::Split => self.open_split(),
            Hand::Map => link::go("#map"),
            Hand::Save(saved) => self.save_picture(ctx, saved),
            Hand::Unsaved => self.view.hands.unsaved = true,
            Hand::FollowLink => self.follow_link(ctx),
            linking => self.linking(ctx, linking),
        }
        true
    }

    fn linking(&mut self, ctx: &Context<App>, hand: Hand) {
        let next = match hand {
            Hand::Link => {
                let at = self.view.cursor.unwrap_or(self.store.clock.now());
                return self.ask(ctx, Deed::Link { at });
            }
            Hand::Linked(link) => Linking::Ready {
                address: link::address(&link),
                partial: link.incomplete,
                at: Instant(link.at_ns),
            },
            Hand::Made { lab, same } => {
                let at = Instant::ZERO;
                self.view.hands.linking = Linking::Made { lab: lab.clone(), same, at };
                link::forget();
                self.view.hands.lens = Lens::default();
                return self.visit(ctx, Source::Lab(lab));
            }
            Hand::Refused(why) => Linking::Refused(why),
            Hand::Anyway => match std::mem::take(&mut self.view.hands.linking) {
                Linking::Foreign { link } => return self.open_link(ctx, (*link).clone()),
                other => other,
            },
            _ => {
                link::forget();
                if self.store.lab.id.is_empty() {
                    self.connect(ctx);
                }
                Linking::None
            }
        };
        self.view.hands.linking = next;
    }

    /// Opens what the address carries, if it is a link to a lab.
    fn follow_link(&mut self, ctx: &Context<App>) {
        match link::of_address() {
            None => {}
            Some(None) => self.view.hands.linking = Linking::Unreadable,
            Some(Some(link)) => {
                let own = self.build.as_deref().unwrap_or_default();
                if own.is_empty() || link.build == own {
                    self.open_link(ctx, link);
                } else {
                    self.view.hands.linking = Linking::Foreign { link: Rc::new(link) };
                }
            }
        }
    }

    fn open_link(&mut self, ctx: &Context<App>, link: Permalink) {
        self.view.hands.linking = Linking::Opening;
        self.ask(ctx, Deed::OpenLink(Box::new(link)));
    }

    /// Takes over what belongs to the lab that is now shown.
    pub(crate) fn hands_follow(&mut self) {
        let lab = self.store.lab.id.clone();
        let hands = &mut self.view.hands;
        if hands.marked != lab {
            hands.marks = Marks::load(&lab);
            (hands.marked, hands.followed, hands.filter) = (lab, None, Filter::default());
        }
        // The lab stands where the link says; its clock tells.
        if let Linking::Made { lab, at: at @ Instant::ZERO, .. } = &mut hands.linking
            && *lab == self.store.lab.id
        {
            *at = self.store.clock.now();
        }
        if let Some(followed) = &hands.followed
            && !followed.answered
        {
            let again = follow(self.store.window.events(), followed.request);
            hands.followed = again.map(Rc::new);
        }
    }

    fn diagram_height(&self) -> f64 {
        self.view.hands.height.unwrap_or(self.diagram_room.height)
    }

    fn set_height(&mut self, height: f64) {
        let window = web_sys::window().and_then(|window| window.inner_height().ok()?.as_f64());
        let most = (window.unwrap_or(800.0) * HIGHEST).max(LOWEST);
        let height = height.clamp(LOWEST, most);
        self.view.hands.height = Some(height);
        self.view.hands.apply_height();
        keep("diagram", &height.round().to_string());
    }

    /// The request that what is selected belongs to.
    fn chosen_request(&self) -> Option<Seq> {
        let (Selection::Message(seq) | Selection::Event(seq)) = self.view.selection? else {
            return None;
        };
        request_of(self.store.window.events(), &self.store.scene, seq)
    }

    pub(crate) fn can_follow(&self) -> bool {
        let followed = self.view.hands.followed.as_ref().map(|followed| followed.request);
        self.chosen_request().is_some_and(|request| Some(request) != followed)
    }

    /// Follows what is selected; where time has gone on beyond it, looks back at it.
    fn follow_chosen(&mut self, ctx: &Context<App>) {
        let request = self.chosen_request();
        let followed = request.and_then(|seq| follow(self.store.window.events(), seq));
        if let Some(followed) = &followed
            && (followed.sent.0 as f64) < self.moment().left
            && let Some(end) = followed.events.last().and_then(|seq| self.store.event(*seq))
        {
            let at = end.at;
            self.seek(ctx, at);
        }
        self.view.hands.followed = followed.map(Rc::new);
    }

    /// Every instant marked: the learner's, and where a promise broke.
    pub(crate) fn all_marks(&self) -> Vec<(Instant, bool)> {
        let broken = self.store.verdicts.iter().filter_map(|verdict| verdict.violation.as_ref());
        let broken = broken.filter_map(|violation| self.store.event(violation.at));
        let mut marks: Vec<(Instant, bool)> = broken.map(|event| (event.at, true)).collect();
        marks.extend(self.view.hands.marks.iter().map(|at| (at, false)));
        marks.sort_unstable();
        marks.dedup();
        marks
    }

    fn next_mark(&mut self, ctx: &Context<App>) {
        let marks = self.all_marks();
        let shown = self.view.cursor.unwrap_or(self.store.clock.now());
        let next = marks.iter().find(|(at, _)| *at > shown).or(marks.first());
        if let Some((at, _)) = next {
            self.apply(ctx, Command::Seek(*at));
        }
    }

    /// Whether a message is held by hand; it can wait behind one that is.
    pub(crate) fn held(&self, message: Seq) -> bool {
        self.store.scene.holds.iter().any(|hold| hold.message == message)
    }

    fn next_message(&mut self, forward: bool) {
        let flights = &self.shown().flights;
        let told = |seq: &&Seq| flights[*seq].kind != MessageKind::Ping;
        let at = match self.view.selection {
            Some(Selection::Message(seq)) => seq,
            _ if forward => Seq(0),
            _ => Seq(u64::MAX),
        };
        let next = if forward {
            flights.keys().filter(told).find(|seq| **seq > at).or(flights.keys().find(told))
        } else {
            let before = flights.keys().rev().filter(told).find(|seq| **seq < at);
            before.or(flights.keys().rev().find(told))
        };
        if let Some(seq) = next.copied() {
            self.view.selection = Some(Selection::Message(seq));
            self.say_event(seq);
        }
    }

    /// The groups stand among the faults of any server: the one in charge is the one that matters.
    fn open_split(&mut self) {
        let scene = &self.store.scene;
        let server = scene.leader().or(scene.servers.first()).map(|server| server.host);
        self.view.selection = server.map(Selection::Server);
        (self.view.more, self.view.column) = (true, false);
    }

    fn save_picture(&mut self, ctx: &Context<App>, saved: Saved) {
        let name = ["relevo-", &self.store.lab.id].concat();
        self.view.hands.unsaved = false;
        match saved {
            Saved::Trace => save::trace(&self.store.lab.id),
            Saved::Svg => {
                if save::svg(&name).is_none() {
                    self.view.hands.unsaved = true;
                }
            }
            Saved::Png => ctx.link().send_future(async move {
                match save::png(&name).await {
                    Some(()) => Command::Tick,
                    None => Command::Hands(Hand::Unsaved),
                }
            }),
        }
    }
}
