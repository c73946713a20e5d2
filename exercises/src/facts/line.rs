//! Who joined the line of an election since the step began, as the servers tell of it: a console's
//! session and a program's outside are alike. The lab's own candidates are left out.

use super::FOLLOWED;
use relevo_apps::{ELECTION_PATH, LEADER_PATH};
use relevo_coordination::{
    Event as Coordination, Message, NodeKind, Request, SessionId, TxnBody, WatchKind, Zxid,
};
use relevo_core::Kind;
use relevo_lab::{Event, LabEvent, Scene, Work};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Facts about those who joined the line.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LineFacts {
    /// The last transaction looked at: every server applies each.
    counted: Zxid,
    /// Who joined, by session.
    joined: BTreeMap<SessionId, Joined>,
}

/// One who joined.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Joined {
    /// Its znode.
    pub path: Arc<str>,
    /// What it watches: the znode that was right before its own when it asked.
    pub watches: Option<Arc<str>>,
    /// Whether it watches the whole folder.
    pub watches_all: bool,
    /// The version it named in its last write to `/leader`.
    version: Option<i32>,
    /// How it wrote to `/leader`.
    pub wrote: Option<Wrote>,
}

/// How someone wrote to `/leader`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Wrote {
    /// While others stood before it.
    TooEarly,
    /// In its turn, without naming the version it had read.
    Unfenced,
    /// In its turn, never having watched the one before it.
    Unwatched,
    /// In its turn, and as the recipe wants it.
    Well,
}

impl LineFacts {
    /// Notes what an event does, before the scene shows it.
    pub(super) fn before(&mut self, event: &LabEvent, scene: &Scene) {
        match &event.kind {
            Kind::Sent { conn, message: Message::Request { request, .. }, .. } => {
                let session = scene.connections.get(conn).and_then(|conn| conn.session);
                if let Request::SetData { path, version, .. } = request
                    && &**path == LEADER_PATH
                    && let Some(joined) = session.and_then(|it| self.joined.get_mut(&it))
                {
                    joined.version = Some(*version);
                }
            }
            Kind::State(Event::Coordination(Coordination::WatchSet { session, path, kind })) => {
                self.watches(*session, path, *kind, scene);
            }
            Kind::State(Event::Coordination(Coordination::Applied { txn, replay: false }))
                if txn.zxid > self.counted =>
            {
                self.counted = txn.zxid;
                self.ordered(txn.session, &txn.body, scene);
            }
            _ => {}
        }
    }

    /// Who joined, and how they stand.
    pub(crate) fn joined(&self) -> impl Iterator<Item = &Joined> {
        self.joined.values()
    }

    fn ordered(&mut self, session: SessionId, body: &TxnBody, scene: &Scene) {
        match body {
            TxnBody::Create { path, kind: NodeKind::Ephemeral(owner), .. } => {
                self.created(path, *owner, scene);
            }
            TxnBody::SetData { path, .. } if &**path == LEADER_PATH => self.wrote(session, scene),
            TxnBody::CloseSession { .. } => _ = self.joined.remove(&session),
            TxnBody::Multi(parts) => {
                parts.iter().for_each(|part| self.ordered(session, part, scene));
            }
            _ => {}
        }
    }

    fn created(&mut self, path: &Arc<str>, owner: SessionId, scene: &Scene) {
        let stands = number(path).is_some() && in_folder(path) && !is_candidate(scene, owner);
        if stands && self.joined.len() < FOLLOWED {
            let path = path.clone();
            let joined =
                Joined { path, watches: None, watches_all: false, version: None, wrote: None };
            self.joined.insert(owner, joined);
        }
    }

    fn watches(&mut self, session: SessionId, path: &Arc<str>, kind: WatchKind, scene: &Scene) {
        let Some(joined) = self.joined.get_mut(&session) else { return };
        let whole = matches!(kind, WatchKind::Child | WatchKind::PersistentRecursive);
        if &**path == ELECTION_PATH && whole {
            joined.watches_all = true;
        } else if before(scene, &joined.path).is_some_and(|before| before == *path) {
            joined.watches = Some(path.clone());
        }
    }

    fn wrote(&mut self, session: SessionId, scene: &Scene) {
        let Some(joined) = self.joined.get_mut(&session) else { return };
        let fenced = joined.version.is_some_and(|version| version >= 0);
        let wrote = match (before(scene, &joined.path), fenced, &joined.watches) {
            (Some(_), ..) => Wrote::TooEarly,
            (None, false, _) => Wrote::Unfenced,
            (None, true, None) => Wrote::Unwatched,
            (None, true, Some(_)) => Wrote::Well,
        };
        if joined.wrote != Some(Wrote::Well) {
            joined.wrote = Some(wrote);
        }
    }
}

/// The znode right before this one in the line, as it can be seen now.
pub(crate) fn before(scene: &Scene, path: &str) -> Option<Arc<str>> {
    let own = number(path)?;
    let line = scene.znodes.children(ELECTION_PATH).map(|(path, _)| path);
    let lower = line.filter_map(|path| Some((number(path)?, path)).filter(|(it, _)| *it < own));
    lower.max_by_key(|(number, _)| *number).map(|(_, path)| path.clone())
}

/// The number the server appended to a name.
fn number(path: &str) -> Option<u64> {
    path.len().checked_sub(10).and_then(|at| path.get(at..))?.parse().ok()
}

fn in_folder(path: &str) -> bool {
    path.rsplit_once('/').is_some_and(|(folder, _)| folder == ELECTION_PATH)
}

/// Whether this session is one of the lab's own candidates'.
fn is_candidate(scene: &Scene, session: SessionId) -> bool {
    let of = scene.sessions.get(&session).and_then(|session| session.client);
    let view = of.and_then(|party| scene.clients.get(&party));
    view.is_some_and(|view| matches!(view.work, Work::Candidate { .. }))
}
