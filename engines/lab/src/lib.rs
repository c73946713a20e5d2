//! One learner's lab.

mod diagram;
mod node;
mod scene;
pub mod stream;
#[cfg(test)]
mod testing;
mod why;
mod words;

pub use diagram::{
    ARROWS_KEPT, Arrow, ArrowEnd, Band, BandKind, Diagram, Lane, MARKS_KEPT, Mark, MarkKind, Span,
    SpanState, Visible,
};
pub use node::{Event, LabEvent, Message};
pub use scene::{
    ClientView, ConnectionView, Flight, Hold, LogEntry, MessageKind, ProcessState, STRIP_LENGTH,
    Scene, ServerView, Work,
};
pub use why::{event, why};
pub use words::{message_kind, message_label, request_label, txn_label, txn_path};
