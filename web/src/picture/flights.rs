use super::place::{Picture, Point};
use super::{ASIDE, MOST_FLIGHTS, MOST_SPOTS, Way};
use crate::tell::message_words;
use crate::words::Words;
use relevo_core::{ConnId, Instant, Party, Seq};
use relevo_lab::{Flight, MessageKind, Scene};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A held message waits no nearer to either end than this share of its way.
const NEAR_END: f64 = 0.22;
/// A message waits before the cut, which is drawn in the middle of its way.
const AT_CUT: f64 = 0.42;
/// The first place on a way where a message that waits is seen.
const FIRST: f64 = 0.04;
/// Between a message and the one behind it on a way from top to bottom, in pixels, so that both can
/// be read.
const BEHIND: f64 = 28.0;
/// So much more on a way from side to side: messages are wider than they are high.
const BESIDE: f64 = 56.0;
/// The share of a way that messages may lag behind where they are; more are drawn as one.
const MOST_LAG: f64 = 0.5;

/// A message under way, and the line it flies on.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FlightSpot {
    pub seq: Seq,
    pub kind: MessageKind,
    pub label: Arc<str>,
    pub way: Way,
    pub sent: Instant,
    pub arrives: Instant,
    pub held: bool,
    /// Held itself, not only behind another.
    pub by_hand: bool,
    /// Where on its way it waits, as a share of it.
    pub rest: f64,
    /// How far it is drawn behind where it is, as a share of its way: behind the one before it.
    pub lag: f64,
    /// So many more follow it so closely that they have no room of their own.
    pub more: usize,
}

/// Many messages of one kind in one direction, where single ones would be a blur.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Crowd {
    pub kind: MessageKind,
    pub count: usize,
    pub at: Point,
    pub rightwards: bool,
}

/// What a message looks like, so that its kind can be told without colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// A dot: heartbeats.
    Dot,
    /// A tag that points where it goes: votes.
    Tag,
    /// Rounded ends: between a client and its server.
    Pill,
    /// A square outline: something proposed, or asked.
    Outline,
    /// A square filled: something decided.
    Filled,
    /// Slanted: discovery and synchronisation.
    Slanted,
}

/// A message's shape by its kind.
pub(crate) fn shape_of(kind: MessageKind) -> Shape {
    use MessageKind as K;
    match kind {
        K::Ping => Shape::Dot,
        K::Vote => Shape::Tag,
        K::Connect | K::Connected | K::Request | K::Response | K::Watch | K::Text => Shape::Pill,
        K::Proposal | K::Ack | K::LearnerRequest | K::Sync | K::Revalidate => Shape::Outline,
        K::Commit | K::Inform | K::UpToDate => Shape::Filled,
        K::Hello
        | K::FollowerInfo
        | K::LeaderInfo
        | K::AckEpoch
        | K::Diff
        | K::Trunc
        | K::Snap
        | K::NewLeader => Shape::Slanted,
    }
}

impl FlightSpot {
    /// Where it is at an instant.
    pub(crate) fn at(&self, now: Instant) -> Point {
        let whole = self.arrives.since(self.sent).0.max(1) as f64;
        let share = now.since(self.sent).0 as f64 / whole;
        if self.held {
            // A held message waits where it was, and where it can be seen to wait.
            return self.way.at(share.min(self.rest));
        }
        let share = share.min(1.0);
        // Towards the end it catches up, for it arrives when it arrives.
        self.way.at((share - self.lag.min(1.0 - share)).max(0.0))
    }

    /// What is written on it.
    pub(crate) fn words(&self, w: &Words) -> String {
        let words = message_words(self.kind, &self.label, w);
        if self.more == 0 { words } else { [&words, " +", &self.more.to_string()].concat() }
    }

    pub(crate) fn rightwards(&self) -> bool {
        self.way.end.x >= self.way.start.x
    }
}

pub(super) fn flights(scene: &Scene, picture: &Picture) -> (Vec<FlightSpot>, Vec<Crowd>) {
    if scene.flights.len() > MOST_FLIGHTS {
        return (Vec::new(), crowds(scene, picture));
    }
    let mut queues: BTreeMap<(ConnId, Party), Queue> = BTreeMap::new();
    let mut spots: Vec<FlightSpot> = Vec::new();
    for (seq, flight) in &scene.flights {
        let Some(way) = way(picture, flight.from, flight.to) else { continue };
        let hold = scene.holds.iter().find(|hold| hold.message == *seq);
        let queue = queues.entry((flight.conn, flight.from)).or_insert_with(|| Queue {
            rest: if scene.is_cut(flight.from, flight.to) { AT_CUT } else { 1.0 },
            ..Queue::default()
        });
        let Some((rest, lag)) = queue.place(flight, hold.map(|hold| hold.at), &way) else {
            if let Some(last) = queue.last.filter(|_| shape_of(flight.kind) != Shape::Dot) {
                spots[last].more += 1;
            }
            continue;
        };
        if shape_of(flight.kind) != Shape::Dot {
            queue.last = Some(spots.len());
        }
        spots.push(FlightSpot {
            by_hand: hold.is_some(),
            rest,
            lag,
            more: 0,
            seq: *seq,
            kind: flight.kind,
            label: flight.label.clone(),
            way,
            sent: flight.sent,
            arrives: flight.arrives,
            held: flight.held,
        });
    }
    if spots.len() > MOST_SPOTS {
        (Vec::new(), crowds(scene, picture))
    } else {
        (spots, Vec::new())
    }
}

