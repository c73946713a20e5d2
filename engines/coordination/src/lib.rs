//! A coordination service as Apache ZooKeeper is one.
//!
//! # The problem
//!
//! Programs that run on many machines must agree on small, important things: who leads, which
//! servers are alive, what the configuration is. They could each solve agreement for themselves;
//! it is safer to ask a service that solved it once. ZooKeeper (Hunt, Konar, Junqueira and Reed,
//! USENIX ATC 2010) offers a tree of small files, the *znodes*, kept alike on an *ensemble* of
//! servers. Writes are linearizable; each client's requests take effect in the order it sent them;
//! reads are answered by the server asked and may lag. A *session* keeps *ephemeral* znodes alive,
//! and a *watch* tells a client once that what it read has changed. [`service`] is that tree.
//!
//! # The idea: order the changes, not the requests
//!
//! One server, the leader, turns each request into a *transaction*: not "append to the name" but
//! "create `/job-0000000007`, version 0", which every replica can apply to arrive at the same
//! tree, twice if it must ([`Txn`]). So a replica needs no more than the same transactions in the
//! same order; and the order is all that has to survive. Zab, ZooKeeper's atomic broadcast
//! (Junqueira, Reed and Serafini, "Zab: High-performance broadcast for primary-backup systems",
//! DSN 2011), makes that order, over crashes, of any minority of servers at a time.
//!
//! A transaction's name is its [`Zxid`]: the *epoch*, the number of the leader's reign, and a
//! counter within it. Epochs are what keeps an old leader, which may not know that it is one, from
//! adding to an order that others continue.
//!
//! # The protocol, in four phases
//!
//! **0. Election** guesses a good leader: the server with the highest (epoch, zxid, id) among a
//! quorum that is in touch. Safety does not rest on it. (`zab/election.rs`)
//!
//! **1. Discovery.** Followers tell the leader the last epoch they promised to (FOLLOWERINFO). From
//! a quorum's answers it picks a higher one (LEADERINFO); each follower writes that promise to disk
//! and answers with its history's end (ACKEPOCH). From here on no leader of an earlier epoch can
//! get a quorum. If a follower's history is better than its own, the leader resigns.
//!
//! **2. Synchronisation.** The leader brings each follower to its own history: sends what is
//! lacking (DIFF), lets it cut what only it has (TRUNC), or sends the whole tree (SNAP), and
//! closes with NEWLEADER. The follower makes all of that durable, then the epoch, then answers.
//! A quorum of answers *establishes* the epoch; UPTODATE lets the servers serve.
//!
//! **3. Broadcast.** A write reaches the leader (REQUEST), which appends it to its log and sends it
//! (PROPOSAL); each follower appends it, and when that is durable answers (ACK). With a quorum of
//! logs the leader commits (COMMIT; observers, which do not vote, get INFORM); commits are in
//! order, and so everyone applies the same sequence.
//!
//! ```text
//! client      follower        leader        follower
//!   │ setData    │              │              │
//!   ├───────────▶│ REQUEST      │              │
//!   │            ├─────────────▶│ PROPOSAL     │
//!   │            │◀─────────────┼─────────────▶│
//!   │            ▒ fsync        ▒ fsync        ▒ fsync
//!   │            │ ACK          │          ACK │
//!   │            ├─────────────▶│◀─────────────┤
//!   │            │       COMMIT │ COMMIT       │
//!   │◀───────────┤◀─────────────┼─────────────▶│
//! ```
//!
//! Pings every half tick tell both sides that the other lives. A follower that hears nothing for
//! `syncLimit` ticks, or loses its connection, elects again; so does a leader that no longer hears
//! a quorum.
//!
//! # Why it is safe
//!
//! Everything rests on two facts: two quorums share a server, and a server says only what its disk
//! already holds.
//!
//! * **One leader per epoch.** Two leaders of one epoch would both have a quorum's promise to it,
//!   and the shared server promised only once: `acceptedEpoch` was durable before it answered.
//! * **Nothing committed is lost.** A committed transaction is durable on a quorum. The next epoch
//!   needs a quorum to confirm the leader's history as no worse than theirs, and the shared server
//!   has the transaction; so has the leader, then, and with it everyone who follows.
//! * **Histories are ordered by (current epoch, zxid)**, not by length: a server that acknowledged
//!   NEWLEADER holds the history that epoch began with, so it beats one with more proposals of an
//!   older epoch, which may be those nobody committed. That is why `currentEpoch` becomes durable
//!   after the history it speaks for and before the acknowledgement.
//! * **A proposal on a minority may go either way.** If a server that has it takes part in the next
//!   election it may survive; if not, it is cut (TRUNC) when that server returns. No client was
//!   told of it, so both are right.
//!
//! # On disk
//!
//! ZooKeeper's own files, in `version-2/`: `log.<first zxid>`, `snapshot.<zxid>`, `acceptedEpoch`,
//! `currentEpoch`; see [`codec`] and [`SyncPlace`], which lists every place where a sync stands
//! between a write and a word. Recovery is a snapshot and the log after it. A torn tail is what a
//! crash leaves and is cut; damage before the end is not, and stops the server, because going on
//! would mean to choose which acknowledged write to forget.
//!
//! # Where it differs from ZooKeeper
//!
//! * Snapshots show one instant, not a fuzzy stretch of time, because the tree is a persistent
//!   value; ZooKeeper's fuzzy ones are read all the same.
//! * A new log file begins only when the one before it is durable, and files are not filled with
//!   zeros ahead.
//! * The longest silence between two repetitions of a vote is [3.2 s](zab::LAST_RESEND) instead of
//!   60 s, and votes that arrive while a server does not look yet are kept for when it does.
//! * A learner that reaches its elected leader too early is kept waiting instead of refused.
//! * A leader whose follower has promised to a later epoch makes way for one above both; in
//!   ZooKeeper that follower is refused until someone else ends the reign.
//! * What is read at boot is synced before anything rests on it: a process may have died between
//!   writing and syncing.
//! * The history is made durable before `currentEpoch` in every case (compare ZOOKEEPER-4643 and
//!   ZOOKEEPER-4646).
//!
//! # Left out
//!
//! Dynamic reconfiguration, hierarchical quorums and weights, local sessions, quotas, TLS and SASL,
//! read-only mode, and the transaction log as a source of DIFF beyond what is in memory. Byzantine
//! faults are outside of the model: a server may die or forget what it had not synced, but it does
//! not lie; and one that lost its disk has forgotten promises, so it counts as failed until it
//! acknowledges NEWLEADER again.

mod bug;
pub mod client;
pub mod codec;
mod config;
mod event;
mod ids;
mod message;
mod request;
pub mod service;
mod txn;
pub mod zab;

#[cfg(feature = "bugs")]
pub use bug::Bug;
pub use client::{Client, ClientConfig, Notice};
pub use config::{Member, ServerConfig};
pub use event::{ClientEvent, Event, SyncMode, WatchKind};
pub use ids::{Epoch, ServerId, SessionId, Zxid};
pub use message::{
    CLIENT, ELECTION, ElectionMessage, LearnerRequest, Message, Notification, PeerState, QUORUM,
    QuorumPacket, Vote,
};
pub use request::{
    Acl, AclEntry, AddWatchMode, ConnectRequest, ConnectResponse, CreateMode, ErrorCode, Identity,
    Life, MultiResult, Path, Request, Response, Stat, WatchEventKind, WatchedEvent, WatcherType,
    Watches,
};
pub use service::{
    Outcome, Service, ServingAs, StoredStat, Submission, SubmissionKind, Tree, Vitals, Znode,
};
pub use txn::{NodeKind, Txn, TxnBody};
pub use zab::{Server, ServerCall, SyncPlace};
