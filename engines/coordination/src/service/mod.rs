//! The service that clients see: the tree, sessions, watches, and the order in which each client
//! is answered.
//!
//! # The problem
//!
//! Zab ("zab/") makes all servers agree on one order of transactions. This module is what stands
//! on that order: it turns requests into transactions on the leader ([`Service::prepare`]), and
//! transactions into changes, events and answers on every server ([`Service::apply`]). ZooKeeper
//! splits the same work into a chain of request processors (Hunt, Konar, Junqueira and Reed,
//! "ZooKeeper: Wait-free coordination for Internet-scale systems", USENIX ATC 2010, section 4);
//! its names stand in the files' own words.
//!
//! # What holds
//!
//! 1. **Writes are linearizable**: each is judged against all that were ordered before it, applied
//!    or not (`prepare.rs`), and a refusal keeps its place in the order.
//! 2. **FIFO client order**: a client's answers leave in the order of its requests, and its reads
//!    see its own earlier writes (`requests.rs`). Reads are answered from this server's tree and
//!    may lag behind other servers unless the client asks for `sync` before.
//! 3. **Events come first**: a watch's event reaches its client before the reply that shows the
//!    change, and before the data that fired it can be read (`fire.rs`).
//! 4. **A standard watch fires at most once**; one that was lost with its server is set again by
//!    the client, and what was missed is told at once.
//! 5. **Ephemerals vanish exactly with their session**, in the transaction that closes it. A lost
//!    connection ends no session; only its client or the leader's clock does (`tracker.rs`).
//! 6. **A transaction applied twice is applied once** (`tree.rs`): a snapshot is taken while
//!    transactions go on, and the log is replayed over it.
//!
//! # Left out on purpose
//!
//! Quotas, dynamic reconfiguration, SASL and x509 come later: nothing counts quotas, reconfiguration
//! answers that it is switched off (−123), the others are UNIMPLEMENTED or unknown schemes. Local
//! sessions and read-only servers are not built.

mod access;
mod attach;
mod connection;
mod fire;
mod identity;
mod paths;
mod prepare;
mod reads;
mod reap;
mod requests;
mod stats;
mod submission;
mod tracker;
mod tree;
mod watches;
mod words;
mod znode;

pub use stats::Vitals;
pub use submission::{Submission, SubmissionKind};
pub use tree::{Change, Changes, Outcome, Tree, open_acl, read_acl};
pub use znode::{MAX_TTL_MS, StoredStat, Znode};

use crate::{Event, Message, Path, ServerConfig, SessionId, WatchKind, Zxid};
use connection::Connection;
use imbl::OrdMap;
use prepare::Outstanding;
use reap::Reaper;
use relevo_core::{ConnId, Effects, Instant};
use stats::Stats;
use std::collections::{BTreeSet, VecDeque};
use std::net::IpAddr;
use std::sync::Arc;
use tracker::Tracker;
use watches::Watches;

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

/// Tree, sessions, watches and clients' connections of one server. A clone shares everything with
/// its original until one of them changes.
#[derive(Clone, Debug)]
pub struct Service {
    /// The znodes.
    pub tree: Tree,
    /// The sessions and their time-outs in milliseconds.
    pub sessions: OrdMap<SessionId, u32>,
    /// The last transaction applied.
    pub last_applied: Zxid,
    config: Arc<ServerConfig>,
    seed: u64,
    serving: Option<ServingAs>,
    connections: OrdMap<ConnId, Arc<Connection>>,
    /// The connection that carries a session, or will once it is granted.
    attached: OrdMap<SessionId, ConnId>,
    by_address: OrdMap<IpAddr, u32>,
    watches: Watches,
    submissions: Vec<Submission>,
    outstanding: Outstanding,
    /// Only on a leader.
    tracker: Option<Tracker>,
    /// Only on a learner: the sessions heard from since the leader was last told.
    heard: OrdMap<SessionId, u32>,
    reaper: Reaper,
    /// Connections with answers for which a step was too short.
    unfinished: BTreeSet<ConnId>,
    /// Connections with requests that are held back, in the order of their turns.
    held: VecDeque<ConnId>,
    /// Requests submitted and not decided.
    in_process: u32,
    /// The id of the next new session, once one was made.
    next_session: Option<SessionId>,
    /// Requests that wait, on all connections.
    waiting: u64,
    stats: Stats,
    vitals: Vitals,
    /// Since when it serves its clients, or when it ended.
    served_since: Instant,
}

impl Service {
    /// A service with the tree of a new ensemble. `seed` must differ from boot to boot.
    pub fn new(config: &ServerConfig, seed: u64) -> Service {
        Service {
            tree: Tree::new(),
            sessions: OrdMap::new(),
            last_applied: Zxid(0),
            config: Arc::new(config.clone()),
            seed,
            serving: None,
            connections: OrdMap::new(),
            attached: OrdMap::new(),
            by_address: OrdMap::new(),
            watches: Watches::default(),
            submissions: Vec::new(),
            outstanding: Outstanding::default(),
            tracker: None,
            heard: OrdMap::new(),
            reaper: Reaper::default(),
            unfinished: BTreeSet::new(),
            held: VecDeque::new(),
            in_process: 0,
            next_session: None,
            waiting: 0,
            stats: Stats::default(),
            vitals: Vitals::default(),
            served_since: Instant::default(),
        }
    }

    /// Loads a whole state, at boot or by SNAP.
    pub fn load(&mut self, tree: Tree, sessions: OrdMap<SessionId, u32>, zxid: Zxid) {
        (self.tree, self.sessions, self.last_applied) = (tree, sessions, zxid);
    }

    /// Takes what must be ordered.
    pub fn drain_submissions(&mut self) -> Vec<Submission> {
        std::mem::take(&mut self.submissions)
    }

    /// As what it serves its clients; none where it does not.
    pub fn serving(&self) -> Option<ServingAs> {
        self.serving
    }

    /// What a connection watches, and how; each watch once.
    pub fn watches_of(&self, conn: ConnId) -> Vec<(Path, WatchKind)> {
        self.watches.of(conn)
    }

    /// The attached sessions and their connections.
    pub fn attached(&self) -> impl Iterator<Item = (SessionId, ConnId)> + '_ {
        self.attached.iter().map(|(session, conn)| (*session, *conn))
    }
}
