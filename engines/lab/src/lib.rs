//! One learner's lab: a world with its clusters, and everything that is derived from its trace.
//!
//! # One trace, many projections
//!
//! A [`Lab`] runs a `World` of [`Node`]s and folds every event the world tells, once and in order,
//! into projections: the [`Scene`] (what can be seen at one instant), the [`checkers`] (what was
//! promised), the kept events from which a page draws its [`Diagram`] (what happened over time,
//! after Lamport) and [`why`] walks from any event to the calls, faults and deadlines it rests on.
//! The same code runs in the server, in the page and in the tests; nothing is told twice, and no
//! projection can do anything to the world.
//!
//! # Time
//!
//! The past is never overwritten. A lab in memory records what entered from outside, each with its
//! place among the things that happened, and keeps a keyframe (the whole lab as a value) every two
//! seconds of its time. [`Lab::fork`] takes the last keyframe before an instant and replays what
//! entered after it: the same world, for a world is decided by its seed and its inputs. What grows
//! beyond the limits is dropped from the old end, and [`Lab::oldest`] says where the past begins.
//! A lab that lives in files has no past to fork from, and says so.
//!
//! # Proof
//!
//! Every lab is judged while it runs. A checker states its source and its crash model, counts the
//! facts it judged, and keeps the first event that broke its promise with the chain that led
//! there. [`schedule`] breaks ensembles by seed to give the checkers something to find, holds what
//! clients were told against what the servers have in the end, and `bugs` plants mistakes to see
//! that they are found. [`simulate`] is what runs any of it without anyone watching.
//!
//! # Left out on purpose
//!
//! The lab knows neither sockets nor wall clocks: its driver says when it is, hands in what outside
//! programs send and takes out what is for them. Checkers forget what is older than a few thousand
//! transactions, and judge nothing they have forgotten.

#[cfg(feature = "bugs")]
pub mod bugs;
pub mod checkers;
mod diagram;
mod lab;
mod node;
mod rebuild;
mod recording;
mod scenario;
mod scene;
pub mod schedule;
pub mod simulate;
pub mod stream;
#[cfg(test)]
mod testing;
mod watched;
mod why;
mod words;

pub use diagram::{
    ARROWS_KEPT, Arrow, ArrowEnd, Band, BandKind, Diagram, Lane, MARKS_KEPT, Mark, MarkKind, Span,
    SpanState, Visible,
};
pub use lab::{EVENTS_KEPT, ForkError, Lab, NodeInfo};
pub use node::{Call, Event, LabEvent, LabInput, Message, Node, NodeConfig};
pub use rebuild::{Entry, RebuildError};
pub use recording::{INPUT_BYTES_KEPT, KEYFRAME_BYTES_KEPT, KEYFRAME_EVERY, KEYFRAMES_KEPT};
pub use scenario::{HostKind, LabHost, SCENARIOS, Scenario, ServerPlace};
pub use scene::{
    Belief, ClientView, Condition, ConnectionView, DATA_SHOWN, Firing, Flight, Hold, LogEntry,
    MessageKind, PacedLink, PastSession, ProcessState, SAID_SHOWN, SESSIONS_KEPT, STRIP_LENGTH,
    Said, Scene, ServerView, SessionView, WATCHES_KEPT, WatchKey, WatchState, WatchView, What,
    Work, ZNODES_KEPT, ZnodeView, Znodes, stays_set,
};
pub use why::{event, why};
pub use words::{message_kind, message_label, request_label, txn_label, txn_path};
