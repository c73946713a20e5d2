//! The diagram as drawn: places in pixels for a stretch of lab time. Many arrows of one class are
//! one path, so that a busy second costs a handful of elements.

use super::arrows::{Flows, Stroke, Strokes};
use super::text::px;
use crate::model::Filter;
use crate::paint::Moment;
use crate::picture::{Class, Room};
use crate::words::{Words, fill};
use relevo_core::{Instant, Origin, Party, Seq};
use relevo_lab::{
    Arrow, ArrowEnd, BandKind, Diagram, Lane, Mark, MarkKind, MessageKind, SpanState, Visible,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Room for the lanes' names.
pub(crate) const NAMES: f64 = 92.0;
/// Room above the first lane.
pub(crate) const ABOVE: f64 = 44.0;
/// Room below the last lane, for the ruler.
pub(crate) const BELOW: f64 = 62.0;
/// Lanes nearer to each other than this cannot be told apart, nor their names be read.
const LEAST_STEP: f64 = 13.0;
/// So many marks of the disk are readable; more would be noise.
const MOST_DOTS: usize = 60;
/// More messages under way than this are drawn without dashes.
const MOST_DASHED: usize = 60;
/// More messages than this are drawn as flows.
const MOST_ARROWS: usize = 1_200;
/// Fewer pixels a nanosecond than this, and arrows have no heads.
const DENSE: f64 = 3e-7;
/// Between two numbers written above a lane.
const NUMBER_GAP: f64 = 26.0;

/// Everything drawn, from an origin and at a scale.
#[derive(Debug, Default)]
pub(crate) struct Sheet {
    /// The instant at x = 0, in nanoseconds.
    pub origin: f64,
    /// Pixels a nanosecond.
    pub scale: f64,
    pub room: Room,
    /// So much time is shown that heads would cover the lines.
    pub dense: bool,
    pub lanes: Vec<LaneLine>,
    /// How far down each party's lane is.
    places: BTreeMap<Party, f64>,
    /// Lines and heads by class.
    pub strokes: Vec<(Class, Stroke)>,
    /// So many messages are drawn as flows; none while each has its line.
    pub flowing: Option<usize>,
    /// Messages still under way: where they will go.
    pub waiting: String,
    /// So many are under way that dashes would cover each other, and cost more than all the rest.
    pub crowded: bool,
    pub lost: String,
    pub bands: Vec<(f64, f64, &'static str, &'static str)>,
    pub marks: Vec<SheetMark>,
    pub numbers: Vec<(f64, f64, Arc<str>)>,
    /// Ruler marks: place, and what to write.
    pub ticks: Vec<(f64, Option<String>)>,
    /// Followed messages, and the path of an explanation.
    pub lit: String,
    /// Something is followed: the rest is faded.
    pub muted: bool,
    /// Bookmarks; whether a checker set it.
    pub flags: Vec<(f64, bool)>,
    /// For pointing: a message and its line.
    pub hits: Vec<(Seq, [f64; 4])>,
}

/// What of the diagram is shown, and what stands out in it.
pub(crate) struct Look<'a> {
    pub filter: &'a Filter,
    pub lit: &'a Lit,
    /// Bookmarks; whether a checker set it.
    pub flags: &'a [(Instant, bool)],
    /// What a change made by hand is called, by its event.
    pub told: &'a dyn Fn(Seq) -> Option<String>,
}

/// What stands out.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Lit {
    /// The events of an explanation, from the question back to its root.
    pub path: Vec<(Party, Instant)>,
    /// The messages of a request that is followed.
    pub messages: BTreeSet<Seq>,
}

#[derive(Debug)]
pub(crate) struct LaneLine {
    pub y: f64,
    pub name: Arc<str>,
    /// Where the name has no room, the sign that stands for it.
    pub sign: Option<String>,
    pub spans: Vec<(f64, f64, SpanState)>,
}

