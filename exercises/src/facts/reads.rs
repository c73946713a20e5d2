//! Who read what where since the step began, and how far behind: any server answers a read, with
//! what it has.

use super::FOLLOWED;
use relevo_coordination::{ErrorCode, Message, PeerState, Request, SessionId, Zxid};
use relevo_core::{ConnId, Kind, Party};
use relevo_lab::{LabEvent, Scene, Work};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Facts about reads since the beginning of a step, the counter's own apart.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ReadFacts {
    /// Reads and syncs under way, by session and the request's number.
    asked: BTreeMap<(SessionId, i32), Asked>,
    /// The last read that was answered.
    pub last: Option<Read>,
    /// The most transactions that a client's read at a learner was behind.
    old: BTreeMap<SessionId, u64>,
    /// Syncs that were answered, by session.
    synced: BTreeMap<SessionId, Synced>,
    /// The most transactions that a read was behind whose client then asked for a sync, and read
    /// all that was committed when it asked.
    pub caught_up: u64,
}

/// A read, as it was answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Read {
    /// By which server.
    pub server: Arc<str>,
    /// Whether that one leads.
    pub leads: bool,
    /// How many transactions were committed and not applied there.
    pub behind: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Asked {
    Read,
    Sync(Synced),
}

/// A sync: what was committed when it was asked, and how far behind its client had read before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Synced {
    committed: Zxid,
    behind: u64,
}

impl ReadFacts {
    /// Notes what an event does, before the scene shows it.
    pub(super) fn before(&mut self, event: &LabEvent, scene: &Scene) {
        let Kind::Sent { conn, message, .. } = &event.kind else { return };
        match message {
            Message::Request { xid, request } => self.request(scene, *conn, *xid, request),
            Message::Response { xid, zxid, error, .. } => {
                self.response(event.party, scene, (*conn, *xid), *zxid, *error);
            }
            _ => {}
        }
    }

    /// The most transactions any client's read at a learner was behind.
    pub(crate) fn most_behind(&self) -> u64 {
        self.old.values().copied().max().unwrap_or(0)
    }

    /// The most transactions a client was behind whose sync was answered since.
    pub(crate) fn synced_behind(&self) -> u64 {
        self.synced.values().map(|synced| synced.behind).max().unwrap_or(0)
    }

    fn request(&mut self, scene: &Scene, conn: ConnId, xid: i32, request: &Request) {
        let Some(session) = session(scene, conn) else { return };
        let asked = match request {
            Request::GetData { .. } | Request::Exists { .. } | Request::GetChildren { .. } => {
                Asked::Read
            }
            Request::Sync { .. } => {
                let behind = self.old.get(&session).copied().unwrap_or(0);
                Asked::Sync(Synced { committed: scene.committed, behind })
            }
            _ => return,
        };
        if self.asked.len() < FOLLOWED && !counts(scene, session) {
            self.asked.insert((session, xid), asked);
        }
    }

    fn response(
        &mut self,
        party: Option<Party>,
        scene: &Scene,
        (conn, xid): (ConnId, i32),
        zxid: Zxid,
        error: ErrorCode,
    ) {
        let Some(session) = session(scene, conn) else { return };
        match self.asked.remove(&(session, xid)) {
            // That nothing is there is an answer to a read, too.
            Some(Asked::Read) if matches!(error, ErrorCode::Ok | ErrorCode::NoNode) => {
                self.read(party, scene, session, zxid);
            }
            Some(Asked::Sync(synced)) if error == ErrorCode::Ok => {
                self.synced.insert(session, synced);
            }
            _ => {}
        }
    }

    fn read(&mut self, party: Option<Party>, scene: &Scene, session: SessionId, zxid: Zxid) {
        let server = scene.servers.iter().find(|it| party == Some(Party::Host(it.host)));
        let Some(server) = server else { return };
        let leads = server.role == PeerState::Leading;
        let behind = between(zxid, scene.committed);
        if !leads && (self.old.len() < FOLLOWED || self.old.contains_key(&session)) {
            let most = self.old.entry(session).or_default();
            *most = behind.max(*most);
        }
        if let Some(synced) = self.synced.get(&session).filter(|it| zxid >= it.committed) {
            self.caught_up = self.caught_up.max(synced.behind);
        }
        self.last = Some(Read { server: server.name.clone(), leads, behind });
    }
}

/// How many transactions lie between two; those of an epoch that ended are not known any more.
fn between(read: Zxid, committed: Zxid) -> u64 {
    match read.epoch() == committed.epoch() {
        true => u64::from(committed.counter().saturating_sub(read.counter())),
        false if read < committed => u64::from(committed.counter()),
        false => 0,
    }
}

fn session(scene: &Scene, conn: ConnId) -> Option<SessionId> {
    scene.connections.get(&conn)?.session
}

/// Whether this session is a counter's.
fn counts(scene: &Scene, session: SessionId) -> bool {
    let mut clients = scene.clients.values();
    clients.any(|it| it.session == Some(session) && matches!(it.work, Work::Counter { .. }))
}