/// The messages of one direction of a connection, one behind the other.
#[derive(Debug, Default)]
struct Queue {
    /// Where the next held message waits.
    rest: f64,
    /// The last one under way: when it was sent, and how far it lags, in pixels.
    moving: Option<(Instant, f64)>,
    /// The last one that others can be drawn together with, by its place in the picture.
    last: Option<usize>,
    /// How many wait.
    waiting: usize,
}

impl Queue {
    /// Where the next message waits, or how far it lags; none where there is no room for it.
    fn place(&mut self, flight: &Flight, held: Option<Instant>, way: &Way) -> Option<(f64, f64)> {
        let (length, behind) = (way.length(), behind(way));
        let whole = flight.arrives.since(flight.sent).0.max(1) as f64;
        if flight.held {
            let mut rest = self.rest;
            if let Some(at) = held {
                let share = at.since(flight.sent).0 as f64 / whole;
                rest = rest.min(share.clamp(NEAR_END, 1.0 - NEAR_END));
            } else if rest <= 0.0 && self.waiting > 0 {
                return None;
            }
            self.waiting += 1;
            // What comes behind it keeps its distance, as far as there is room.
            self.rest = rest - behind / length;
            return Some((rest.max(FIRST), 0.0));
        }
        if shape_of(flight.kind) == Shape::Dot {
            return Some((1.0, 0.0));
        }
        let lag = self.moving.map_or(0.0, |(sent, lag)| {
            let gap = flight.sent.since(sent).0 as f64 / whole * length;
            (lag + behind - gap).max(0.0)
        });
        if lag > length * MOST_LAG {
            return None;
        }
        self.moving = Some((flight.sent, lag));
        Some((1.0, lag / length))
    }
}

/// How far behind another a message can be read.
fn behind(way: &Way) -> f64 {
    BEHIND + BESIDE * (way.end.x - way.start.x).abs() / way.length()
}

/// The line from one party to another, a little to the right of the direct one, so that the two
/// directions do not cover each other.
fn way(picture: &Picture, from: Party, to: Party) -> Option<Way> {
    Some(picture.way(from, to)?.aside(ASIDE))
}

fn crowds(scene: &Scene, picture: &Picture) -> Vec<Crowd> {
    let mut counts: BTreeMap<(Party, Party, MessageKind), usize> = BTreeMap::new();
    for flight in scene.flights.values() {
        *counts.entry((flight.from, flight.to, flight.kind)).or_default() += 1;
    }
    let mut rows: BTreeMap<(Party, Party), f64> = BTreeMap::new();
    let crowd = |((from, to, kind), count): ((Party, Party, MessageKind), usize)| {
        let way = way(picture, from, to)?;
        let row = rows.entry((from, to)).or_insert(0.3);
        let at = way.at(row.min(0.9));
        *row += 0.2;
        Some(Crowd { kind, count, at, rightwards: way.end.x >= way.start.x })
    };
    counts.into_iter().filter_map(crowd).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LENGTH: f64 = 300.0;

    fn way() -> Way {
        Way::straight(Point { x: 0.0, y: 0.0 }, Point { x: 0.0, y: LENGTH })
    }

    fn flight(sent: u64, held: bool) -> Flight {
        Flight {
            conn: ConnId(1),
            from: Party::Host(relevo_core::HostId(0)),
            to: Party::Host(relevo_core::HostId(1)),
            kind: MessageKind::Proposal,
            label: "".into(),
            sent: Instant(sent),
            arrives: Instant(sent + 1_000),
            held,
        }
    }

    #[test]
    fn what_is_said_at_once_is_drawn_one_behind_the_other() {
        let mut queue = Queue { rest: 1.0, ..Queue::default() };
        let mut lags = (0..9).map(|_| queue.place(&flight(0, false), None, &way()));
        for place in 0..6 {
            let (_, lag) = lags.next().flatten().expect("it has room");
            assert!((lag * LENGTH - BEHIND * f64::from(place)).abs() < 1e-6, "{lag}");
        }
        assert!(lags.all(|place| place.is_none()), "half of the way is full");
        let later = queue.place(&flight(900, false), None, &way());
        assert_eq!(later, Some((1.0, 0.0)), "far behind them");
    }

    #[test]
    fn at_its_end_a_message_lags_no_more() {
        let spot = |lag| FlightSpot {
            seq: Seq(1),
            kind: MessageKind::Proposal,
            label: "".into(),
            way: way(),
            sent: Instant(0),
            arrives: Instant(1_000),
            held: false,
            by_hand: false,
            rest: 1.0,
            lag,
            more: 0,
        };
        let y = |now| (spot(0.3).at(Instant(now)).y * 10.0).round() / 10.0;
        assert_eq!([y(0), y(300), y(500), y(700), y(1_000)], [0.0, 0.0, 60.0, 120.0, LENGTH]);
    }

    #[test]
    fn what_waits_keeps_its_distance_while_there_is_room() {
        let mut queue = Queue { rest: AT_CUT, ..Queue::default() };
        let places: Vec<_> = (0..9).map(|n| queue.place(&flight(n, true), None, &way())).collect();
        let rests: Vec<f64> = places.iter().flatten().map(|(rest, _)| *rest).collect();
        assert_eq!(rests.len(), 5, "{rests:?}");
        assert!(rests.windows(2).all(|pair| pair[0] > pair[1]), "{rests:?}");
        assert!(places[5..].iter().all(Option::is_none));
    }
}
