//! Transactions: what the leader makes of a request once its outcome is decided, so that every
//! replica that applies it arrives at the same tree (they are idempotent, Zab's section II).

use crate::{Acl, ErrorCode, SessionId, Zxid};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A transaction as it is proposed, logged and applied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Txn {
    /// Whose request it answers.
    pub session: SessionId,
    /// The request's xid.
    pub cxid: i32,
    /// Its place in the order.
    pub zxid: Zxid,
    /// The leader's wall clock, in milliseconds since the Unix epoch.
    pub time_ms: i64,
    /// What it does.
    pub body: TxnBody,
    /// The digest that ZooKeeper 3.6 and later append (version, digest of the whole tree), kept
    /// as it was read; ours writes none.
    pub digest: Option<(i32, u64)>,
}

/// What a transaction does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TxnBody {
    /// A new znode of any kind.
    Create {
        /// Its path, sequence number included.
        path: Arc<str>,
        /// Its data; the protocol knows null beside empty.
        data: Option<Bytes>,
        /// Who may do what.
        acl: Acl,
        /// Whether it was asked for by `create2` (its stat is part of the answer).
        with_stat: bool,
        /// Whose life it depends on.
        kind: NodeKind,
        /// The parent's child version after it.
        parent_cversion: i32,
    },
    /// A znode is gone.
    Delete {
        /// Its path.
        path: Arc<str>,
        /// Whether it was an empty container or an outlived TTL znode, removed by the leader.
        container: bool,
    },
    /// New data.
    SetData {
        /// Of which znode.
        path: Arc<str>,
        /// The data.
        data: Option<Bytes>,
        /// The version after it.
        version: i32,
    },
    /// A new ACL.
    SetAcl {
        /// Of which znode.
        path: Arc<str>,
        /// The ACL.
        acl: Acl,
        /// The ACL version after it.
        version: i32,
    },
    /// A version was checked (only inside a multi).
    Check {
        /// Of which znode.
        path: Arc<str>,
        /// The version it had.
        version: i32,
    },
    /// A session begins.
    CreateSession {
        /// Its negotiated time-out.
        timeout_ms: u32,
    },
    /// A session ends, closed or expired, and these ephemerals with it.
    CloseSession {
        /// The ephemerals it deletes; none in logs of older servers, meaning all the session has.
        paths: Option<Vec<Arc<str>>>,
    },
    /// All of these, or (where it holds errors) none.
    Multi(Vec<TxnBody>),
    /// A request that changes nothing but keeps its place in the order.
    Error(ErrorCode),
}

/// What a znode's life depends on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum NodeKind {
    /// Until it is deleted.
    #[default]
    Persistent,
    /// Until its session ends.
    Ephemeral(SessionId),
    /// Until its last child is gone.
    Container,
    /// Until it was neither changed nor had children for so long.
    Ttl {
        /// How long, in milliseconds.
        ttl_ms: u64,
    },
}
