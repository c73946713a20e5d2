//! The leader's watch over sessions: who was heard from when, and who has been silent too long.

use crate::{ErrorCode, ServerId, SessionId};
use imbl::{OrdMap, OrdSet};
use relevo_core::{Duration, Instant};

/// Every session of the ensemble with its exact deadline.
///
/// Hearing of a session only notes the instant; its place among the deadlines moves when the old
/// one comes due. So a session that pings a thousand times costs a thousand lookups and one move.
#[derive(Clone, Debug, Default)]
pub(super) struct Tracker {
    sessions: OrdMap<SessionId, Tracked>,
    deadlines: OrdSet<(Instant, SessionId)>,
}

#[derive(Clone, Debug)]
struct Tracked {
    timeout: Duration,
    heard: Instant,
    /// Its entry in `deadlines`; never later than its true deadline.
    queued: Instant,
    /// The server its client is connected to, once known.
    owner: Option<ServerId>,
    /// Its end is on the way; nothing keeps it alive any more.
    closing: bool,
}

impl Tracker {
    /// Begins to track a session, or hears of it again.
    pub(super) fn track(&mut self, now: Instant, session: SessionId, timeout: Duration) {
        if self.touch(now, session, timeout) || self.sessions.contains_key(&session) {
            return;
        }
        let queued = now + timeout;
        let tracked = Tracked { timeout, heard: now, queued, owner: None, closing: false };
        self.sessions.insert(session, tracked);
        self.deadlines.insert((queued, session));
    }

    /// Notes that a session was heard from; whether it is alive.
    pub(super) fn touch(&mut self, now: Instant, session: SessionId, timeout: Duration) -> bool {
        let Some(tracked) = self.sessions.get_mut(&session).filter(|tracked| !tracked.closing)
        else {
            return false;
        };
        (tracked.heard, tracked.timeout) = (now, timeout);
        if now + timeout < tracked.queued {
            self.deadlines.remove(&(tracked.queued, session));
            tracked.queued = now + timeout;
            self.deadlines.insert((tracked.queued, session));
        }
        true
    }

    /// Notes the server that a session's client is connected to from now on.
    pub(super) fn set_owner(&mut self, session: SessionId, owner: ServerId) {
        if let Some(tracked) = self.sessions.get_mut(&session) {
            tracked.owner = Some(owner);
        }
    }

    /// Whether a request of `session` that entered at `origin` may be heard.
    pub(super) fn check(&mut self, session: SessionId, origin: ServerId) -> Result<(), ErrorCode> {
        let tracked = self.sessions.get_mut(&session).filter(|tracked| !tracked.closing);
        let owner = tracked.ok_or(ErrorCode::SessionExpired)?.owner.get_or_insert(origin);
        if *owner == origin { Ok(()) } else { Err(ErrorCode::SessionMoved) }
    }

    /// Notes that a session's end is on the way.
    pub(super) fn set_closing(&mut self, session: SessionId) {
        if let Some(tracked) = self.sessions.get_mut(&session) {
            tracked.closing = true;
            self.deadlines.remove(&(tracked.queued, session));
        }
    }

    /// Forgets a session that has ended.
    pub(super) fn remove(&mut self, session: SessionId) {
        if let Some(tracked) = self.sessions.remove(&session) {
            self.deadlines.remove(&(tracked.queued, session));
        }
    }

    /// The next session whose time-out has passed; its end is then on the way.
    pub(super) fn expire_one(&mut self, now: Instant) -> Option<SessionId> {
        loop {
            let (queued, session) = *self.deadlines.get_min().filter(|(at, _)| *at <= now)?;
            self.deadlines.remove(&(queued, session));
            let Some(tracked) = self.sessions.get_mut(&session) else { continue };
            let deadline = tracked.heard + tracked.timeout;
            if deadline <= now {
                tracked.closing = true;
                return Some(session);
            }
            tracked.queued = deadline;
            self.deadlines.insert((deadline, session));
        }
    }

    /// When the first deadline may come due.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.deadlines.get_min().map(|(at, _)| *at)
    }

    /// When each session ends if nothing more is heard of it.
    pub(super) fn ends(&self) -> impl Iterator<Item = (Instant, SessionId)> + '_ {
        self.sessions.iter().map(|(session, tracked)| (tracked.heard + tracked.timeout, *session))
    }
}
