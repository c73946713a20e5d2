//! What clients did and were told since the step began. Programs outside are seen as the lab's own
//! clients are: by their sessions.

use super::FOLLOWED;
use relevo_coordination::{
    ErrorCode, Event as Coordination, NodeKind, SessionId, Txn, TxnBody, WatchKind, Zxid,
};
use relevo_core::{Kind, Party};
use relevo_lab::{Event, LabEvent};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A watch by who holds it and where.
type Held = (SessionId, Arc<str>);

/// Facts about clients since the beginning of a step.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ClientFacts {
    /// The last transaction counted: every server applies each.
    counted: Zxid,
    /// Znodes created that stay.
    pub persistent: u64,
    /// Znodes created whose names were numbered.
    pub sequential: u64,
    /// Ephemerals created.
    pub ephemerals: u64,
    /// Sessions that own one of those.
    owners: BTreeSet<SessionId>,
    /// Sessions that were answered BadVersion.
    pub bad_versions: BTreeSet<SessionId>,
    /// Whether one of those wrote afterwards.
    pub wrote_after_bad_version: bool,
    /// Whether an owner came back to its session on another connection, its ephemeral alive.
    pub came_back: bool,
    /// Sessions that the leader found silent.
    expired: BTreeSet<SessionId>,
    /// Ephemerals that went with those.
    pub expired_ephemerals: u64,
    /// Ephemerals that went because their session was closed.
    pub closed_ephemerals: u64,
    /// Watches that are set, or have fired.
    watches: BTreeMap<Held, Watch>,
    /// Whether a one-shot watch fired.
    pub fired: bool,
    /// The most changes one client was not told of, for it had not set its watch again.
    pub missed: u64,
    /// Whether a watch that fired was set again and fired again.
    pub fired_again: bool,
    /// The most notices one persistent watch has given.
    pub persistent_notices: u64,
    /// The last transactions that fired watches, with how many sessions each woke.
    woken: BTreeMap<Zxid, BTreeSet<SessionId>>,
    /// The most sessions one transaction woke.
    pub herd: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Watch {
    armed: bool,
    fired: u64,
    fired_by: Zxid,
    missed: u64,
    /// The server that holds it.
    at: Option<Party>,
}

impl ClientFacts {
    /// Notes what an event does, before the scene shows it.
    pub(super) fn before(&mut self, event: &LabEvent) {
        if let Kind::State(Event::Coordination(state)) = &event.kind {
            self.state(event, state);
        }
    }

    fn state(&mut self, event: &LabEvent, state: &Coordination) {
        match state {
            Coordination::Applied { txn, replay: false } => {
                self.changed_where_watched(event.party, txn);
                if txn.zxid > self.counted {
                    self.counted = txn.zxid;
                    self.ordered(txn.session, &txn.body);
                }
            }
            Coordination::SessionExpired { session } => insert(&mut self.expired, *session),
            Coordination::SessionAttached { session, resumed: true, .. } => {
                self.came_back |= self.owners.contains(session);
            }
            Coordination::Answered { session, error: ErrorCode::BadVersion, .. } => {
                insert(&mut self.bad_versions, *session);
            }
            Coordination::WatchSet { session, path, kind } if is_standard(*kind) => {
                self.set(event.party, (*session, path.clone()));
            }
            Coordination::WatchFired { session, path, kind, zxid, .. } => {
                self.woke(*session, *zxid);
                self.told((*session, path.clone()), *kind, *zxid);
            }
            _ => {}
        }
    }

    fn ordered(&mut self, session: SessionId, body: &TxnBody) {
        match body {
            TxnBody::Create { path, kind, .. } => {
                let numbered = path.len() >= 10
                    && path.bytes().rev().take(10).all(|byte| byte.is_ascii_digit());
                self.sequential += u64::from(numbered);
                match kind {
                    NodeKind::Ephemeral(owner) => {
                        self.ephemerals += 1;
                        insert(&mut self.owners, *owner);
                    }
                    _ => self.persistent += u64::from(!numbered),
                }
            }
            TxnBody::SetData { .. } | TxnBody::Delete { .. } => {
                self.wrote_after_bad_version |= self.bad_versions.contains(&session);
            }
            TxnBody::CloseSession { paths } => {
                let gone = paths.as_ref().map_or(0, |paths| paths.len() as u64);
                match self.expired.contains(&session) {
                    true => self.expired_ephemerals += gone,
                    false => self.closed_ephemerals += gone,
                }
                self.owners.remove(&session);
            }
            TxnBody::Multi(parts) => parts.iter().for_each(|part| self.ordered(session, part)),
            _ => {}
        }
    }

    /// Whoever was told and has not set its watch again misses this change.
    fn changed_where_watched(&mut self, server: Option<Party>, txn: &Txn) {
        let (TxnBody::SetData { path, .. } | TxnBody::Delete { path, .. }) = &txn.body else {
            return;
        };
        let held = self.watches.iter_mut().filter(|((_, at), _)| at == path);
        for (_, watch) in held.filter(|(_, watch)| watch.at == server) {
            if !watch.armed && watch.fired > 0 && txn.zxid > watch.fired_by {
                watch.missed += 1;
                self.missed = self.missed.max(watch.missed);
            }
        }
    }

    fn set(&mut self, server: Option<Party>, held: Held) {
        if self.watches.len() < FOLLOWED || self.watches.contains_key(&held) {
            let watch = self.watches.entry(held).or_default();
            (watch.armed, watch.at) = (true, server);
        }
    }

    fn told(&mut self, held: Held, kind: WatchKind, zxid: Zxid) {
        let standard = is_standard(kind);
        if self.watches.len() >= FOLLOWED && !self.watches.contains_key(&held) {
            return;
        }
        let watch = self.watches.entry(held).or_default();
        watch.fired += 1;
        (watch.armed, watch.fired_by) = (false, zxid);
        if standard {
            self.fired = true;
            self.fired_again |= watch.fired > 1;
        } else {
            self.persistent_notices = self.persistent_notices.max(watch.fired);
        }
    }

    fn woke(&mut self, session: SessionId, zxid: Zxid) {
        let woken = self.woken.entry(zxid).or_default();
        woken.insert(session);
        self.herd = self.herd.max(woken.len() as u64);
        if self.woken.len() > 16 {
            self.woken.pop_first();
        }
    }
}

fn insert(sessions: &mut BTreeSet<SessionId>, session: SessionId) {
    if sessions.len() < FOLLOWED {
        sessions.insert(session);
    }
}

fn is_standard(kind: WatchKind) -> bool {
    !matches!(kind, WatchKind::Persistent | WatchKind::PersistentRecursive)
}
