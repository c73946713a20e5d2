//! A client's connection, and what waits on it.

use crate::{ErrorCode, Identity, Request, Response, SessionId, Watches, Zxid};
use relevo_core::{Cause, Instant, Peer, WallTime};
use std::collections::VecDeque;
use std::sync::Arc;

/// The most requests that may wait on one connection; beyond it the connection is closed.
pub(super) const MAX_WAITING: usize = 65_536;

/// One connection of a client.
#[derive(Clone, Debug)]
pub(super) struct Connection {
    pub(super) peer: Peer,
    pub(super) phase: Phase,
    /// Its session; 0 before it has one.
    pub(super) session: SessionId,
    /// The negotiated time-out.
    pub(super) timeout_ms: u32,
    /// Whether its client knows the field `readOnly`.
    pub(super) knows_read_only: bool,
    /// Who its client has proved to be.
    pub(super) identities: Arc<[Identity]>,
    /// What is not answered yet, in the order of asking.
    pub(super) waiting: VecDeque<Waiting>,
    /// How many of them are not submitted yet, because too much is under way.
    pub(super) held: u32,
    /// Whether so much waits for its socket that answers wait too.
    pub(super) blocked: bool,
    pub(super) counters: Counters,
}

/// How far a connection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Nothing was said yet.
    Fresh,
    /// Its new session is being ordered.
    Creating,
    /// The leader is asked whether its session is alive.
    Revalidating,
    /// It carries its session.
    Attached,
}

/// A request that is not answered yet.
#[derive(Clone, Debug)]
pub(super) struct Waiting {
    pub(super) asked: Asked,
    pub(super) work: Work,
}

/// When and by which input something was asked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    pub(super) xid: i32,
    pub(super) op: &'static str,
    pub(super) cause: Cause,
    pub(super) since: Instant,
}

/// What a request waits for.
#[derive(Clone, Debug)]
pub(super) enum Work {
    /// Its session.
    Early(Request),
    /// That less is under way; then it is submitted.
    Held(Request),
    /// Its transaction.
    Write,
    /// The leader's word that all before it is here.
    Sync(Request),
    /// Those before it: a client's reads follow its own writes.
    Read(Request),
    /// The same, and turns enough to set all these watches again; so many of them are.
    Watches { relative_zxid: Zxid, watches: Box<Watches>, done: usize },
    /// Nothing but those before it.
    Done(Reply),
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reply {
    /// The last zxid applied.
    pub(super) zxid: Zxid,
    /// The code in its header.
    pub(super) header: ErrorCode,
    /// The outcome: of a multi, whose header says `Ok`, the first failure.
    pub(super) outcome: ErrorCode,
    pub(super) body: Response,
    /// Whether the connection ends after it.
    pub(super) last: bool,
}

/// What `cons` and `stat` tell.
#[derive(Clone, Debug, Default)]
pub(super) struct Counters {
    pub(super) received: u64,
    pub(super) sent: u64,
    pub(super) established: WallTime,
    pub(super) last_op: &'static str,
    pub(super) last_xid: i32,
    pub(super) last_zxid: Zxid,
    pub(super) last_answer: Instant,
    pub(super) latency: Latency,
}

/// Milliseconds from request to answer.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Latency {
    pub(super) last: u64,
    pub(super) least: u64,
    pub(super) most: u64,
    sum: u64,
    pub(super) count: u64,
}

impl Connection {
    pub(super) fn new(peer: Peer, identity: Identity, established: WallTime) -> Connection {
        Connection {
            peer,
            phase: Phase::Fresh,
            session: SessionId(0),
            timeout_ms: 0,
            knows_read_only: false,
            identities: [identity].into(),
            waiting: VecDeque::new(),
            held: 0,
            blocked: false,
            counters: Counters::new(established),
        }
    }
}

impl Counters {
    pub(super) fn new(established: WallTime) -> Counters {
        Counters { established, last_op: "NA", last_xid: -1, ..Counters::default() }
    }

    /// Begins to count anew (`crst`).
    pub(super) fn reset(&mut self) {
        let last_answer = self.last_answer;
        *self = Counters { last_answer, ..Counters::new(self.established) };
    }
}

impl Reply {
    pub(super) fn new(zxid: Zxid, answer: Result<Response, ErrorCode>) -> Reply {
        let header = answer.as_ref().err().copied().unwrap_or(ErrorCode::Ok);
        let body = answer.unwrap_or(Response::Empty);
        Reply { zxid, header, outcome: header, body, last: false }
    }
}

impl Latency {
    pub(super) fn add(&mut self, ms: u64) {
        self.least = if self.count == 0 { ms } else { self.least.min(ms) };
        self.most = self.most.max(ms);
        self.last = ms;
        self.sum += ms;
        self.count += 1;
    }

    /// The mean in milliseconds, rounded to four places and written as Java does: `0.0`, `4.25`.
    pub(super) fn mean_text(&self) -> String {
        let half = self.count / 2;
        let rounded = (self.sum * 10_000 + half).checked_div(self.count).unwrap_or(0);
        let places = format!("{:04}", rounded % 10_000);
        let places = places.trim_end_matches('0');
        format!("{}.{}", rounded / 10_000, if places.is_empty() { "0" } else { places })
    }

    /// The mean, in whole milliseconds.
    pub(super) fn mean(&self) -> u64 {
        self.sum.checked_div(self.count).unwrap_or(0)
    }
}
