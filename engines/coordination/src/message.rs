//! What travels on the connections of a coordination service, typed. Each message maps one to one
//! onto a packet of ZooKeeper's; the codec holds the bytes.

use crate::{
    ConnectRequest, ConnectResponse, Epoch, ErrorCode, Request, Response, ServerId, SessionId, Txn,
    WatchedEvent, Zxid,
};
use bytes::Bytes;
use relevo_core::Service;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The clients' port (2181).
pub const CLIENT: Service = Service(2181);
/// The port on which followers and observers speak to the leader (2888).
pub const QUORUM: Service = Service(2888);
/// The port of the election (3888).
pub const ELECTION: Service = Service(3888);

/// Anything that travels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Message {
    /// Client → server, once, first.
    Connect(ConnectRequest),
    /// Server → client, once, first.
    Connected(ConnectResponse),
    /// Client → server.
    Request {
        /// The client's number for it; −2 ping, −4 auth, −8 setWatches.
        xid: i32,
        /// What is asked.
        request: Request,
    },
    /// Server → client.
    Response {
        /// The request's number.
        xid: i32,
        /// The last zxid the server had applied.
        zxid: Zxid,
        /// The outcome.
        error: ErrorCode,
        /// What was asked for.
        body: Response,
    },
    /// Server → client: a watch fired (xid −1).
    Watch(WatchedEvent),
    /// Client → server: one of the four-letter words instead of `Connect`.
    FourLetterWord([u8; 4]),
    /// Server → client: the answer to it; the connection ends after it.
    Text(Arc<str>),
    /// Between servers, on [`ELECTION`].
    Election(ElectionMessage),
    /// Between a learner and its leader, on [`QUORUM`].
    Quorum(QuorumPacket),
}

/// Fast leader election.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ElectionMessage {
    /// Who opened this connection. The server with the smaller id closes its own connection and
    /// is connected to by the larger one.
    Hello {
        /// The sender.
        server: ServerId,
        /// Where it is reached for elections (`host:port`).
        addresses: Vec<Arc<str>>,
    },
    /// A vote.
    Notification(Notification),
}

/// A vote: whom its sender proposes as leader, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notification {
    /// Whom; an observer proposes no one.
    pub vote: Option<Vote>,
    /// The sender's logical clock: the round of the election.
    pub round: u64,
    /// The sender's state. Who sent it is known from the connection's [`ElectionMessage::Hello`].
    pub state: PeerState,
}

/// A proposed leader with the history that speaks for it; compared by epoch, zxid, id.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Vote {
    /// Its current epoch.
    pub epoch: Epoch,
    /// The last zxid in its log.
    pub zxid: Zxid,
    /// Who.
    pub leader: ServerId,
}

/// What a server is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum PeerState {
    /// Electing.
    #[default]
    Looking,
    /// A voter that follows.
    Following,
    /// The leader.
    Leading,
    /// A learner without a vote.
    Observing,
}

/// ZooKeeper's `QuorumPacket`, by type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum QuorumPacket {
    /// Discovery, learner → leader: who I am and the epoch I have accepted (FOLLOWERINFO, or
    /// OBSERVERINFO).
    FollowerInfo {
        /// The learner.
        server: ServerId,
        /// The last epoch it promised to.
        accepted_epoch: Epoch,
        /// Whether it has a vote.
        voter: bool,
    },
    /// Discovery, leader → learner: the new epoch (LEADERINFO).
    LeaderInfo {
        /// The new epoch.
        epoch: Epoch,
    },
    /// Discovery, learner → leader: the epoch is accepted; this is my history (ACKEPOCH).
    AckEpoch {
        /// The epoch of the last leader it acknowledged NEWLEADER of; none (−1 on the wire) where
        /// it had already promised to this epoch, so that its history does not count again.
        current_epoch: Option<Epoch>,
        /// The last zxid of its log.
        last_zxid: Zxid,
    },
    /// Synchronisation: the transactions you lack follow (DIFF).
    Diff {
        /// The last of them.
        last_zxid: Zxid,
    },
    /// Synchronisation: cut your log after this (TRUNC).
    Trunc {
        /// The last to keep.
        zxid: Zxid,
    },
    /// Synchronisation: a whole snapshot follows (SNAP).
    Snap {
        /// The last zxid it holds.
        zxid: Zxid,
    },
    /// The next bytes of that snapshot, in ZooKeeper's snapshot format (on the wire: the raw
    /// stream after SNAP); `last` carries its end mark.
    SnapshotChunk {
        /// The bytes.
        data: Bytes,
        /// Whether it is complete.
        last: bool,
    },
    /// Synchronisation: all you need was sent; acknowledge when it is durable (NEWLEADER).
    NewLeader {
        /// The new epoch.
        epoch: Epoch,
    },
    /// Synchronisation: a quorum has acknowledged; serve (UPTODATE).
    UpToDate,
    /// Broadcast, leader → follower: log this (PROPOSAL).
    Proposal(Arc<Txn>),
    /// Broadcast, follower → leader: logged and durable (ACK); also answers NEWLEADER (with the
    /// zxid `epoch << 32`) and UPTODATE.
    Ack {
        /// What is acknowledged.
        zxid: Zxid,
    },
    /// Broadcast, leader → follower: apply this (COMMIT).
    Commit {
        /// What.
        zxid: Zxid,
    },
    /// Broadcast, leader → observer: apply this, it is committed (INFORM).
    Inform(Arc<Txn>),
    /// A learner passes on a client's write (REQUEST).
    Request {
        /// Whose.
        session: SessionId,
        /// The client's number for it.
        cxid: i32,
        /// What.
        request: LearnerRequest,
        /// The identities of the client.
        identities: Arc<[crate::Identity]>,
    },
    /// The leader's answer to a learner's `Request::Sync`, in order with the commits; answers the
    /// oldest that waits (SYNC).
    Sync,
    /// A learner asks whether a session that moved to it is alive (REVALIDATE).
    Revalidate {
        /// Which.
        session: SessionId,
        /// Its time-out.
        timeout_ms: u32,
    },
    /// The leader's answer.
    Revalidated {
        /// Which.
        session: SessionId,
        /// Whether it is.
        alive: bool,
    },
    /// Leader → learner every half tick; the answer carries the sessions heard from (PING).
    Ping {
        /// The last zxid the leader proposed; echoed.
        zxid: Zxid,
        /// Sessions and their time-outs; empty from the leader.
        sessions: Vec<(SessionId, u32)>,
    },
}

/// What a learner passes on to the leader.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LearnerRequest {
    /// A client's write.
    Client(Request),
    /// A new session.
    CreateSession {
        /// The negotiated time-out.
        timeout_ms: u32,
    },
}
