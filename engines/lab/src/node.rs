//! The closed set of machines a lab hosts.

use relevo_apps::AppEvent;
use relevo_core::TraceEvent;
use serde::{Deserialize, Serialize};

/// What travels in a lab.
pub type Message = relevo_coordination::Message;

/// What happens in a lab.
pub type LabEvent = TraceEvent<Message, Event>;

/// What the machines of a lab tell of themselves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// A server or a client of the coordination service.
    Coordination(relevo_coordination::Event),
    /// An application.
    App(AppEvent),
}

impl From<relevo_coordination::Event> for Event {
    fn from(event: relevo_coordination::Event) -> Event {
        Event::Coordination(event)
    }
}

impl From<AppEvent> for Event {
    fn from(event: AppEvent) -> Event {
        Event::App(event)
    }
}
