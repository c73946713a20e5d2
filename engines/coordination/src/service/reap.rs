//! What the leader notices by itself: silent sessions, empty containers, outlived TTL znodes
//! (ZooKeeper's `SessionTracker` and `ContainerManager`).

use super::tracker::Tracker;
use super::{Out, Service, Submission, SubmissionKind};
use crate::bug::planted;
use crate::{Event, LearnerRequest, NodeKind, Path, Request, SessionId};
use relevo_core::{Cause, Duration, Instant, Now};
use std::ops::Bound;

/// How many sessions are expired, and how many containers looked at, in one step.
const AT_ONCE: usize = 128;
/// A container that never had a child is removed after this long: it may just have been made for
/// someone who is about to use it.
const NEVER_USED_MS: i64 = 5 * 60 * 1000;

/// Where the search for what is to be removed stands.
#[derive(Clone, Debug, Default)]
pub(super) struct Reaper {
    /// When it goes on.
    pub(super) next: Instant,
    /// The last container or TTL znode it looked at in this round.
    after: Option<(bool, Path)>,
}

impl Service {
    /// Leader: a session was heard from.
    pub fn touch(&mut self, now: Now, session: SessionId, timeout_ms: u32) {
        if planted!(self, SessionExpiresEarly) {
            return;
        }
        if let Some(tracker) = &mut self.tracker {
            tracker.touch(now.mono, session, Duration::from_millis(u64::from(timeout_ms)));
        }
    }

    /// Learner: the sessions heard since this was asked last, for the answer to the leader's ping.
    pub fn heard(&mut self) -> Vec<(SessionId, u32)> {
        std::mem::take(&mut self.heard).into_iter().collect()
    }

    /// Becomes the one that expires sessions: every known session gets its whole time-out anew,
    /// since nobody counted while there was no leader.
    pub fn start_tracking(&mut self, now: Now) {
        let mut tracker = Tracker::default();
        for (session, timeout_ms) in &self.sessions {
            let timeout = Duration::from_millis(u64::from(*timeout_ms));
            tracker.track(now.mono, *session, timeout);
        }
        self.tracker = Some(tracker);
        self.reaper = Reaper { next: now.mono + self.reap_interval(), after: None };
    }

    /// Is no longer the one that expires sessions.
    pub fn stop_tracking(&mut self) {
        self.tracker = None;
    }

    /// Leader: what is due: expired sessions to be closed, empty containers and outlived TTL
    /// znodes to be deleted. What does not fit into one step leaves the deadline at once.
    pub fn due(&mut self, now: Now, out: &mut Out) -> Vec<Submission> {
        let mut due = Vec::new();
        if let Some(tracker) = &mut self.tracker {
            while due.len() < AT_ONCE
                && let Some(session) = tracker.expire_one(now.mono)
            {
                out.event(Event::SessionExpired { session });
                let request = LearnerRequest::Client(Request::CloseSession);
                due.push((session, SubmissionKind::Order(request)));
            }
            if self.reaper.next <= now.mono {
                self.reap(now, &mut due);
            }
        }
        let cause = out.cause();
        due.into_iter().map(|(session, request)| self.own(session, request, cause)).collect()
    }

    /// When [`Service::due`] wants to be asked next.
    pub fn deadline(&self) -> Option<Instant> {
        let tracker = self.tracker.as_ref()?;
        let reap = self.has_reapable().then_some(self.reaper.next);
        tracker.deadline().into_iter().chain(reap).min()
    }

    pub(super) fn reap_interval(&self) -> Duration {
        Duration::from_millis(u64::from(self.config.container_check_ms.max(1)))
    }

    fn has_reapable(&self) -> bool {
        !self.tree.containers().is_empty() || !self.tree.ttls().is_empty()
    }

    fn own(&self, session: SessionId, request: SubmissionKind, cause: Cause) -> Submission {
        let origin = self.config.id;
        Submission { session, cxid: 0, request, identities: [].into(), origin, cause }
    }

    fn reap(&mut self, now: Now, due: &mut Vec<(SessionId, SubmissionKind)>) {
        let from = self.reaper.after.take();
        let (container, after) = from.map_or((true, None), |(kind, path)| (kind, Some(path)));
        let paths = if container { self.tree.containers() } else { self.tree.ttls() };
        let bound = after.map_or(Bound::Unbounded, Bound::Excluded);
        let slice: Vec<Path> =
            paths.range((bound, Bound::Unbounded)).take(AT_ONCE).cloned().collect();
        for path in slice.iter().filter(|path| self.is_outlived(now, path)) {
            let request = SubmissionKind::DeleteContainer { path: path.clone() };
            due.push((SessionId(0), request));
        }
        match slice.last().filter(|_| slice.len() == AT_ONCE) {
            Some(last) => self.reaper.after = Some((container, last.clone())),
            None if container => self.reaper.after = Some((false, "".into())),
            None => self.reaper.next = now.mono + self.reap_interval(),
        }
    }

    fn is_outlived(&self, now: Now, path: &str) -> bool {
        let Some(node) = self.tree.node(path).filter(|node| node.children.is_empty()) else {
            return false;
        };
        let unchanged_ms = now.wall.0.saturating_sub(node.stat.mtime);
        match node.stat.kind {
            NodeKind::Container => node.stat.cversion > 0 || unchanged_ms > NEVER_USED_MS,
            NodeKind::Ttl { ttl_ms } => u64::try_from(unchanged_ms).is_ok_and(|ms| ms > ttl_ms),
            NodeKind::Persistent | NodeKind::Ephemeral(_) => false,
        }
    }
}
