//! What the server tells a page over the WebSocket: postcard frames of [`Frame`]. A page of
//! another build must reload, for the encoding follows the types.

use crate::{LabEvent, Scene};
use relevo_core::{Instant, OutsideId, Seq};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// One binary WebSocket message from the server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Frame {
    /// First on every connection.
    Hello {
        /// The server's build; where it is not the page's, the page reloads. It is the first
        /// field of the first frame in every version, so that any two builds understand it.
        build: Arc<str>,
        /// The lab.
        lab: LabInfo,
    },
    /// A scene to begin from, and what came after it: so much can be looked back on at once.
    History {
        /// The scene before the events.
        scene: Scene,
        /// What came after it, up to now.
        events: Vec<Arc<LabEvent>>,
    },
    /// What happened since the last frame.
    Events(Vec<Arc<LabEvent>>),
    /// Events were left out: the stream was too fast or the viewer too slow. The scene is whole
    /// again.
    Gap {
        /// The scene now.
        scene: Scene,
        /// How many events were left out.
        missed: u64,
    },
    /// Where lab time stands; sent at every change and at least ten times a second while it runs.
    Clock(Clock),
    /// What the checkers say.
    Verdicts(Vec<Verdict>),
    /// Outside programs whose own time-outs run while the lab is paused, by name.
    Waiting(Vec<Arc<str>>),
    /// Who an outside program is, as far as its connection tells; the trace knows its number only.
    Named(OutsideName),
    /// The solution being shown cannot go on.
    Solution(Solution),
    /// The lab stopped: an assertion of ours failed. Its trace is kept.
    Stopped {
        /// What failed.
        reason: Arc<str>,
    },
}

/// A solution that cannot go on: what it waited for did not come, or the lab refused what it
/// wanted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Solution {
    /// The step it was to do.
    pub step: Arc<str>,
    /// What it sees, in Spanish.
    pub es: Arc<str>,
    /// What it sees, in English.
    pub en: Arc<str>,
}

/// What a page must know of its lab.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LabInfo {
    /// Its id: `main`, or drawn.
    pub id: Arc<str>,
    /// Its scenario's name.
    pub scenario: Arc<str>,
    /// Its seed.
    pub seed: u64,
    /// Whether it lives in files.
    pub durable: bool,
    /// The lab it was forked from, and when.
    pub forked_from: Option<(Arc<str>, Instant)>,
}

/// An outside program's name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OutsideName {
    /// Which program.
    pub outside: OutsideId,
    /// Its name.
    pub name: Arc<str>,
    /// The library it is probably built with.
    pub library: Option<Arc<str>>,
    /// Where it comes from.
    pub address: Arc<str>,
}

/// Lab time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Clock {
    /// Now, in the lab.
    pub at: Instant,
    /// Lab time over real time; 0.125 is slow motion.
    pub speed: f64,
    /// Whether it stands.
    pub paused: bool,
    /// The earliest instant that can be looked back to.
    pub oldest: Instant,
    /// The last event.
    pub seq: Seq,
}

/// What one checker says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// The checker.
    pub checker: Arc<str>,
    /// How many facts it has judged.
    pub facts: u64,
    /// What broke its promise, if anything.
    pub violation: Option<Violation>,
}

/// A promise was broken.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Violation {
    /// What, in words.
    pub what: Arc<str>,
    /// The event that broke it.
    pub at: Seq,
    /// The chain of events that led there, shortest first known.
    pub chain: Vec<Seq>,
}
