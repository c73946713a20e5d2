//! One learner's lab.

#[cfg(feature = "bugs")]
pub mod bugs;
pub mod checkers;
mod diagram;
mod lab;
mod node;
mod recording;
mod scenario;
mod scene;
pub mod schedule;
pub mod simulate;
pub mod stream;
#[cfg(test)]
mod testing;
mod why;
mod words;

pub use diagram::{
    ARROWS_KEPT, Arrow, ArrowEnd, Band, BandKind, Diagram, Lane, MARKS_KEPT, Mark, MarkKind, Span,
    SpanState, Visible,
};
pub use lab::{EVENTS_KEPT, ForkError, Lab, NodeInfo};
pub use node::{Call, Event, LabEvent, LabInput, Message, Node, NodeConfig};
pub use recording::{INPUT_BYTES_KEPT, KEYFRAMES_KEPT};
pub use scenario::{HostKind, LabHost, SCENARIOS, Scenario};
pub use scene::{
    ClientView, ConnectionView, Flight, Hold, LogEntry, MessageKind, ProcessState, STRIP_LENGTH,
    Scene, ServerView, Work,
};
pub use why::{event, why};
pub use words::{message_kind, message_label, request_label, txn_label, txn_path};