#[derive(Debug)]
pub(crate) struct SheetMark {
    pub x: f64,
    pub y: f64,
    pub sign: Sign,
    pub text: String,
    /// Whether the hand of the learner did it.
    pub hand: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sign {
    Cross,
    Ring,
    Bars,
    Dot,
    None,
}

/// Lays out what the diagram shows around a moment.
pub(crate) fn sheet(
    diagram: &Diagram,
    moment: Moment,
    room: Room,
    w: &Words,
    comma: bool,
    name: impl Fn(Party) -> Arc<str>,
    look: &Look<'_>,
) -> Sheet {
    let width = (room.width - NAMES).max(40.0);
    let from = Instant((moment.left - moment.span * 0.15).max(0.0) as u64);
    let to = Instant((moment.left + moment.span * 1.15).max(0.0) as u64);
    let mut sheet = Sheet {
        origin: moment.left,
        scale: width / moment.span,
        dense: width / moment.span < DENSE,
        room,
        muted: !look.lit.messages.is_empty(),
        ..Sheet::default()
    };
    let visible = diagram.visible(from, to);
    sheet.lanes(diagram, (from, to), w, name, look.filter);
    sheet.arrows(&visible, look);
    sheet.bands(&visible, from, to, w);
    sheet.marks(&visible, w, look.told);
    sheet.light(look);
    sheet.ruler(from, to, comma);
    sheet
}

impl Sheet {
    fn x(&self, at: Instant) -> f64 {
        (at.0 as f64 - self.origin) * self.scale
    }

    /// A stretch of time, cut off where nobody looks: what is painted is as large as what is drawn.
    fn within(
        &self,
        from: Instant,
        to: Instant,
        begun: Instant,
        ended: Option<Instant>,
    ) -> (f64, f64) {
        (self.x(begun.max(from)), self.x(ended.unwrap_or(to).min(to)))
    }

    fn y(&self, party: Party) -> Option<f64> {
        self.places.get(&party).copied()
    }

    /// As many lanes as can be told apart; whoever has no room of their own shares the last.
    fn lanes(
        &mut self,
        diagram: &Diagram,
        (from, to): (Instant, Instant),
        w: &Words,
        name: impl Fn(Party) -> Arc<str>,
        filter: &Filter,
    ) {
        let space = (self.room.height - ABOVE - BELOW).max(20.0);
        let shown: Vec<&Lane> =
            diagram.lanes.iter().filter(|lane| filter.shows_party(lane.party)).collect();
        let most = (space / LEAST_STEP) as usize + 1;
        let own = if shown.len() > most { most - 1 } else { shown.len() };
        let (own, rest) = shown.split_at(own);
        let count = own.len() + usize::from(!rest.is_empty());
        let step = if count > 1 { space / (count - 1) as f64 } else { 0.0 };
        for (index, lane) in own.iter().enumerate() {
            let spans = lane.visible(from, to);
            let spans = spans.map(|span| {
                let (x1, x2) = self.within(from, to, span.from, span.to);
                (x1, x2, span.state)
            });
            let spans = spans.collect();
            let y = ABOVE + step * index as f64;
            self.places.insert(lane.party, y);
            self.lanes.push(LaneLine { y, name: name(lane.party), sign: None, spans });
        }
        if !rest.is_empty() {
            let y = ABOVE + step * own.len() as f64;
            self.places.extend(rest.iter().map(|lane| (lane.party, y)));
            let count = rest.len().to_string();
            let (name, sign) =
                (fill(w.more_clients, &[&count]).into(), Some(["+", &count].concat()));
            let spans = vec![(self.x(from), self.x(to), SpanState::Running)];
            self.lanes.push(LaneLine { y, name, sign, spans });
        }
    }

