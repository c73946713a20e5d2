//! Watches: who watches what, which have fired, and what happened while they were not set.

use super::{Scene, SessionView};
use crate::LabEvent;
use relevo_coordination::{SessionId, Txn, TxnBody, WatchEventKind, WatchKind, WatcherType, Zxid};
use relevo_core::{Instant, Party, Seq};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// How many watches the scene keeps; those set beyond are only counted.
pub const WATCHES_KEPT: usize = 1_024;

/// A watch, by path, session and kind.
pub type WatchKey = (Arc<str>, SessionId, WatchKind);

/// One watch. One that has fired stays to be seen until its session ends, or it is removed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WatchView {
    /// Whether it would fire.
    pub state: WatchState,
    /// When it was set last.
    pub set: Instant,
    /// How often it was set.
    pub sets: u32,
    /// How often it fired.
    pub fires: u32,
    /// Its last firing.
    pub fired: Option<Firing>,
    /// Changes since then that it did not tell, for it was not set again.
    pub missed: u32,
    /// The event that last changed it.
    pub since: Seq,
}

/// Whether a watch would fire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum WatchState {
    /// It is set, and will tell of a change.
    Set,
    /// It has fired and was not set again: it tells of nothing.
    Fired,
    /// Its client lost its connection, and with it the server forgot the watch; the client sets it
    /// again when it is back.
    Lost,
}

/// When a watch fired, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Firing {
    /// When.
    pub at: Instant,
    /// The event.
    pub seq: Seq,
    /// What it told.
    pub told: WatchEventKind,
    /// The transaction that made it fire.
    pub zxid: Zxid,
}

/// Whether a watch of this kind tells of a znode's own data and being.
fn is_own(kind: WatchKind) -> bool {
    matches!(kind, WatchKind::Data | WatchKind::Exist)
}

/// Whether a watch of this kind stays set when it fires.
pub fn stays_set(kind: WatchKind) -> bool {
    matches!(kind, WatchKind::Persistent | WatchKind::PersistentRecursive)
}

impl Scene {
    /// The watches on a path.
    pub fn watches_on<'a>(
        &'a self,
        path: &Arc<str>,
    ) -> impl Iterator<Item = (&'a WatchKey, &'a WatchView)> + use<'a> {
        let first = (path.clone(), SessionId(i64::MIN), WatchKind::Data);
        let last = (path.clone(), SessionId(i64::MAX), WatchKind::PersistentRecursive);
        self.watches.range(first..=last)
    }

    pub(super) fn watch_set(
        &mut self,
        event: &LabEvent,
        session: SessionId,
        path: &Arc<str>,
        kind: WatchKind,
    ) {
        if let Some(client) = self.client_of(session) {
            client.watch_set(path, kind, event.seq);
        }
        let key = (path.clone(), session, kind);
        if self.watches.len() >= WATCHES_KEPT && !self.watches.contains_key(&key) {
            self.watches_beyond += 1;
            return;
        }
        let view = self.watches.entry(key).or_insert(WatchView {
            state: WatchState::Set,
            set: event.at,
            sets: 0,
            fires: 0,
            fired: None,
            missed: 0,
            since: event.seq,
        });
        view.sets += 1;
        (view.state, view.missed) = (WatchState::Set, 0);
        (view.set, view.since) = (event.at, event.seq);
    }

    pub(super) fn watch_fired(
        &mut self,
        event: &LabEvent,
        (session, path, kind): (SessionId, &Arc<str>, WatchKind),
        (told, zxid): (WatchEventKind, Zxid),
    ) {
        if let Some(client) = self.client_of(session) {
            client.watch_fired(path, kind, event.seq);
        }
        let Some(view) = self.watches.get_mut(&(path.clone(), session, kind)) else { return };
        if !stays_set(kind) {
            view.state = WatchState::Fired;
        }
        view.fires += 1;
        view.fired = Some(Firing { at: event.at, seq: event.seq, told, zxid });
        view.since = event.seq;
    }

    pub(super) fn watch_removed(
        &mut self,
        session: SessionId,
        path: &Arc<str>,
        kind: WatcherType,
        seq: Seq,
    ) {
        let ends = |of: WatchKind| match kind {
            WatcherType::Any => true,
            WatcherType::Children => of == WatchKind::Child,
            WatcherType::Data => matches!(of, WatchKind::Data | WatchKind::Exist),
        };
        let keys: Vec<WatchKey> = self.watches_on(path).map(|(key, _)| key.clone()).collect();
        for key in keys.into_iter().filter(|(_, of, kind)| *of == session && ends(*kind)) {
            if let Some(client) = self.client_of(session) {
                client.watches.retain(|(at, of)| at != path || *of != key.2);
                client.since = seq;
            }
            self.watches.remove(&key);
        }
    }

    /// A change that a server applied, and that those who watched this there would have liked to
    /// hear of. What another server was quicker to apply than theirs to fire does not escape.
    pub(super) fn watches_miss(&mut self, server: Option<Party>, txn: &Txn) {
        if !self.watches.is_empty() {
            self.body_missed(server, txn.zxid, &txn.body);
        }
    }

    fn body_missed(&mut self, server: Option<Party>, zxid: Zxid, body: &TxnBody) {
        match body {
            TxnBody::SetData { path, .. } => self.miss(server, zxid, path, is_own),
            TxnBody::Create { path, .. } | TxnBody::Delete { path, .. } => {
                self.born_or_gone(server, zxid, path);
            }
            TxnBody::CloseSession { paths } => {
                for path in paths.iter().flatten() {
                    self.born_or_gone(server, zxid, path);
                }
            }
            TxnBody::Multi(parts) if !parts.iter().any(|it| matches!(it, TxnBody::Error(_))) => {
                parts.iter().for_each(|part| self.body_missed(server, zxid, part));
            }
            _ => {}
        }
    }

    fn born_or_gone(&mut self, server: Option<Party>, zxid: Zxid, path: &Arc<str>) {
        self.miss(server, zxid, path, is_own);
        let parent = path.rsplit_once('/').map_or("/", |(parent, _)| parent);
        let parent = if parent.is_empty() { "/" } else { parent };
        self.miss(server, zxid, &parent.into(), |kind| kind == WatchKind::Child);
    }

    fn miss(
        &mut self,
        server: Option<Party>,
        zxid: Zxid,
        path: &Arc<str>,
        of: impl Fn(WatchKind) -> bool,
    ) {
        let first = (path.clone(), SessionId(i64::MIN), WatchKind::Data);
        let last = (path.clone(), SessionId(i64::MAX), WatchKind::PersistentRecursive);
        let sessions = &self.sessions;
        let here = |session| {
            let at = sessions.get(session).and_then(|it: &SessionView| it.server);
            at.map(Party::Host) == server
        };
        for ((_, session, kind), view) in self.watches.range_mut(first..=last) {
            let told = view.fired.is_some_and(|fired| fired.zxid >= zxid);
            let escaped = view.state == WatchState::Fired && !told && of(*kind) && here(session);
            view.missed += u32::from(escaped);
        }
    }

    /// A session's connection is gone: no server knows its watches now.
    pub(super) fn lose_watches(&mut self, session: SessionId) {
        for ((_, of, _), view) in &mut self.watches {
            if *of == session && view.state == WatchState::Set {
                view.state = WatchState::Lost;
            }
        }
    }

    pub(super) fn forget_watches(&mut self, session: SessionId) {
        self.watches.retain(|(_, of, _), _| *of != session);
    }
}
