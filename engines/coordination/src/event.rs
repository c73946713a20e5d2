//! What a coordination service tells of itself. Scene, checkers, exercises and "why?" are made
//! from these; a change that nobody can see from here did not happen for the learner.

use crate::{
    Epoch, ErrorCode, PeerState, ServerId, SessionId, Txn, Vote, WatchEventKind, WatcherType, Zxid,
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A change of a server's or a client's state.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// Recovery from disk is done.
    Recovered {
        /// Who it is.
        server: ServerId,
        /// The epoch promised to.
        accepted_epoch: Epoch,
        /// The epoch followed last.
        current_epoch: Epoch,
        /// The last zxid of the log.
        last_zxid: Zxid,
        /// The snapshot it began from, if any.
        snapshot: Option<Zxid>,
        /// Bytes of a torn tail that were cut off.
        torn_bytes: u64,
    },
    /// The server looks for a leader, follows, leads or observes.
    RoleChanged {
        /// What it does now.
        role: PeerState,
        /// Whom it takes for the leader.
        leader: Option<ServerId>,
        /// The round of the election.
        round: u64,
    },
    /// Its own vote changed (also on entering a round).
    Voted {
        /// For whom.
        vote: Vote,
        /// In which round.
        round: u64,
    },
    /// `acceptedEpoch` is durable.
    EpochAccepted(Epoch),
    /// `currentEpoch` is durable.
    EpochEntered(Epoch),
    /// This leader's quorum acknowledged NEWLEADER: its epoch is established.
    Established {
        /// Its epoch.
        epoch: Epoch,
        /// The acknowledged servers, itself included.
        quorum: Vec<ServerId>,
    },
    /// The leader chose how to synchronise a learner.
    Synchronising {
        /// Which.
        learner: ServerId,
        /// How.
        mode: SyncMode,
        /// The last zxid it had.
        from: Zxid,
        /// The last zxid it will have.
        to: Zxid,
    },
    /// A learner has all and serves.
    Synchronised {
        /// The last zxid it has.
        zxid: Zxid,
    },
    /// The leader put a transaction into the order.
    Proposed(Arc<Txn>),
    /// A transaction was appended to this server's log (not yet durable).
    Logged(Arc<Txn>),
    /// This server's log is durable up to here.
    LogDurable {
        /// The last durable zxid.
        zxid: Zxid,
    },
    /// This server's log was cut.
    LogTruncated {
        /// The last zxid kept.
        zxid: Zxid,
    },
    /// The leader counted an acknowledgement.
    Acknowledged {
        /// Of what.
        zxid: Zxid,
        /// By whom.
        by: ServerId,
    },
    /// The leader saw a quorum; its causes are the acknowledgements.
    Committed {
        /// What.
        zxid: Zxid,
    },
    /// This server applied a transaction to its tree.
    Applied {
        /// What.
        txn: Arc<Txn>,
        /// Whether it became part of the tree again (replay at boot or synchronisation).
        replay: bool,
    },
    /// This server's tree was replaced by a snapshot (at boot or by SNAP).
    SnapshotLoaded {
        /// The last zxid it holds.
        zxid: Zxid,
        /// How many znodes.
        znodes: u64,
    },
    /// A snapshot of the tree is durable.
    SnapshotTaken {
        /// The zxid in its name.
        zxid: Zxid,
    },
    /// A client's connection carries a session.
    SessionAttached {
        /// Which.
        session: SessionId,
        /// The connection.
        conn: relevo_core::ConnId,
        /// The negotiated time-out.
        timeout_ms: u32,
        /// Whether it continues an older connection.
        resumed: bool,
    },
    /// The leader found a session silent for its time-out.
    SessionExpired {
        /// Which.
        session: SessionId,
    },
    /// A session was refused as expired or unknown.
    SessionRefused {
        /// Which.
        session: SessionId,
    },
    /// A watch was set.
    WatchSet {
        /// By whom.
        session: SessionId,
        /// Where.
        path: Arc<str>,
        /// Which kind.
        kind: WatchKind,
    },
    /// A watch fired.
    WatchFired {
        /// Whose.
        session: SessionId,
        /// Where it was set.
        path: Arc<str>,
        /// Which kind.
        kind: WatchKind,
        /// What it tells.
        event: WatchEventKind,
        /// The transaction that fired it.
        zxid: Zxid,
    },
    /// Watches were removed, as their client asked.
    WatchRemoved {
        /// Whose.
        session: SessionId,
        /// Where they were set.
        path: Arc<str>,
        /// Which.
        kind: WatcherType,
    },
    /// A request was answered with an outcome.
    Answered {
        /// Whose.
        session: SessionId,
        /// The request's number.
        xid: i32,
        /// The last zxid applied.
        zxid: Zxid,
        /// The outcome.
        error: ErrorCode,
    },
    /// A client machine's state.
    Client(ClientEvent),
}

/// How a learner is brought up to date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum SyncMode {
    Diff,
    Trunc,
    Snap,
}

/// The kinds of watches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum WatchKind {
    Data,
    Exist,
    Child,
    Persistent,
    PersistentRecursive,
}

/// What a client machine tells of itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ClientEvent {
    /// It has a connection and a session.
    Connected {
        /// To whom.
        server: relevo_core::HostId,
        /// The session.
        session: SessionId,
        /// Whether the session is the one it had.
        resumed: bool,
    },
    /// It lost its connection and looks for another server.
    Disconnected,
    /// Its session is gone.
    Expired,
    /// A request was answered; its outcome is known.
    Answered {
        /// Which.
        xid: i32,
        /// The outcome.
        error: ErrorCode,
    },
    /// The outcome of a request is unknown: the connection was lost before its answer.
    OutcomeUnknown {
        /// Which.
        xid: i32,
    },
}