    fn arrows(&mut self, visible: &Visible<'_>, look: &Look<'_>) {
        let (mut strokes, mut flows) = (Strokes::default(), Flows::default());
        let mut last_number = f64::MIN;
        let under_way = |arrow: &&&Arrow| matches!(arrow.end, ArrowEnd::UnderWay { .. });
        self.crowded = visible.arrows.iter().filter(under_way).count() > MOST_DASHED;
        let shown = |arrow: &&&Arrow| look.filter.shows(Class::of(arrow.kind));
        let count = visible.arrows.iter().filter(shown).count();
        self.flowing = Some(count).filter(|count| *count > MOST_ARROWS);
        for arrow in visible.arrows.iter().filter(shown) {
            let (Some(y1), Some(y2)) = (self.y(arrow.from), self.y(arrow.to)) else {
                continue;
            };
            let x1 = self.x(arrow.sent);
            let (arrives, lost) = ends(arrow);
            let mut line = [x1, y1, self.x(arrives), y2];
            if let Some(lost) = lost {
                // It came as far as time let it.
                let whole = arrives.since(arrow.sent).0.max(1) as f64;
                let share = (lost.since(arrow.sent).0 as f64 / whole).min(1.0);
                line[2] = x1 + (line[2] - x1) * share;
                line[3] = y1 + (y2 - y1) * share;
                Strokes::cross(&mut self.lost, line[2], line[3]);
            }
            if look.lit.messages.contains(&arrow.message) {
                Strokes::line(&mut self.lit, line);
            }
            let class = Class::of(arrow.kind);
            if self.flowing.is_some() {
                flows.add(class, [x1, y1, self.x(arrives), y2]);
                continue;
            }
            if matches!(arrow.end, ArrowEnd::UnderWay { .. }) {
                Strokes::line(&mut self.waiting, line);
            }
            strokes.add(class, line, lost.is_none());
            if class != Class::Beat {
                self.hits.push((arrow.message, line));
            }
            if numbered(arrow) && x1 - last_number > NUMBER_GAP {
                last_number = x1;
                self.numbers.push((x1, y1 - 12.0, arrow.label.clone()));
            }
        }
        flows.draw(&mut strokes);
        self.strokes = strokes.done();
    }

    /// The path of an explanation, and the bookmarks.
    fn light(&mut self, look: &Look<'_>) {
        let mut path = String::new();
        for (party, at) in &look.lit.path {
            let Some(y) = self.y(*party) else { continue };
            path.push(if path.is_empty() { 'M' } else { 'L' });
            path.push_str(&[px(self.x(*at)), px(y)].join(" "));
        }
        self.lit.push_str(&path);
        self.flags = look.flags.iter().map(|(at, checker)| (self.x(*at), *checker)).collect();
    }

    fn bands(&mut self, visible: &Visible<'_>, from: Instant, to: Instant, w: &Words) {
        for band in &visible.bands {
            let (word, class) = match band.kind {
                BandKind::NoLeader => (w.no_leader, "band no-leader"),
                BandKind::Cut if by_hand(visible, band.since) => (w.mark_cut_you, "band severed"),
                BandKind::Cut => (w.band_cut, "band severed"),
            };
            let (x1, x2) = self.within(from, to, band.from, band.to);
            self.bands.push((x1, x2, word, class));
        }
    }

    fn marks(&mut self, visible: &Visible<'_>, w: &Words, by_hand: &dyn Fn(Seq) -> Option<String>) {
        let dot = |mark: &&&Mark| matches!(mark.kind, MarkKind::Durable);
        let dots = visible.marks.iter().filter(dot).count() <= MOST_DOTS;
        let mut rounds = BTreeSet::new();
        for mark in &visible.marks {
            let (sign, text, hand) = match mark.kind {
                MarkKind::Durable if dots => (Sign::Dot, String::new(), false),
                MarkKind::Voted { round } if rounds.insert(round) => continue,
                _ => match told(mark, w, by_hand) {
                    Some(told) => told,
                    None => continue,
                },
            };
            let y = match mark.party {
                Some(party) => self.y(party),
                None => Some(ABOVE - 26.0),
            };
            let Some(y) = y else { continue };
            self.marks.push(SheetMark { x: self.x(mark.at), y, sign, text, hand });
        }
    }

    fn ruler(&mut self, from: Instant, to: Instant, comma: bool) {
        let (step, decimals) = step(110.0 / self.scale.max(1e-12));
        let fine = step / 5.0;
        let mut tick = (from.0 as f64 / fine).ceil() as u64;
        while tick as f64 * fine <= to.0 as f64 {
            let at = tick as f64 * fine;
            let text = tick.is_multiple_of(5).then(|| super::text::seconds(at, decimals, comma));
            self.ticks.push(((at - self.origin) * self.scale, text));
            tick += 1;
        }
    }

