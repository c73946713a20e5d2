//! The space-time diagram as a projection: one lane per party, messages as slanted arrows, marks
//! where something happened, bands over stretches without a leader (Lamport, "Time, Clocks, and
//! the Ordering of Events in a Distributed System", CACM 1978, figure 1). Plain data, apart from
//! drawing.

mod fold;
#[cfg(test)]
mod tests;

use crate::{MessageKind, Scene};
use relevo_core::{ConnId, HostId, Instant, LossReason, Origin, Party, Seq};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// How many arrows are kept; what was sent before the oldest of them is no longer drawn.
pub const ARROWS_KEPT: usize = 20_000;
/// How many marks are kept.
pub const MARKS_KEPT: usize = 20_000;
/// How many transactions' names are kept for what speaks of them.
const NAMES_KEPT: usize = 64;
/// How many spans of one lane are kept.
const SPANS_KEPT: usize = 512;
/// How many bands are kept.
const BANDS_KEPT: usize = 512;

/// Everything drawn over a stretch of time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Diagram {
    /// One line per party, from top to bottom: clients, then servers, then outside programs.
    pub lanes: Vec<Lane>,
    /// Clients of whom nothing was heard yet; they get their lanes then.
    unseen: Vec<(Party, Arc<str>)>,
    /// Messages, in the order of their sending.
    arrows: VecDeque<Arrow>,
    /// Messages under way: they are visible whenever they were sent.
    under_way: BTreeMap<Seq, Arrow>,
    /// What happened, in order.
    marks: VecDeque<Mark>,
    /// Stretches without a leader.
    bands: VecDeque<Band>,
    /// The longest time an arrived message took, so that a search knows how far back to begin.
    longest: relevo_core::Duration,
    /// What the last transactions are called, so that their acknowledgements and commits are
    /// called the same.
    names: VecDeque<(relevo_coordination::Zxid, Arc<str>)>,
    /// The established leader, while it has the picture's word for it.
    leader: Option<HostId>,
    /// The instant of the last event.
    pub at: Instant,
    /// Before this, nothing is known.
    pub oldest: Instant,
}

/// One party's line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Lane {
    /// Whose.
    pub party: Party,
    /// Its name.
    pub name: Arc<str>,
    /// What it was, stretch by stretch, without holes; the last has no end.
    pub spans: VecDeque<Span>,
}

/// A stretch of a lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// From when on.
    pub from: Instant,
    /// Until when; none while it lasts.
    pub to: Option<Instant>,
    /// What it was.
    pub state: SpanState,
    /// The event that began it.
    pub since: Seq,
}

/// What a party is over a stretch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum SpanState {
    /// It runs (a client), or follows, or observes.
    Running,
    /// It looks for a leader.
    Looking,
    /// It leads an established epoch.
    Leading,
    /// It is frozen.
    Paused,
    /// Its process is dead, or has ended itself.
    Down,
}

/// A message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Arrow {
    /// Its name: the event of its sending.
    pub message: Seq,
    /// On which connection.
    pub conn: ConnId,
    /// Who sent it.
    pub from: Party,
    /// Who gets it.
    pub to: Party,
    /// What it is.
    pub kind: MessageKind,
    /// What to write on it.
    pub label: Arc<str>,
    /// When it was sent.
    pub sent: Instant,
    /// How it ends.
    pub end: ArrowEnd,
}

/// How a message ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ArrowEnd {
    /// It is under way.
    UnderWay {
        /// When it will arrive if nothing holds it.
        arrives: Instant,
    },
    /// It arrived.
    Delivered {
        /// When.
        at: Instant,
        /// The event of its arrival.
        seq: Seq,
    },
    /// It was lost: drawn up to where it had come.
    Lost {
        /// When.
        at: Instant,
        /// The event of its loss.
        seq: Seq,
        /// Why.
        reason: LossReason,
        /// When it would have arrived.
        arrives: Instant,
    },
}

/// Something that happened at one instant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Mark {
    /// When.
    pub at: Instant,
    /// Where; none for what concerns the whole lab.
    pub party: Option<Party>,
    /// The event.
    pub seq: Seq,
    /// What.
    pub kind: MarkKind,
    /// What to write on it: a counter's number, a zxid's place; may be empty.
    pub label: Arc<str>,
}

