use relevo_coordination::{ErrorCode, Request, Response, SessionId, WatchedEvent, Zxid};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What the machines of a lab tell of themselves. It stands here because an application speaks
/// through the client it embeds, and both must be heard.
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

/// What an application tells of itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum AppEvent {
    /// The counter's news.
    Counter(CounterEvent),
    /// A candidate's news.
    Candidate(CandidateEvent),
    /// A client called: its operation begins.
    Called {
        /// The operation's number, counted by the client from 1.
        op: u64,
        /// What is asked.
        request: Arc<Request>,
    },
    /// That call returned, or will never return.
    Returned {
        /// The operation's number.
        op: u64,
        /// What came of it.
        outcome: Outcome,
    },
    /// The client was told of a change it watches for.
    Notified(WatchedEvent),
    /// The client has a session; `resumed` where it is the one it had.
    SessionGained {
        /// Which.
        session: SessionId,
        /// Whether it is the one it had.
        resumed: bool,
    },
    /// The client's session expired.
    SessionLost,
}

/// What the counter does with its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CounterEvent {
    /// It sends a number.
    Writing {
        /// The number.
        number: u64,
        /// Counted from 1 for each number.
        attempt: u32,
    },
    /// The number was acknowledged.
    Acknowledged {
        /// The number.
        number: u64,
        /// The transaction that wrote it, as far as the answer tells.
        zxid: Zxid,
    },
    /// The connection was lost before the answer: written or not, the counter has to look.
    Unknown {
        /// The number.
        number: u64,
    },
    /// It read what the cluster holds.
    Read {
        /// The number found.
        number: u64,
    },
}

/// How a candidate for an election stands, as far as it knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CandidateEvent {
    /// It has a znode in the line.
    Stands {
        /// Which.
        path: Arc<str>,
    },
    /// Another one is before it, whose end it will be told.
    Waits {
        /// Which.
        behind: Arc<str>,
    },
    /// Nobody is before it: it believes that it leads.
    Leads {
        /// Its znode.
        path: Arc<str>,
    },
    /// It wrote its name to `/leader`.
    Claimed {
        /// The version of `/leader` it made.
        version: i32,
        /// The transaction that wrote it, as far as the answer tells.
        zxid: Zxid,
    },
    /// Its write to `/leader` was refused, for someone wrote there after it: it leads no longer.
    Fenced,
    /// It lost its connection and does not know where it stands.
    Doubts,
}

/// What came of a call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Outcome {
    /// It was answered.
    Answered {
        /// The last zxid the server had applied.
        zxid: Zxid,
        /// The answer.
        response: Arc<Response>,
    },
    /// It was answered with an error.
    Refused {
        /// The last zxid the server had applied.
        zxid: Zxid,
        /// Which.
        error: ErrorCode,
    },
    /// The connection was lost before its answer: it happened or not.
    Unknown,
}
