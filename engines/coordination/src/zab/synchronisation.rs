//! How a leader brings a learner up to date: with what it lacks (DIFF), by first cutting what
//! only it has (TRUNC), or with everything (SNAP).
//!
//! The leader compares the last zxid of the learner's log with the end of its own history, the
//! last [`committed_kept`](crate::ServerConfig::committed_kept) transactions of which it has in
//! memory:
//!
//! | the learner's last zxid is | it gets |
//! |---|---|
//! | ours | an empty DIFF |
//! | after ours | TRUNC to ours |
//! | in our memory | DIFF from there |
//! | within its span, but not in it: an old leader proposed it to a minority | TRUNC to the one before, then what follows |
//! | before it | SNAP, serialised in slices from the tree as it is now |

use super::Out;
use super::context::Context;
use super::storage::SNAPSHOT_SLICE;
use crate::bug::planted;
use crate::codec::snapshot::Writer;
use crate::{QuorumPacket, SyncMode, Txn, Zxid};
use std::collections::VecDeque;
use std::sync::Arc;

/// What a learner is sent before NEWLEADER.
#[derive(Clone, Debug)]
pub(super) enum Stream {
    /// Transactions, each as PROPOSAL and COMMIT.
    Txns {
        /// What is left.
        txns: VecDeque<Arc<Txn>>,
        /// The COMMIT of the one sent last.
        commit: Option<Zxid>,
    },
    /// A snapshot.
    Snapshot {
        /// Its end not written yet.
        writer: Box<Writer>,
        /// Whether all was sent.
        done: bool,
    },
}

/// A decision, and how it is carried out.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) mode: SyncMode,
    pub(super) opening: QuorumPacket,
    pub(super) stream: Stream,
}

/// Decides how a learner whose log ends at `last_zxid` gets to where the leader is.
pub(super) fn plan(last_zxid: Zxid, ctx: &Context<'_>) -> Plan {
    let (service, committed) = (&*ctx.service, &*ctx.committed);
    let ours = service.last_applied;
    if last_zxid == ours {
        return diff(ours, VecDeque::new());
    }
    if last_zxid > ours && last_zxid.counter() > 0 {
        return trunc(ours, VecDeque::new());
    }
    let within = committed.first().is_some_and(|first| first <= last_zxid);
    match committed.at_or_before(last_zxid).filter(|_| within) {
        Some(common) if common == last_zxid => {
            let mut txns = committed.after(common);
            if planted!(ctx, DiffFromWrongZxid) {
                txns.pop_front();
            }
            diff(ours, txns)
        }
        Some(common) => trunc(common, committed.after(common)),
        None => {
            let (tree, sessions) = (service.tree.clone(), service.sessions.clone());
            let writer = Box::new(Writer::stream(tree, sessions, ours));
            let stream = Stream::Snapshot { writer, done: false };
            Plan { mode: SyncMode::Snap, opening: QuorumPacket::Snap { zxid: ours }, stream }
        }
    }
}

fn diff(last_zxid: Zxid, txns: VecDeque<Arc<Txn>>) -> Plan {
    let stream = Stream::Txns { txns, commit: None };
    Plan { mode: SyncMode::Diff, opening: QuorumPacket::Diff { last_zxid }, stream }
}

fn trunc(zxid: Zxid, txns: VecDeque<Arc<Txn>>) -> Plan {
    let stream = Stream::Txns { txns, commit: None };
    Plan { mode: SyncMode::Trunc, opening: QuorumPacket::Trunc { zxid }, stream }
}

impl Stream {
    /// How many bytes a step must have left for the next packet.
    pub(super) fn least_bytes(&self) -> u64 {
        match self {
            Stream::Txns { .. } => 1,
            Stream::Snapshot { .. } => SNAPSHOT_SLICE,
        }
    }

    /// The next packet; none where there is none yet, or no more.
    pub(super) fn next(&mut self, out: &mut Out) -> Option<QuorumPacket> {
        match self {
            Stream::Txns { txns, commit } => {
                if let Some(zxid) = commit.take() {
                    return Some(QuorumPacket::Commit { zxid });
                }
                let txn = txns.pop_front()?;
                out.charge(1, 0);
                *commit = Some(txn.zxid);
                Some(QuorumPacket::Proposal(txn))
            }
            Stream::Snapshot { writer, done } => {
                let before = writer.entries();
                match writer.next_slice(SNAPSHOT_SLICE, out.entries_left()) {
                    Some(data) => {
                        out.charge(writer.entries() - before, data.len() as u64);
                        // Nothing to send yet while the ACLs are counted.
                        let data = Some(data).filter(|data| !data.is_empty())?;
                        Some(QuorumPacket::SnapshotChunk { data, last: false })
                    }
                    None if *done => None,
                    None => {
                        *done = true;
                        let data = bytes::Bytes::new();
                        Some(QuorumPacket::SnapshotChunk { data, last: true })
                    }
                }
            }
        }
    }

    /// Whether nothing is left.
    pub(super) fn is_done(&self) -> bool {
        match self {
            Stream::Txns { txns, commit } => txns.is_empty() && commit.is_none(),
            Stream::Snapshot { done, .. } => *done,
        }
    }
}