    /// The message whose line passes nearest, within reach of a finger's tip.
    pub(crate) fn hit(&self, x: f64, y: f64) -> Option<Seq> {
        let near = self.hits.iter().map(|(seq, line)| (distance(*line, x, y), seq));
        let nearest = near.min_by(|one, other| one.0.total_cmp(&other.0));
        nearest.filter(|(distance, _)| *distance < 5.0).map(|(_, seq)| *seq)
    }
}

/// When an arrow arrives, and when it was lost if it was.
fn ends(arrow: &Arrow) -> (Instant, Option<Instant>) {
    match arrow.end {
        ArrowEnd::UnderWay { arrives } => (arrives, None),
        ArrowEnd::Delivered { at, .. } => (at, None),
        ArrowEnd::Lost { at, arrives, .. } => (arrives, Some(at)),
    }
}

/// Whether the learner's own hand cut there; the band says so itself.
fn by_hand(visible: &Visible<'_>, since: Seq) -> bool {
    let cut = |mark: &&Mark| {
        mark.seq == since && matches!(mark.kind, MarkKind::Cut { by: Origin::Hand | Origin::Api })
    };
    visible.marks.iter().copied().any(|mark| cut(&mark))
}

fn numbered(arrow: &Arrow) -> bool {
    arrow.kind == MessageKind::Request
        && !arrow.label.is_empty()
        && arrow.label.bytes().all(|byte| byte.is_ascii_digit())
}

fn told(
    mark: &Mark,
    w: &Words,
    by_hand: &dyn Fn(Seq) -> Option<String>,
) -> Option<(Sign, String, bool)> {
    let hand = |by: Origin| matches!(by, Origin::Hand | Origin::Api);
    let either = |by: Origin, you: &str, other: &str| {
        (if hand(by) { you.to_owned() } else { other.to_owned() }, hand(by))
    };
    let (sign, (text, hand)) = match mark.kind {
        MarkKind::Crashed { power_loss: false, by } => {
            (Sign::Cross, either(by, w.mark_stopped_you, w.mark_stopped))
        }
        MarkKind::Crashed { by, .. } => (Sign::Cross, either(by, w.mark_power_you, w.mark_power)),
        MarkKind::Restarted => (Sign::Ring, (w.mark_restarted.to_owned(), false)),
        MarkKind::Stopped => (Sign::Cross, (w.mark_gave_up.to_owned(), false)),
        MarkKind::Paused { by } => (Sign::Bars, either(by, w.mark_paused_you, w.state_paused)),
        MarkKind::Resumed { by } => (Sign::Ring, either(by, w.mark_resumed_you, w.state_running)),
        MarkKind::Healed { by } => (Sign::None, either(by, w.mark_healed_you, w.link_open)),
        MarkKind::Fault { by } if hand(by) => {
            let told = by_hand(mark.seq).unwrap_or_else(|| w.mark_fault_you.to_owned());
            (Sign::Bars, (told, true))
        }
        MarkKind::Established => (Sign::None, (fill(w.mark_leads, &[&mark.label]), false)),
        MarkKind::SessionExpired => (Sign::Dot, (w.mark_session.to_owned(), false)),
        _ => return None,
    };
    Some((sign, text, hand))
}

/// A round step of at least so many nanoseconds, and the decimals its seconds need.
fn step(least: f64) -> (f64, u32) {
    let mut step = 1e6;
    let mut decimals = 3;
    for _ in 0..9 {
        for factor in [1.0, 2.0, 5.0] {
            if step * factor >= least {
                return (step * factor, decimals);
            }
        }
        step *= 10.0;
        decimals = u32::saturating_sub(decimals, 1);
    }
    (step, 0)
}

fn distance([x1, y1, x2, y2]: [f64; 4], x: f64, y: f64) -> f64 {
    let (dx, dy) = (x2 - x1, y2 - y1);
    let length = (dx * dx + dy * dy).max(1e-9);
    let share = (((x - x1) * dx + (y - y1) * dy) / length).clamp(0.0, 1.0);
    (x - x1 - dx * share).hypot(y - y1 - dy * share)
}

/// A line from place to place, as a path's text.
pub(crate) fn segment(x1: f64, y1: f64, x2: f64, y2: f64) -> String {
    ["M", &px(x1), " ", &px(y1), "L", &px(x2), " ", &px(y2)].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ruler_takes_round_steps() {
        assert_eq!(step(90e6), (100e6, 1));
        assert_eq!(step(1.1e6), (2e6, 3));
        assert_eq!(step(1.2e9), (2e9, 0));
    }

    #[test]
    fn a_line_is_hit_near_it_only() {
        let sheet = Sheet { hits: vec![(Seq(3), [0.0, 0.0, 10.0, 10.0])], ..Sheet::default() };
        assert_eq!(sheet.hit(5.0, 6.0), Some(Seq(3)));
        assert_eq!(sheet.hit(30.0, 0.0), None);
    }
}
