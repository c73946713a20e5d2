//! The service that clients see.

mod submission;
mod tree;
mod znode;

pub use submission::{Submission, SubmissionKind};
pub use tree::{Change, Changes, Outcome, Tree, open_acl, read_acl};
pub use znode::{MAX_TTL_MS, StoredStat, Znode};

use crate::{ErrorCode, Event, Message, ServerConfig, ServerId, SessionId, Txn, TxnBody, Zxid};
use imbl::OrdMap;
use relevo_core::{ConnId, Effects, Instant, Now, Peer};
use std::sync::Arc;

/// Where the service puts what it wants done.
pub type Out = Effects<Message, Event>;

/// As what a server serves its clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum ServingAs {
    Leader,
    Follower,
    Observer,
    Standalone,
}

/// Tree, sessions, watches and clients' connections of one server.
#[derive(Clone, Debug)]
pub struct Service {
    /// The znodes.
    pub tree: Tree,
    /// The sessions and their time-outs in milliseconds.
    pub sessions: OrdMap<SessionId, u32>,
    /// The last transaction applied.
    pub last_applied: Zxid,
    submissions: Vec<Submission>,
}

impl Service {
    /// A service with the tree of a new ensemble.
    pub fn new(_config: &ServerConfig, _seed: u64) -> Service {
        Service {
            tree: Tree::new(),
            sessions: OrdMap::new(),
            last_applied: Zxid(0),
            submissions: Vec::new(),
        }
    }

    /// Loads a whole state, at boot or by SNAP.
    pub fn load(&mut self, tree: Tree, sessions: OrdMap<SessionId, u32>, zxid: Zxid) {
        (self.tree, self.sessions, self.last_applied) = (tree, sessions, zxid);
    }

    /// A client connected.
    pub fn accepted(&mut self, _now: Now, _conn: ConnId, _peer: Peer, _out: &mut Out) {}

    /// A client's next message.
    pub fn message(&mut self, _now: Now, _conn: ConnId, _message: Message, _out: &mut Out) {}

    /// A client's connection ended.
    pub fn closed(&mut self, _now: Now, _conn: ConnId, _out: &mut Out) {}

    /// 1 MiB waits for a client.
    pub fn blocked(&mut self, _now: Now, _conn: ConnId, _out: &mut Out) {}

    /// Less waits again.
    pub fn writable(&mut self, _now: Now, _conn: ConnId, _out: &mut Out) {}

    /// Takes what must be ordered.
    pub fn drain_submissions(&mut self) -> Vec<Submission> {
        std::mem::take(&mut self.submissions)
    }

    /// Begins to serve clients, or ends it: all their connections close.
    pub fn set_serving(&mut self, _now: Now, _serving: Option<ServingAs>, _out: &mut Out) {}

    /// Makes a submission into the transaction `zxid`; leader only.
    pub fn prepare(&mut self, now: Now, submission: &Submission, zxid: Zxid) -> Txn {
        Txn {
            session: submission.session,
            cxid: submission.cxid,
            zxid,
            time_ms: now.wall.0,
            body: TxnBody::Error(ErrorCode::Unimplemented),
            digest: None,
        }
    }

    /// Forgets what was prepared and not applied; on becoming leader.
    pub fn reset_prepare(&mut self) {}

    /// Applies a committed transaction: changes the tree, fires watches, answers its client.
    pub fn apply(&mut self, _now: Now, txn: &Arc<Txn>, out: &mut Out) {
        self.tree.apply(txn);
        self.last_applied = txn.zxid;
        out.event(Event::Applied { txn: txn.clone(), replay: false });
    }

    /// Applies a transaction at boot or during synchronisation: no clients, no watches.
    pub fn replay(&mut self, txn: &Arc<Txn>) {
        self.tree.apply(txn);
        match txn.body {
            TxnBody::CreateSession { timeout_ms } => {
                self.sessions.insert(txn.session, timeout_ms);
            }
            TxnBody::CloseSession { .. } => drop(self.sessions.remove(&txn.session)),
            _ => {}
        }
        self.last_applied = txn.zxid;
    }

    /// The SYNC of a local client came back from the leader.
    pub fn synced(&mut self, _now: Now, _session: SessionId, _cxid: i32, _out: &mut Out) {}

    /// The leader said whether a session that moved here is alive.
    pub fn revalidated(&mut self, _now: Now, _session: SessionId, _alive: bool, _out: &mut Out) {}

    /// Leader: a session moved to the learner `origin`; whether it is alive.
    pub fn revalidate(
        &mut self,
        _now: Now,
        session: SessionId,
        _timeout_ms: u32,
        _origin: ServerId,
    ) -> bool {
        self.sessions.contains_key(&session)
    }

    /// Leader: a session was heard from.
    pub fn touch(&mut self, _now: Now, _session: SessionId, _timeout_ms: u32) {}

    /// Learner: the sessions heard since this was asked last, for the answer to the leader's ping.
    pub fn heard(&mut self) -> Vec<(SessionId, u32)> {
        Vec::new()
    }

    /// Becomes the one that expires sessions: every known session gets its whole time-out anew.
    pub fn start_tracking(&mut self, _now: Now) {}

    /// Is no longer the one that expires sessions.
    pub fn stop_tracking(&mut self) {}

    /// What is due: expired sessions to be closed, empty containers and outlived TTL znodes to be
    /// deleted.
    pub fn due(&mut self, _now: Now) -> Vec<Submission> {
        Vec::new()
    }

    /// When [`Service::due`] wants to be asked next.
    pub fn deadline(&self) -> Option<Instant> {
        None
    }
}
