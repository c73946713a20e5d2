use super::place::{Picture, Point};
use super::{ASIDE, MOST_FLIGHTS, Way};
use relevo_core::{ConnId, Instant, Party, Seq};
use relevo_lab::{MessageKind, Scene};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A held message waits no nearer to either end than this share of its way.
const NEAR_END: f64 = 0.22;
/// A message waits before the cut, which is drawn in the middle of its way.
const AT_CUT: f64 = 0.42;
/// Between a held message and the one behind it, in pixels.
const BEHIND: f64 = 34.0;

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
    pub from: Party,
    pub to: Party,
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
        // A held message waits where it was, and where it can be seen to wait.
        let most = if self.held { self.rest } else { 1.0 };
        self.way.at(share.min(most))
    }

    pub(crate) fn rightwards(&self) -> bool {
        self.way.end.x >= self.way.start.x
    }
}

pub(super) fn flights(scene: &Scene, picture: &Picture) -> (Vec<FlightSpot>, Vec<Crowd>) {
    if scene.flights.len() > MOST_FLIGHTS {
        return (Vec::new(), crowds(scene, picture));
    }
    let mut queues: BTreeMap<(ConnId, Party), f64> = BTreeMap::new();
    let spot = |(seq, flight): (&Seq, &relevo_lab::Flight)| {
        let way = way(picture, flight.from, flight.to)?;
        let hold = scene.holds.iter().find(|hold| hold.message == *seq);
        let mut rest = 1.0;
        if flight.held {
            let first = if scene.is_cut(flight.from, flight.to) { AT_CUT } else { 1.0 };
            let queue = queues.entry((flight.conn, flight.from)).or_insert(first);
            rest = *queue;
            if let Some(hold) = hold {
                let whole = flight.arrives.since(flight.sent).0.max(1) as f64;
                let held = hold.at.since(flight.sent).0 as f64 / whole;
                rest = rest.min(held.clamp(NEAR_END, 1.0 - NEAR_END));
            }
            // What comes behind it keeps its distance, as far as there is room.
            *queue = (rest - BEHIND / way.length()).max(0.04);
        }
        Some(FlightSpot {
            by_hand: hold.is_some(),
            rest,
            seq: *seq,
            kind: flight.kind,
            label: flight.label.clone(),
            way,
            sent: flight.sent,
            arrives: flight.arrives,
            held: flight.held,
            from: flight.from,
            to: flight.to,
        })
    };
    (scene.flights.iter().filter_map(spot).collect(), Vec::new())
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