/// What a mark marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum MarkKind {
    /// A process was killed.
    Crashed {
        /// Whether the power went too.
        power_loss: bool,
        /// By whom.
        by: Origin,
    },
    /// A process began again.
    Restarted,
    /// A process ended itself.
    Stopped,
    /// A process was frozen.
    Paused {
        /// By whom.
        by: Origin,
    },
    /// A frozen process went on.
    Resumed {
        /// By whom.
        by: Origin,
    },
    /// Links were cut, one or all between groups.
    Cut {
        /// By whom.
        by: Origin,
    },
    /// Every cut was mended.
    Healed {
        /// By whom.
        by: Origin,
    },
    /// Another fault: disk, clock, link, a message held, released or dropped.
    Fault {
        /// By whom.
        by: Origin,
    },
    /// A log became durable up to the label.
    Durable,
    /// A leader saw a quorum for the label.
    Committed,
    /// A log was cut after the label.
    Truncated,
    /// A server changed its vote to the label.
    Voted {
        /// In which round.
        round: u64,
    },
    /// A leader's epoch, the label, was established.
    Established,
    /// A learner has all and serves.
    Synchronised,
    /// The counter's number was acknowledged.
    Counted,
    /// A session expired.
    SessionExpired,
}

/// A stretch of time worth a shade.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Band {
    /// From when on.
    pub from: Instant,
    /// Until when; none while it lasts.
    pub to: Option<Instant>,
    /// The event that began it.
    pub since: Seq,
    /// What it is.
    pub kind: BandKind,
}

/// What a band shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum BandKind {
    /// No server leads an established epoch.
    NoLeader,
    /// Links are cut.
    Cut,
}

/// What is visible of a stretch of time.
#[derive(Clone, Debug, Default)]
pub struct Visible<'a> {
    /// Messages, in the order of their sending.
    pub arrows: Vec<&'a Arrow>,
    /// Marks, in order.
    pub marks: Vec<&'a Mark>,
    /// Bands, in order.
    pub bands: Vec<&'a Band>,
}

impl Diagram {
    /// An empty diagram of what this scene shows, from its instant on.
    pub fn new(scene: &Scene) -> Diagram {
        let mut diagram = Diagram { at: scene.at, oldest: scene.at, ..Diagram::default() };
        diagram.begin(scene);
        diagram
    }

    /// What can be seen between two instants, both included. Costs what is visible, and what was
    /// sent within the longest flight before.
    pub fn visible(&self, from: Instant, to: Instant) -> Visible<'_> {
        let reach = Instant(from.0.saturating_sub(self.longest.0));
        let first = self.arrows.partition_point(|arrow| arrow.sent < reach);
        let arrived = self.arrows.range(first..).take_while(|arrow| arrow.sent <= to);
        let mut arrows: Vec<&Arrow> = arrived.filter(|arrow| arrow.ends() >= from).collect();
        arrows.extend(self.under_way.values().filter(|arrow| arrow.sent <= to));
        arrows.sort_by_key(|arrow| arrow.message);
        let first = self.marks.partition_point(|mark| mark.at < from);
        Visible {
            arrows,
            marks: self.marks.range(first..).take_while(|mark| mark.at <= to).collect(),
            bands: self.bands.iter().filter(|band| band.overlaps(from, to)).collect(),
        }
    }

    /// Forgets what was over before an instant: whoever keeps less of the past than this would
    /// has no use for it.
    pub fn forget(&mut self, before: Instant) {
        let first = self.arrows.partition_point(|arrow| arrow.sent < before);
        self.arrows.drain(..first);
        let first = self.marks.partition_point(|mark| mark.at < before);
        self.marks.drain(..first);
        let over = |end: Option<Instant>| end.is_some_and(|end| end < before);
        self.bands.retain(|band| !over(band.to));
        self.lanes.iter_mut().for_each(|lane| lane.spans.retain(|span| !over(span.to)));
        self.oldest = self.oldest.max(before);
    }

    /// The message of this number, if it is still kept.
    pub fn arrow(&self, message: Seq) -> Option<&Arrow> {
        if let Some(arrow) = self.under_way.get(&message) {
            return Some(arrow);
        }
        self.arrows.iter().rev().find(|arrow| arrow.message == message)
    }

    /// The index of a party's lane.
    pub fn lane(&self, party: Party) -> Option<usize> {
        self.lanes.iter().position(|lane| lane.party == party)
    }
}

impl Arrow {
    /// When it is over; the far future while it is under way.
    pub fn ends(&self) -> Instant {
        match self.end {
            ArrowEnd::UnderWay { .. } => Instant::FAR_FUTURE,
            ArrowEnd::Delivered { at, .. } | ArrowEnd::Lost { at, .. } => at,
        }
    }
}

impl Band {
    fn overlaps(&self, from: Instant, to: Instant) -> bool {
        self.from <= to && self.to.is_none_or(|end| end >= from)
    }
}

impl Lane {
    /// The spans between two instants.
    pub fn visible(&self, from: Instant, to: Instant) -> impl Iterator<Item = &Span> {
        let seen = move |span: &&Span| span.from <= to && span.to.is_none_or(|end| end >= from);
        self.spans.iter().filter(seen)
    }

    /// What it was at an instant.
    pub fn state_at(&self, at: Instant) -> Option<SpanState> {
        self.visible(at, at).last().map(|span| span.state)
    }
}
