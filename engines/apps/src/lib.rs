//! What the course runs on the engines.
//!
//! Each application is a [`Machine`](relevo_core::Machine) that embeds the engines' own clients,
//! so that it lives through reconnections and fail-overs as a program outside would.

mod event;

pub use event::{AppEvent, CounterEvent, Outcome};

/// The znode the counter writes its numbers to.
pub const COUNTER_PATH: &str = "/counter";
