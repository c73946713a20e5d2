//! One znode.

use crate::{Acl, NodeKind, SessionId, Stat, Zxid};
use bytes::Bytes;
use imbl::OrdSet;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The owner that says "container" in ZooKeeper's `ephemeralOwner`.
const CONTAINER_OWNER: i64 = i64::MIN;
/// The high byte that says "TTL" there.
const TTL_MASK: u64 = 0xff << 56;
/// The longest TTL, in milliseconds: 40 bits, about 35 years.
pub const MAX_TTL_MS: i64 = 0x00ff_ffff_ffff;

/// What stands at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Znode {
    /// Its data; the protocol knows null beside empty.
    pub data: Option<Bytes>,
    /// Who may do what.
    pub acl: Acl,
    /// Its metadata, as stored.
    pub stat: StoredStat,
    /// The names of its children.
    pub children: OrdSet<Arc<str>>,
}

/// ZooKeeper's `StatPersisted`: the metadata that is stored, from which [`Stat`] is derived.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredStat {
    /// The transaction that created it.
    pub czxid: Zxid,
    /// The transaction that last changed its data.
    pub mzxid: Zxid,
    /// When it was created, in milliseconds since the Unix epoch.
    pub ctime: i64,
    /// When its data last changed.
    pub mtime: i64,
    /// Changes of its data.
    pub version: i32,
    /// How many children it has ever had created; sequential names are numbered by it.
    pub cversion: i32,
    /// Changes of its ACL.
    pub aversion: i32,
    /// What its life depends on.
    pub kind: NodeKind,
    /// The transaction that last changed its children.
    pub pzxid: Zxid,
}

impl Znode {
    /// A znode without children.
    pub fn new(data: Option<Bytes>, acl: Acl, stat: StoredStat) -> Znode {
        Znode { data, acl, stat, children: OrdSet::new() }
    }

    /// Its metadata as the protocol has it.
    pub fn stat(&self) -> Stat {
        let data_length = self.data.as_ref().map_or(0, Bytes::len) as i32;
        self.stat.told(data_length, self.children.len() as i32)
    }
}

impl StoredStat {
    /// What clients are told of a znode with so much data and so many children.
    pub fn told(self, data_length: i32, num_children: i32) -> Stat {
        let StoredStat { czxid, mzxid, ctime, mtime, version, cversion, aversion, kind, pzxid } =
            self;
        Stat {
            czxid,
            mzxid,
            ctime,
            mtime,
            version,
            // Every creation but those of the children still there was followed by a deletion:
            // this turns the count of creations into the count of changes.
            cversion: cversion.wrapping_mul(2).wrapping_sub(num_children),
            aversion,
            // Clients are told of sessions alone; containers and TTL znodes look persistent.
            ephemeral_owner: match kind {
                NodeKind::Ephemeral(session) => session.0,
                NodeKind::Persistent | NodeKind::Container | NodeKind::Ttl { .. } => 0,
            },
            data_length,
            num_children,
            pzxid,
        }
    }

    /// The metadata of a znode created by `zxid`.
    pub fn created(zxid: Zxid, time_ms: i64, kind: NodeKind) -> StoredStat {
        StoredStat {
            czxid: zxid,
            mzxid: zxid,
            pzxid: zxid,
            ctime: time_ms,
            mtime: time_ms,
            kind,
            ..StoredStat::default()
        }
    }
}

impl NodeKind {
    /// What stands in ZooKeeper's `ephemeralOwner` for it.
    pub fn owner(self) -> i64 {
        match self {
            NodeKind::Persistent => 0,
            NodeKind::Ephemeral(session) => session.0,
            NodeKind::Container => CONTAINER_OWNER,
            NodeKind::Ttl { ttl_ms } => (TTL_MASK | (ttl_ms & MAX_TTL_MS as u64)) as i64,
        }
    }

    /// The kind that an `ephemeralOwner` says.
    pub fn of_owner(owner: i64) -> NodeKind {
        match owner {
            0 => NodeKind::Persistent,
            CONTAINER_OWNER => NodeKind::Container,
            _ if owner as u64 & TTL_MASK == TTL_MASK => {
                NodeKind::Ttl { ttl_ms: owner as u64 & MAX_TTL_MS as u64 }
            }
            _ => NodeKind::Ephemeral(SessionId(owner)),
        }
    }
}
